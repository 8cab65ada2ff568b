import type { Item } from "../../local/run/tables.ts";
import { type Order, orderCreated } from "../src/order.ts";
import type { OrderStep } from "../src/order-refused.ts";
import { reviewId } from "../src/reviews.ts";
import type { Span } from "./check-payments.ts";
import type { Leg, Legs } from "./legs.ts";
import { createdId } from "./marketplace.ts";

/** What is left of one leg of the marketplaces' orders, once it has come to rest. */
export interface LegLeft {
  readonly accepted: readonly Order[];
  /** By review id. */
  readonly reviews: ReadonlyMap<string, Item>;
  readonly leg: Pick<Leg, "lines" | "settled">;
}

/** Why a person has been given this order to look at; undefined when nobody has. */
export function reasonOf(
  reviews: LegLeft["reviews"],
  step: OrderStep,
  { orderId }: Order,
): string | undefined {
  return reviews.get(reviewId(step, orderId))?.["reason"]?.S;
}

/** Orders that were put before a person more than once by ADD, or that nobody has published. */
export function reviewedAgain(
  { accepted, reviews }: Pick<LegLeft, "accepted" | "reviews">,
  step: OrderStep,
): string[] {
  const ids = new Set(accepted.map(({ orderId }) => reviewId(step, orderId)));
  return Array.from(reviews).flatMap(([id, item]) => {
    if (item["step"]?.S !== step) return [];
    if (!ids.has(id)) return [`${id} was never published`];
    return item["refusals"]?.N === "1" ? [] : [`${id}: ${item["refusals"]?.N} times`];
  });
}

/** Errors by which a refusal would go back to its queue, and come again. */
const REFUSALS: ReadonlySet<unknown> = new Set(["ORDER_REFUSED", "IDEMPOTENCY_ITEM_REFUSED"]);

export function triedAgain({ leg }: Pick<LegLeft, "leg">): string[] {
  return leg.lines.flatMap(({ fields }) => {
    const { code } = Object(fields["error"]) as { readonly code?: unknown };
    if (fields["outcome"] === "ok" || !REFUSALS.has(code)) return [];
    return [`${fields["correlation_id"]} was given back: ${code}`];
  });
}

/** Counts that are not 1, where each order must have been counted once by ADD. */
export function countedAgain(
  items: ReadonlyMap<string, Item>,
  { accepted }: Pick<LegLeft, "accepted">,
  by: string,
): string[] {
  return accepted.flatMap(({ orderId }) => {
    const times = items.get(orderId)?.[by]?.N ?? "1";
    return times === "1" ? [] : [`${orderId}: ${times} times`];
  });
}

/** Orders of which a leg has not said that it was done with them. */
export function undone({ accepted }: Pick<LegLeft, "accepted">, legs: Legs): string[] {
  return Object.entries(legs).flatMap(([name, { settled }]) =>
    accepted.flatMap(({ orderId }) => (settled.has(createdId(orderId)) ? [] : [`${orderId} by ${name}`])),
  );
}

/** Events that are no new orders, and came as far as a function. What an invocation says of itself (its time was up) is of no record. */
export function strays(legs: Legs): string[] {
  return Object.entries(legs).flatMap(([name, { lines }]) =>
    lines.flatMap(({ fields }) => {
      const { event_type: type, record_id: record } = fields;
      return record === undefined || type === orderCreated.type ? [] : [`${type} came to ${name}`];
    }),
  );
}

/** Orders that came while the payment provider was down, and had to wait for it with what is none of its business. */
export function heldUp(
  { meanwhile, outage }: { readonly meanwhile: readonly Order[]; readonly outage: Span },
  { inventory, notification }: Pick<Legs, "inventory" | "notification">,
): string[] {
  if (meanwhile.length === 0) return ["no order came meanwhile"];
  return Object.entries({ inventory, notification }).flatMap(([name, { settled }]) =>
    meanwhile.flatMap(({ orderId }) => {
      const doneMs = settled.get(createdId(orderId)) ?? Number.POSITIVE_INFINITY;
      return doneMs < outage.untilMs ? [] : [`${orderId} by ${name}`];
    }),
  );
}
