/** How a large payload becomes the hash that it is compared by. */
import { identify } from "../../../src/idempotency/key.ts";
import { measure } from "../../harness.ts";
import { besidePeer, type Row } from "../../row.ts";
import { titled } from "../titled.ts";
import { orders } from "./order.ts";
import { PowertoolsMemoryLayer } from "./powertools-memory-layer.ts";

/** 140 KB as JSON. */
const ORDERS = 252;

export async function hashingRows(): Promise<readonly Row[]> {
  const next = orders();
  const placed = JSON.stringify({ orders: Array.from({ length: ORDERS }, next) });
  // As it comes from a queue: nothing in it is one and the same object.
  const payload = JSON.parse(placed);
  const layer = new PowertoolsMemoryLayer();
  const ns = await measure(
    [
      {
        name: "ours",
        run: () => identify({ operation: "bench", key: () => "1", payload: () => payload }, payload),
      },
      { name: "theirs", run: () => layer.hashed(payload) },
    ] as const,
    { roundMs: 100 },
  );
  const title = titled("idempotency", "ns");
  return [besidePeer(title("hash of 140 KB", 0.4), ns.ours, "Powertools: deepSort, MD5", ns.theirs)];
}
