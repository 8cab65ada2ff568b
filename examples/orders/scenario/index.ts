import { fileURLToPath } from "node:url";
import { invariant } from "../../local/run/invariant.ts";
import { badLines, settledLines } from "../../local/run/log-lines.ts";
import type { RowReport, Scenario, World } from "../../local/run/scenario.ts";
import { tableByKey } from "../../local/run/tables.ts";
import { spread } from "../../local/run/tally.ts";
import { placedId } from "../src/order.ts";
import {
  differentlyAnswered,
  notAccepted,
  otherBytes,
  rewritten,
  unlogged,
  wronglyCounted,
  wronglyRejected,
  wronglyStored,
} from "./check.ts";
import { type Fulfilled, fulfilmentInvariants } from "./check-fulfilment.ts";
import { type Effects, effectsOf, noEffects } from "./effects.ts";
import { orderFaults, shopFaults } from "./faults.ts";
import { type Fed, feed } from "./feed.ts";
import { type Latency, latency } from "./latency.ts";
import { legRows } from "./leg-rows.ts";
import { marketRun, rest } from "./market-run.ts";
import { startOutside } from "./outside.ts";
import { paymentRows, REDRIVEN_QUEUES } from "./payment-rows.ts";
import { type Provider, provider } from "./provider.ts";
import { planRequests } from "./requests.ts";
import { comparison } from "./side-by-side.ts";
import { fillStock } from "./stock.ts";

const REQUESTS = 500;
const CLIENTS = 8;
const MARKET_ORDERS = 2_000;
/** A minute's wait takes five seconds, which is still longer than the functions' three-second timeout. */
const SPEED = 12;
const OUTAGE_MS = 300_000 / SPEED;
/** The template's own. */
const COOLDOWN_MS = 10_000;

/** The orders that marketplaces take, and how long the payment provider is down meanwhile, in real milliseconds. */
export interface Market {
  readonly orders: number;
  readonly outageMs: number;
}

const MARKET: Market = { orders: MARKET_ORDERS, outageMs: OUTAGE_MS };

/** No marketplace takes any: the rest alone is run. */
export const NO_MARKET: Market = { orders: 0, outageMs: 0 };

/** What the figures of the table mean. */
const NOTES = [
  "O1 is measured from a request's first sending to its answer, O2, O4 and O5 from there to the log line of the " +
    "function that stored, or fulfilled, the order: kills, lost replies and their retries are within.",
  "The effects of O4 O5 are charges, refunds and parcels. Some orders are refused, by each of the systems outside.",
  "O3 is orders of marketplaces. Its effects are charges and postings; orders whose items were reserved; notifications. The payment " +
    "provider is down for five minutes (on this clock, and so are the circuit's times, as parameters). Of R3 the events are the " +
    "orders that were put aside meanwhile, the effects the requests that reached the provider all the same.",
  "Duplicates are second sendings of a request, second deliveries of an event or message.",
];

/** Orders sent by several clients and taken by marketplaces, through everything that goes wrong on the way. */
export function orders(
  requests: number = REQUESTS,
  clients: number = CLIENTS,
  market: Market = MARKET,
): Scenario {
  let effects = noEffects();
  let payments = provider();
  const outsideLatency = latency();
  /** Found out by the run. */
  const measured: string[] = [];
  return {
    name: "orders",
    template: fileURLToPath(new URL("../template.yaml", import.meta.url)),
    get notes() {
      return [...NOTES, ...measured];
    },
    speed: SPEED,
    parameters: { PaymentsCooldownMs: String(Math.round(COOLDOWN_MS / SPEED)) },
    controls: { breaker: { PaymentsFailuresToOpen: String(Number.MAX_SAFE_INTEGER) } },
    thirdParties(fate) {
      effects = noEffects();
      payments = provider();
      return startOutside(fate, effects, payments, outsideLatency);
    },
    faults: market.orders === 0 ? shopFaults : orderFaults,
    keepRequestsOf: ["dynamodb"],
    run: (world) =>
      run(world, { requests, clients, market, effects, payments, latency: outsideLatency, measured }),
  };
}

interface Run {
  readonly requests: number;
  readonly clients: number;
  readonly market: Market;
  readonly effects: Effects;
  readonly payments: Provider;
  readonly latency: Latency;
  /** Takes what is to stand below the table. */
  readonly measured: string[];
}

