import { invariant } from "../../local/run/invariant.ts";
import type { Invariant } from "../../local/run/scenario.ts";
import type { Item } from "../../local/run/tables.ts";
import type { Order } from "../src/order.ts";
import { type Effect, type Effects, hasNoCarrier, isDeclined } from "./effects.ts";
import { INITIAL_STOCK } from "./stock.ts";

/** All that is left of the orders' fulfilment, once it has come to rest. */
export interface Fulfilled {
  readonly accepted: readonly Order[];
  /** By order id. */
  readonly states: ReadonlyMap<string, Item>;
  /** By reservation id. */
  readonly reservations: ReadonlyMap<string, Item>;
  /** By product id. */
  readonly stock: ReadonlyMap<string, Item>;
  readonly effects: Effects;
}

/** What must hold of them. */
export function fulfilmentInvariants(left: Fulfilled): readonly Invariant[] {
  return [
    invariant("every order is whole, wholly taken back, or declined", halfDone(left)),
    invariant("every order ends as the systems outside make it end", wronglyEnded(left)),
    invariant("nothing is charged, refunded, shipped or put back twice", repeatedKeys(left)),
    invariant("every order is fulfilled once by ADD", fulfilledAgain(left)),
    invariant("the stock is short of what was shipped, and of nothing else", wrongStock(left)),
  ];
}

/** What must be left of an order that ended so: charges, refunds, reservations that hold, parcels. */
const WHOLE = "1 charged, 0 refunded, 1 reserved, 1 shipped";
const NOTHING = "0 charged, 0 refunded, 0 reserved, 0 shipped";
const TAKEN_BACK = "1 charged, 1 refunded, 0 reserved, 0 shipped";

const ENDS: Readonly<Record<string, string>> = {
  "FULFILLED shipping": WHOLE,
  "CANCELLED payment": NOTHING,
  "CANCELLED inventory": TAKEN_BACK,
  "CANCELLED shipping": TAKEN_BACK,
};

/** Orders that are neither whole, nor wholly taken back, nor declined. */
export function halfDone({ accepted, states, reservations, effects }: Fulfilled): string[] {
  const held = count(
    Array.from(reservations.values()).filter((item) => item["state"]?.S === "RESERVED"),
    (item) => item["orderId"]?.S,
  );
  const [charges, refunds, shipments] = [effects.charges, effects.refunds, effects.shipments].map((list) =>
    count(list, ({ orderId }) => orderId),
  ) as [Counts, Counts, Counts];
  return accepted.flatMap(({ orderId }) => {
    const state = states.get(orderId);
    const end = `${state?.["status"]?.S} ${state?.["step"]?.S}`;
    const of = (counts: Counts): number => counts.get(orderId) ?? 0;
    const is = `${of(charges)} charged, ${of(refunds)} refunded, ${of(held)} reserved, ${of(shipments)} shipped`;
    return ENDS[end] === is ? [] : [`${orderId} is ${end}: ${is}`];
  });
}

/** Orders that ended otherwise than the systems outside must make them end. */
export function wronglyEnded({ accepted, states }: Fulfilled): string[] {
  return accepted.flatMap(({ orderId, customerId }) => {
    const state = states.get(orderId);
    const end = `${state?.["status"]?.S} ${state?.["step"]?.S}`;
    if (isDeclined(customerId) === (end === "CANCELLED payment")) {
      const isRight = hasNoCarrier(customerId) ? end !== "FULFILLED shipping" : end !== "CANCELLED shipping";
      if (isRight) return [];
    }
    return [`${orderId} of ${customerId} is ${end}`];
  });
}

/** Keys under which something was done more than once: a charge, a refund, a parcel, or putting items back. */
export function repeatedKeys({ reservations, effects }: Fulfilled): string[] {
  const restocked = Array.from(reservations.values()).flatMap((item) => item["restockedBy"]?.S ?? []);
  const keys = [...effects.charges, ...effects.refunds, ...effects.shipments].map(({ key }: Effect) => key);
  return Array.from(count([...keys, ...restocked], (key) => key))
    .filter(([, times]) => times > 1)
    .map(([key, times]) => `${key}: ${times} times`);
}

/** Products of which not exactly the whole orders' quantities were taken. */
export function wrongStock({ accepted, states, stock }: Fulfilled): string[] {
  const left = new Map(INITIAL_STOCK);
  for (const { orderId, items } of accepted) {
    if (states.get(orderId)?.["status"]?.S !== "FULFILLED") continue;
    for (const { productId, quantity } of items) left.set(productId, (left.get(productId) ?? 0) - quantity);
  }
  return Array.from(left).flatMap(([productId, quantity]) => {
    const is = Number(stock.get(productId)?.["quantity"]?.N ?? 0);
    return is === quantity ? [] : [`${productId}: ${is} left instead of ${quantity}`];
  });
}

/** Orders that were fulfilled more than once by ADD, though each of its steps may have been done once. */
export function fulfilledAgain({ states }: Fulfilled): string[] {
  return Array.from(states)
    .filter(([, item]) => item["status"]?.S === "FULFILLED" && item["fulfilments"]?.N !== "1")
    .map(([orderId, item]) => `${orderId}: ${item["fulfilments"]?.N} times`);
}

type Counts = ReadonlyMap<string, number>;

function count<T>(list: readonly T[], keyOf: (one: T) => string | undefined): Counts {
  const counts = new Map<string, number>();
  for (const one of list) {
    const key = keyOf(one) ?? "";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
