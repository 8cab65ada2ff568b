import type { Item } from "../../../examples/local/run/tables.ts";
import { customer } from "../../../examples/orders/scenario/accounting-server.ts";
import { expectedOrder } from "../../../examples/orders/scenario/check.ts";
import type { Fed, FinalAnswer } from "../../../examples/orders/scenario/feed.ts";
import type { PlannedRequest } from "../../../examples/orders/scenario/requests.ts";
import type { HttpRequest } from "../../../examples/orders/src/http.ts";
import { orderItem } from "../../../examples/orders/src/items.ts";
import { enrich, type Order, type StoredOrder, sumOfItems } from "../../../examples/orders/src/order.ts";

/** A good order; its total is that of its items unless the change says otherwise. */
export function order(change: Partial<Order> = {}): Order {
  const draft = {
    orderId: "order-1",
    customerId: "customer-7",
    items: [
      { productId: "lamp", quantity: 2, price: 49_90 },
      { productId: "bulb", quantity: 4, price: 3_50 },
    ],
    total: 0,
    timestamp: "2026-11-03T09:14:07.250Z",
    ...change,
  };
  return { ...draft, total: change.total ?? sumOfItems(draft) };
}

/** An order of one item at this price, in cents. */
export function orderOf(cents: number, change: Partial<Order> = {}): Order {
  return order({ items: [{ productId: "lamp", quantity: 1, price: cents }], ...change });
}

export function stored(change: Partial<Order> = {}): StoredOrder {
  const placed = order(change);
  return enrich(placed, customer(placed.customerId), "2026-11-03T09:14:07Z");
}

export function httpRequest(body: unknown, change: Partial<HttpRequest> = {}): HttpRequest {
  return {
    headers: { "idempotency-key": "key-1" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...change,
  };
}

/** What became of a good order's request. */
export function fedOrder(placed: Order, answers: readonly FinalAnswer[] = [accepted(placed)]): Fed {
  return fed({ key: `key-${placed.orderId}`, body: JSON.stringify(placed), order: placed }, answers);
}

/** What became of a bad request, whose 400 must name these fields. */
export function fedBad(fields: readonly string[], answers: readonly FinalAnswer[]): Fed {
  return fed({ key: "key-bad", body: "{}", fields }, answers);
}

function fed(planned: Omit<PlannedRequest, "repeatsAfter">, answers: readonly FinalAnswer[]): Fed {
  return {
    planned: { ...planned, repeatsAfter: [] },
    firstSentMs: 1_000,
    answers,
    answeredAfterMs: 10,
    askedAgain: 0,
  };
}

export function accepted({ orderId }: Order): FinalAnswer {
  return { status: 202, body: JSON.stringify({ orderId, status: "accepted" }) };
}

/** A table that holds these orders as they must be. */
export function tableOf(orders: readonly Order[]): Map<string, Item> {
  return new Map(orders.map((placed) => [placed.orderId, orderItem(expectedOrder(placed))]));
}

/** The days' totals that these orders add up to. */
export function totalsOf(orders: readonly Order[]): Map<string, Item> {
  const totals = new Map<string, Item>();
  for (const one of orders.map(expectedOrder)) {
    const day = one.processedAt.slice(0, 10);
    const item = totals.get(day);
    totals.set(day, {
      day: { S: day },
      orders: { N: String(Number(item?.["orders"]?.N ?? 0) + 1) },
      payable: { N: String(Number(item?.["payable"]?.N ?? 0) + one.payable) },
    });
  }
  return totals;
}
