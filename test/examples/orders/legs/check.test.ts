import { describe, expect, it } from "vitest";
import type { Item } from "../../../../examples/local/run/tables.ts";
import type { LogLine } from "../../../../examples/local/run/tally.ts";
import { inventoryInvariants } from "../../../../examples/orders/scenario/check-inventory.ts";
import { heldUp, strays, undone } from "../../../../examples/orders/scenario/check-legs.ts";
import { notificationInvariants } from "../../../../examples/orders/scenario/check-notifications.ts";
import type { Effect } from "../../../../examples/orders/scenario/effects.ts";
import { createdId } from "../../../../examples/orders/scenario/marketplace.ts";
import { NO_ADDRESS } from "../../../../examples/orders/scenario/notifications-server.ts";
import { MARKET_STOCK } from "../../../../examples/orders/scenario/stock.ts";
import type { OrderStep } from "../../../../examples/orders/src/order-refused.ts";
import { reviewId } from "../../../../examples/orders/src/reviews.ts";
import { order } from "../fixtures.ts";

const of = (orderId: string, customerId: string, ...lines: readonly (readonly [string, number])[]) =>
  order({
    orderId,
    customerId,
    items: lines.map(([productId, quantity]) => ({ productId, quantity, price: 1 })),
  });
const accepted = [
  of("whole", "customer-1", ["goods-1", 1], ["goods-1", 2]),
  of("early", "customer-3", ["goods-5", 14]),
  of("short", "customer-8", ["goods-5", 2], ["goods-1", 1]),
  of("unknown", "customer-2", ["goods-49", 1]),
];

/** Of a run that went well, to be spoiled. */
function wentWell() {
  const reviews = new Map<string, Item>();
  const refuse = (step: OrderStep, orderId: string, reason: string, refusals = "1") =>
    reviews.set(reviewId(step, orderId), {
      orderId: { S: orderId },
      step: { S: step },
      reason: { S: reason },
      refusals: { N: refusals },
    });
  refuse("inventory", "short", "goods-5 is out of stock");
  refuse("inventory", "unknown", "goods-49 is not known");
  refuse("notification", "short", NO_ADDRESS);
  const left = new Map(MARKET_STOCK).set("goods-1", 100_000 - 3).set("goods-5", 1);
  const lines: LogLine[] = [];
  const settled = new Map(accepted.map(({ orderId }) => [createdId(orderId), 1_000]));
  const sent: Effect[] = ["whole", "early", "unknown"].map((orderId) => ({
    orderId,
    key: orderId,
    id: `of ${orderId}`,
  }));
  return {
    accepted,
    reviews,
    refuse,
    leg: { lines, settled },
    reservations: new Map<string, Item>(
      ["whole", "early"].map((orderId) => [orderId, { reservations: { N: "1" } }]),
    ),
    stock: new Map<string, Item>(
      Array.from(left, ([id, quantity]) => [id, { quantity: { N: String(quantity) } }]),
    ),
    sent,
    notified: new Map<string, Item>(
      sent.map(({ orderId, id }) => [orderId, { notificationId: { S: id }, notifications: { N: "1" } }]),
    ),
    failed: (code: string) =>
      lines.push({
        functionName: "orders-ReserveStockFunction",
        atMs: 1,
        fields: { correlation_id: createdId("short"), outcome: "failed", error: { name: "E", code } },
      }),
  };
}
type Left = ReturnType<typeof wentWell>;
type Spoil = readonly [what: string, broken: readonly string[], spoil: (left: Left) => unknown];

const BEFORE_ONCE = "every refused order is before a person once by ADD";
const NEVER_AGAIN = "a refusal is never tried again";

describe("the checks of inventory", () => {
  const broken = (left: Left): string[] =>
    inventoryInvariants(left).flatMap(({ name, held }) => (held ? [] : [name]));
  const EITHER = "every order is reserved, or before a person, and never both";
  const ADDED = "every order is reserved once by ADD";
  const STOCK = "the stock is short of what was reserved, and of nothing else";
  const TRUE = "what is refused cannot be had, and says all of it";

  it("find nothing in a run that went well", () => {
    expect(broken(wentWell())).toEqual([]);
  });

  it.each<Spoil>([
    ["an order that is nowhere", [EITHER, STOCK], ({ reservations }) => reservations.delete("whole")],
    ["a refused order that nobody is told of", [EITHER], ({ reviews }) => reviews.delete("inventory/short")],
    [
      "an order that is both",
      [EITHER, STOCK],
      ({ reservations }) => reservations.set("short", { reservations: { N: "1" } }),
    ],
    [
      "an order that was reserved twice",
      [ADDED],
      ({ reservations }) => reservations.set("whole", { reservations: { N: "2" } }),
    ],
    [
      "items that were taken twice",
      [STOCK],
      ({ stock }) => stock.set("goods-1", { quantity: { N: "99994" } }),
    ],
    [
      "items that were never taken",
      [STOCK],
      ({ stock }) => stock.set("goods-1", { quantity: { N: "100000" } }),
    ],
    [
      "an order that says the wrong reason",
      [TRUE],
      ({ refuse }) => refuse("inventory", "short", "goods-1 is out of stock"),
    ],
    [
      "an order that says half of it",
      [TRUE],
      ({ refuse }) => refuse("inventory", "unknown", "goods-49 is out of stock"),
    ],
    [
      "an order before a person twice",
      [BEFORE_ONCE],
      ({ refuse }) => refuse("inventory", "short", "goods-5 is out of stock", "2"),
    ],
    [
      "an order before a person that nobody published",
      [BEFORE_ONCE],
      ({ refuse }) => refuse("inventory", "stray", "goods-49 is not known"),
    ],
    ["a refusal that was given back", [NEVER_AGAIN], ({ failed }) => failed("IDEMPOTENCY_ITEM_REFUSED")],
  ])("find %s, and nothing else", (_, names, spoil) => {
    const left = wentWell();
    spoil(left);
    expect(broken(left)).toEqual(names);
  });

  it("find an order refused of which there was enough", () => {
    const left = wentWell();
    left.reservations.delete("whole");
    left.stock.set("goods-1", { quantity: { N: "100000" } });
    left.refuse("inventory", "whole", "goods-1 is out of stock");
    expect(broken(left)).toEqual([TRUE]);
  });

  it("take a failure that may pass for no refusal", () => {
    const left = wentWell();
    left.failed("IDEMPOTENCY_IN_PROGRESS");
    expect(broken(left)).toEqual([]);
  });
});

