/** What the policy itself costs: both libraries' records in a Map of this process. */
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { wrapHandler } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { measure } from "../../harness.ts";
import { besidePeer, type Row } from "../../row.ts";
import { titled } from "../titled.ts";
import { type Accepted, accept, context, type Order, order, orders } from "./order.ts";
import { PowertoolsMemoryLayer } from "./powertools-memory-layer.ts";

type Handler = (event: Order, given: typeof context) => Promise<Accepted>;

export async function memoryRows(): Promise<readonly Row[]> {
  const repeated = { ours: ours("id"), theirs: theirs("id") };
  await Promise.all([repeated.ours(order, context), repeated.theirs(order, context)]);
  const ns = await measure([
    { name: "oursById", run: newKeys(() => ours("id")) },
    { name: "theirsById", run: newKeys(() => theirs("id")) },
    { name: "oursByEvent", run: newKeys(() => ours("event")) },
    { name: "theirsByEvent", run: newKeys(() => theirs("event")) },
    { name: "oursReplay", run: () => repeated.ours(order, context) },
    { name: "theirsReplay", run: () => repeated.theirs(order, context) },
  ] as const);
  const title = titled("idempotency", "ns");
  const peer = "Powertools";
  return [
    besidePeer(title("new call, memory, a given key", 0.2), ns.oursById, peer, ns.theirsById),
    besidePeer(title("new call, memory, 585 bytes as key", 0.35), ns.oursByEvent, peer, ns.theirsByEvent),
    besidePeer(title("replay, memory, a given key", 0.15), ns.oursReplay, peer, ns.theirsReplay),
  ];
}

type Key = "id" | "event";

function ours(by: Key): Handler {
  const key = by === "id" ? (event: Order) => event.orderId : (event: Order) => event;
  return wrapHandler(idempotent(accept, { store: memoryStore(), operation: "accept", key }));
}

function theirs(by: Key): Handler {
  return makeIdempotent(accept, {
    persistenceStore: new PowertoolsMemoryLayer(),
    config: new IdempotencyConfig(by === "id" ? { eventKeyJmesPath: "orderId" } : {}),
  }) as Handler;
}

/** Records that nobody forgets would fill the memory, and it is the garbage collector that would be measured. */
const CALLS_A_STORE = 1_000;

function newKeys(make: () => Handler): () => Promise<Accepted> {
  const next = orders();
  let handler = make();
  let left = CALLS_A_STORE;
  return () => {
    left -= 1;
    if (left === 0) {
      handler = make();
      left = CALLS_A_STORE;
    }
    return handler(next(), context);
  };
}
