import { setTimeout as wait } from "node:timers/promises";
import { spread } from "../../local/run/tally.ts";
import type { Order } from "../src/order.ts";
import type { Latency } from "./latency.ts";
import type { Leg, Legs } from "./legs.ts";
import { createdId, type Marketplace } from "./marketplace.ts";

/** What payment and letters take in the real world, give or take. The stock is DynamoDB's alone. */
const LATENCY_MS = { payments: 600, notifications: 600, accounting: 100 };
/** So that none waits for another. */
const EVERY_MS = 180;

/** Orders that were published one by one, with when, by order id. */
export type Published = ReadonlyMap<string, number>;

/** Publishes orders one by one while the systems outside take their time. `settle` waits until they are done. */
export async function publishSlowly(
  orders: readonly Order[],
  given: {
    readonly shops: Pick<Marketplace, "publishOne">;
    readonly latency: Pick<Latency, "take">;
    readonly signal: AbortSignal;
    readonly settle: () => Promise<unknown>;
  },
): Promise<Published> {
  const { shops, latency, signal, settle } = given;
  const published = new Map<string, number>();
  latency.take(LATENCY_MS);
  try {
    for (const order of orders) {
      published.set(order.orderId, Date.now());
      await shops.publishOne(order);
      await wait(EVERY_MS, undefined, { signal });
    }
    await settle();
  } finally {
    latency.take({});
  }
  return published;
}

/** One order's times, in milliseconds. */
export interface OrderTimes {
  /** From its publication until the last of its legs was done. */
  readonly sideBySideMs: number;
  /** What its legs took, added up: one after the other they would take no less. */
  readonly inTurnMs: number;
}

/** The times of those that each leg was given once: who comes again has waited for a minute, and measures that. */
export function timesOf(
  published: Published,
  { payment, inventory, notification }: Legs,
): readonly OrderTimes[] {
  return Array.from(published).flatMap(([orderId, publishedMs]) => {
    const id = createdId(orderId);
    const lines = [payment, inventory, notification].flatMap((leg) => onlyLine(leg, id) ?? []);
    if (lines.length < 3) return [];
    const doneMs = Math.max(...lines.map(({ atMs }) => atMs));
    return [
      {
        sideBySideMs: doneMs - publishedMs,
        inTurnMs: lines.reduce((sum, { fields }) => sum + Number(fields["duration_ms"]), 0),
      },
    ];
  });
}

/** The first line of an event that was done when it first came. */
function onlyLine({ lines }: Leg, id: string) {
  const [first] = lines.filter(({ fields }) => fields["correlation_id"] === id);
  const { attempt, outcome, skipped } = first?.fields ?? {};
  return attempt === 1 && outcome === "ok" && skipped !== true ? first : undefined;
}

/** The two beside each other, in words. */
export function comparison(times: readonly OrderTimes[]): string {
  const sideBySide = spread(times.map(({ sideBySideMs }) => sideBySideMs));
  const inTurn = spread(times.map(({ inTurnMs }) => inTurnMs));
  const { payments, notifications, accounting } = LATENCY_MS;
  return (
    `O3 whole is measured on ${times.length} orders that came once, while the payment provider takes ${payments} ms, accounting ` +
    `${accounting} ms and who writes to customers ${notifications} ms: from publication until the last of the three legs is done, ` +
    `p50 ${sideBySide.p50Ms} ms, p95 ${sideBySide.p95Ms} ms. The legs one after the other take ${inTurn.p50Ms} ms and ` +
    `${inTurn.p95Ms} ms: the sum of what each took here, without the way between them.`
  );
}