describe("the checks of notifications", () => {
  const broken = (left: Left): string[] =>
    notificationInvariants(left).flatMap(({ name, held }) => (held ? [] : [name]));
  const ONE = "one notification an order is sent, to whom it can be";
  const ADDED = "every order is notified once by ADD";
  const KNOWN = "what was sent is known here, and nothing else";
  const BEFORE = "who cannot be written to is before a person, and nobody else";

  it("find nothing in a run that went well", () => {
    expect(broken(wentWell())).toEqual([]);
  });

  it.each<Spoil>([
    [
      "a customer who was told twice",
      [ONE],
      ({ sent }) => sent.unshift({ orderId: "whole", key: "again", id: "another" }),
    ],
    ["a customer who was never told", [ONE, KNOWN], ({ sent }) => sent.pop()],
    [
      "a letter to nowhere",
      [ONE, KNOWN],
      ({ sent }) => sent.push({ orderId: "short", key: "short", id: "of short" }),
    ],
    [
      "a notification recorded twice",
      [ADDED],
      ({ notified }) =>
        notified.set("whole", { notificationId: { S: "of whole" }, notifications: { N: "2" } }),
    ],
    ["a letter that nobody knows of", [KNOWN], ({ notified }) => notified.delete("whole")],
    [
      "a customer without an address of whom nobody hears",
      [BEFORE],
      ({ reviews }) => reviews.delete("notification/short"),
    ],
    [
      "a customer with one who is before a person",
      [BEFORE],
      ({ refuse }) => refuse("notification", "whole", NO_ADDRESS),
    ],
    ["another reason", [BEFORE], ({ refuse }) => refuse("notification", "short", "closed")],
    [
      "an order before a person twice",
      [BEFORE_ONCE],
      ({ refuse }) => refuse("notification", "short", NO_ADDRESS, "2"),
    ],
    ["a refusal that was given back", [NEVER_AGAIN], ({ failed }) => failed("ORDER_REFUSED")],
  ])("find %s, and nothing else", (_, names, spoil) => {
    const left = wentWell();
    spoil(left);
    expect(broken(left)).toEqual(names);
  });
});

describe("the checks of all three together", () => {
  const leg = () => ({
    functionName: "f",
    lines: [],
    settled: new Map(accepted.map(({ orderId }) => [createdId(orderId), 1_000])),
  });
  const legs = () => ({ payment: leg(), inventory: leg(), notification: leg() });
  const during = { meanwhile: accepted, outage: { fromMs: 500, untilMs: 2_000 } };

  it("find nothing in a run that went well", () => {
    expect([...undone({ accepted }, legs()), ...heldUp(during, legs())]).toEqual([]);
  });

  it.each(["payment", "inventory", "notification"] as const)("find an order that %s never did", (name) => {
    const spoiled = legs();
    spoiled[name].settled.delete(createdId("short"));
    expect(undone({ accepted }, spoiled)).toEqual([`short by ${name}`]);
  });

  it.each(["inventory", "notification"] as const)(
    "find an order that %s did when the outage was over",
    (name) => {
      const spoiled = legs();
      spoiled[name].settled.set(createdId("short"), 2_000);
      expect(heldUp(during, spoiled)).toEqual([`short by ${name}`]);
    },
  );

  it.each(["payment", "inventory", "notification"] as const)(
    "find an event that is no new order, and came to %s",
    (name) => {
      const line = { functionName: "f", atMs: 1, fields: { event_type: "OrderCreated", record_id: "m-1" } };
      const ofInvocation = { ...line, fields: { event_type: "aws:sqs", outcome: "failed" } };
      const lines = [
        line,
        { ...line, fields: { event_type: "OrderViewed", record_id: "m-2" } },
        ofInvocation,
      ];
      expect(strays({ ...legs(), [name]: { ...leg(), lines } })).toEqual([`OrderViewed came to ${name}`]);
    },
  );

  it("let payment wait for its provider", () => {
    const spoiled = legs();
    spoiled.payment.settled.set(createdId("short"), 9_000);
    expect(heldUp(during, spoiled)).toEqual([]);
  });

  it("find a run in which no order came during the outage", () => {
    expect(heldUp({ ...during, meanwhile: [] }, legs())).toEqual(["no order came meanwhile"]);
  });
});