async function run(
  world: World,
  { requests, clients, market, effects, payments, latency, measured }: Run,
): Promise<readonly RowReport[]> {
  const { cloud, tally, progress } = world;
  const [stack] = cloud.stacks;
  if (stack === undefined) throw new Error("the template made no stack");
  await fillStock(cloud.clients.dynamodb, stack);
  const url = `${cloud.endpoints.httpApis["OrdersApi"]}/orders`;
  const fed = await feed(planRequests(requests, world.random), {
    url,
    clients,
    signal: world.signal,
    onAnswer: (answered, of) => progress(`${answered}/${of} requests answered`),
  });
  progress("waiting for the last deliveries");
  const restless = await rest(world);
  const paid =
    market.orders === 0 ? undefined : await marketRun(world, { ...market, provider: payments, latency });

  const legs = paid === undefined ? undefined : await legRows(world, { market: paid, effects });
  measured.splice(0, Number.POSITIVE_INFINITY, ...(legs === undefined ? [] : [comparison(legs.times)]));

  const table = (logicalId: string) => tableByKey(cloud.clients.dynamodb, stack, logicalId);
  const stored = await table("OrdersTable");
  const totals = await table("OrderTotalsTable");
  const bulk = await table("BulkOrdersTable");
  const name = (logicalId: string): string => `${stack.name}-${logicalId}`;
  const waiting = (await cloud.queueDepths())
    .filter(({ visible, inFlight, delayed }) => visible + inFlight + delayed > 0)
    .map((depth) => `${depth.visible + depth.inFlight + depth.delayed} in ${depth.name}`);

  const accepted = fed.flatMap(({ planned }) => (planned.order === undefined ? [] : [planned.order]));
  const ids = new Set(accepted.map(({ orderId }) => orderId));
  const fulfilled: Fulfilled = {
    accepted,
    states: await table("OrderStateTable"),
    reservations: await table("ReservationsTable"),
    stock: await table("StockTable"),
    effects: effectsOf(effects, ids),
  };
  const repeats = fed.reduce((sum, { answers }) => sum + answers.length - 1, 0);
  const placeOrder = settledLines(tally.logs, name("PlaceOrderFunction"));
  const storeOrder = settledLines(tally.logs, name("StoreOrderFunction"));
  const bulkStore = settledLines(tally.logs, name("BulkStoreOrdersFunction"));
  const fulfilOrder = settledLines(tally.logs, name("FulfilOrderFunction"));
  const deadLettersOf = (logicalId: string): number =>
    tally.deadLetters.filter(({ from }) => from.includes(name(logicalId))).length;
  const latencies = (lines: ReadonlyMap<string, number>): number[] => endToEnd(fed, lines);
  const bulkRequests = cloud.requestsTo("dynamodb").filter(({ operation }) => operation === "BatchWriteItem");

  return [
    {
      id: "O1",
      eventsIn: fed.length + repeats,
      effects: placeOrder.size,
      duplicates: repeats,
      retries: fed.reduce((sum, { askedAgain }) => sum + askedAgain, 0),
      deadLetters: 0,
      ...spread(fed.map(({ answeredAfterMs }) => answeredAfterMs)),
      invariants: [
        invariant("every good order is accepted", notAccepted(fed)),
        invariant("every bad request is answered 400 with its fields", wronglyRejected(fed)),
        invariant("every repeat gets the first answer", differentlyAnswered(fed)),
      ],
    },
    {
      id: "O2 transaction",
      eventsIn: accepted.length,
      effects: [...totals.values()].reduce((sum, day) => sum + Number(day["orders"]?.N ?? 0), 0),
      duplicates: tally.duplicatesOf(name("StoreOrderFunction")),
      retries: tally.retriesOf(name("StoreOrderFunction")),
      deadLetters: deadLettersOf("StoreOrder"),
      ...spread(latencies(storeOrder)),
      invariants: [
        invariant("every accepted order is stored, and nothing else", wronglyStored(accepted, stored)),
        invariant("every order is stored as it must be", otherBytes(accepted, stored)),
        invariant("every order is counted exactly once by ADD", wronglyCounted(accepted, totals)),
        invariant("nothing is stuck", [
          ...restless,
          ...(paid?.restless ?? []),
          ...waiting,
          // What is redriven has not been given up.
          ...tally.deadLetters
            .filter(({ from }) => !REDRIVEN_QUEUES.has(from))
            .map(({ from, reason }) => `${from}: ${reason}`),
        ]),
      ],
    },
    {
      id: "O2 batches",
      eventsIn: accepted.length,
      effects: bulk.size,
      duplicates: tally.duplicatesOf(name("BulkStoreOrdersFunction")),
      retries: tally.retriesOf(name("BulkStoreOrdersFunction")),
      deadLetters: deadLettersOf("BulkOrders"),
      ...spread(latencies(bulkStore)),
      invariants: [
        invariant("every accepted order is stored, and nothing else", wronglyStored(accepted, bulk)),
        invariant("every order is stored as it must be", otherBytes(accepted, bulk)),
        invariant(
          "every write of an order has identical bytes",
          rewritten(bulkRequests.map(({ body }) => body)),
        ),
      ],
    },
    {
      id: "O4 O5",
      eventsIn: accepted.length,
      effects: [fulfilled.effects.charges, fulfilled.effects.refunds, fulfilled.effects.shipments].flat()
        .length,
      duplicates: tally.duplicatesOf(name("FulfilOrderFunction")),
      retries: tally.retriesOf(name("FulfilOrderFunction")),
      deadLetters: deadLettersOf("FulfilOrders"),
      ...spread(latencies(fulfilOrder)),
      invariants: fulfilmentInvariants(fulfilled),
    },
    ...(paid === undefined ? [] : await paymentRows(world, { paid, effects, payments })),
    ...(legs?.rows ?? []),
    {
      id: "X1",
      eventsIn: tally.invocations,
      effects: tally.logs.length,
      duplicates: 0,
      retries: 0,
      deadLetters: 0,
      ...spread([]),
      invariants: [
        invariant("every order's event is logged by its publisher and each consumer", [
          ...unlogged(accepted, placeOrder),
          ...unlogged(accepted, storeOrder),
          ...unlogged(accepted, bulkStore),
          ...unlogged(accepted, fulfilOrder),
        ]),
        invariant("every line is one JSON object with the fields of an event", badLines(tally)),
      ],
    },
  ];
}

/** Milliseconds from an order's first sending to the log line of the consumer that stored it. */
function endToEnd(fed: readonly Fed[], lines: ReadonlyMap<string, number>): number[] {
  return fed.flatMap(({ planned, firstSentMs }) => {
    const atMs = planned.order === undefined ? undefined : lines.get(placedId(planned.order.orderId));
    return atMs === undefined ? [] : [atMs - firstSentMs];
  });
}
