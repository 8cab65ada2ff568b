import { type Order, sumOfItems } from "../src/order.ts";

/** A request a client will send, and what must come of it. */
export interface PlannedRequest {
  readonly key: string | undefined;
  readonly body: string;
  /** The order, when it is good. */
  readonly order?: Order;
  /** The fields that a 400 must name, when it is not. */
  readonly fields?: readonly string[];
  /** How often the client sends the same again, and how many requests later each time. */
  readonly repeatsAfter: readonly number[];
}

const MALFORMED = 0.05;
const INVALID = 0.09;
const REPEATED = 0.25;
/** A repeat comes at most this many requests after the original: some overtake its answer. */
const REPEAT_WITHIN = 60;

/** Orders as clients send them: good ones, some of them several times, and bad ones of every kind. */
export function planRequests(count: number, random: () => number): readonly PlannedRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const order = makeOrder(index, random);
    const key = `request-${index}`;
    const chance = random();
    if (chance < MALFORMED) {
      const body = JSON.stringify(order).slice(0, Math.floor(10 + random() * 60));
      return { key, body, fields: [""], repeatsAfter: [] };
    }
    if (chance < MALFORMED + INVALID) return spoil(key, order, pick(SPOILINGS, random));
    const repeats = random() < REPEATED ? 1 + Math.floor(random() * 2) : 0;
    const repeatsAfter = Array.from({ length: repeats }, () => Math.floor(random() * REPEAT_WITHIN));
    return { key, body: JSON.stringify(order), order, repeatsAfter };
  });
}

export function makeOrder(index: number, random: () => number): Order {
  const items = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
    productId: `product-${Math.floor(random() * 50)}`,
    quantity: 1 + Math.floor(random() * 3),
    price: Math.floor(random() * 60_00),
  }));
  const draft = {
    orderId: `order-${index}`,
    customerId: `customer-${Math.floor(random() * 40)}`,
    items,
    total: 0,
    timestamp: new Date(
      Date.UTC(2026, 10, 1 + Math.floor(random() * 3), index % 24, index % 60),
    ).toISOString(),
  };
  return { ...draft, total: sumOfItems(draft) };
}

/** One thing wrong with an order, and the field that must be named for it. */
interface Spoiling {
  readonly field: string;
  readonly change?: (order: Order) => unknown;
}

const SPOILINGS: readonly Spoiling[] = [
  { field: "Idempotency-Key" },
  { field: "/customerId", change: ({ customerId: _, ...rest }) => rest },
  { field: "/items", change: (order) => ({ ...order, items: [] }) },
  {
    field: "/items/0/quantity",
    change: (order) => ({ ...order, items: [{ ...order.items[0], quantity: 0.5 }] }),
  },
  { field: "/total", change: (order) => ({ ...order, total: order.total + 1 }) },
  { field: "/timestamp", change: (order) => ({ ...order, timestamp: "2026-02-30T00:00:00Z" }) },
  { field: "/coupon", change: (order) => ({ ...order, coupon: "free" }) },
  { field: "", change: (order) => [order] },
];

function spoil(key: string, order: Order, { field, change }: Spoiling): PlannedRequest {
  return {
    key: change === undefined ? undefined : key,
    body: JSON.stringify(change === undefined ? order : change(order)),
    fields: [field],
    repeatsAfter: [],
  };
}

function pick<T>(list: readonly T[], random: () => number): T {
  // A whole number below the length is an index.
  return list[Math.floor(random() * list.length)] as T;
}
