import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOrder, orderItem, putOrder } from "../../../examples/orders/src/items.ts";
import { enrich, placedId, sumOfItems } from "../../../examples/orders/src/order.ts";
import { order, orderOf, stored } from "./fixtures.ts";

const ada = { name: "Ada", segment: "business" };
const placedAt = "2026-11-03T09:14:07Z";

const discountOf = (cents: number): number => enrich(orderOf(cents), ada, placedAt).discount;

describe("an enriched order", () => {
  it.each([
    [0, 0],
    [99_99, 0],
    [100_00, 0],
    [100_01, 10_00],
    [100_04, 10_00],
    [100_05, 10_01],
    [250_00, 25_00],
  ])("of %d cents has a discount of %d", (cents, discount) => {
    expect(discountOf(cents)).toBe(discount);
  });

  it("has 10 % off in whole cents above 100.00, nothing off up to it, and pays the rest", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (cents) => {
        const { discount, payable } = enrich(orderOf(cents), ada, placedAt);
        expect(Number.isSafeInteger(discount)).toBe(true);
        expect(payable + discount).toBe(cents);
        if (cents <= 100_00) expect(discount).toBe(0);
        else expect(Math.abs(discount - cents / 10)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it("carries the customer, and the event's time rather than the clock's", () => {
    const placed = order();
    expect(enrich(placed, ada, placedAt)).toEqual({
      ...placed,
      customerName: "Ada",
      customerSegment: "business",
      discount: 11_38,
      payable: 102_42,
      processedAt: placedAt,
    });
  });

  it("leaves the order as it was", () => {
    const placed = Object.freeze(order());
    const before = structuredClone(placed);
    enrich(placed, ada, placedAt);
    expect(placed).toEqual(before);
  });
});

describe("the sum of the items", () => {
  it("is each quantity times its price", () => {
    expect(sumOfItems(order())).toBe(2 * 49_90 + 4 * 3_50);
  });

  it("does not depend on the items' order, and grows by what is added", () => {
    const item = fc.record({
      productId: fc.string(),
      quantity: fc.integer({ min: 1, max: 10_000 }),
      price: fc.integer({ min: 0, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(item), item, (items, more) => {
        const sum = sumOfItems(order({ items }));
        expect(sumOfItems(order({ items: [...items].reverse() }))).toBe(sum);
        expect(sumOfItems(order({ items: [...items, more] }))).toBe(sum + more.quantity * more.price);
      }),
    );
  });
});

describe("an event's id", () => {
  it("comes from the order alone, and differs between orders", () => {
    expect(placedId("order-1")).toBe(placedId("order-1"));
    expect(placedId("order-1")).not.toBe(placedId("order-2"));
  });
});

describe("the order's item", () => {
  it("is the same bytes for the same order, whatever order its fields came in", () => {
    const one = stored();
    const other = { ...Object.fromEntries(Object.entries(one).reverse()), ...one };
    expect(Object.keys(other)).not.toEqual(Object.keys(one));
    expect(JSON.stringify(orderItem(other))).toBe(JSON.stringify(orderItem(one)));
  });

  it("holds amounts as numbers and everything of the order", () => {
    expect(orderItem(stored())).toEqual({
      orderId: { S: "order-1" },
      customerId: { S: "customer-7" },
      customerName: { S: "Customer 7" },
      customerSegment: { S: "private" },
      items: {
        L: [
          { M: { productId: { S: "lamp" }, quantity: { N: "2" }, price: { N: "4990" } } },
          { M: { productId: { S: "bulb" }, quantity: { N: "4" }, price: { N: "350" } } },
        ],
      },
      total: { N: "11380" },
      discount: { N: "1138" },
      payable: { N: "10242" },
      timestamp: { S: "2026-11-03T09:14:07.250Z" },
      processedAt: { S: "2026-11-03T09:14:07Z" },
    });
  });

  it("is put whole, and counted by ADD in the total of the day of its event", () => {
    const one = stored();
    expect(putOrder("orders", one)).toEqual({ Put: { TableName: "orders", Item: orderItem(one) } });
    expect(countOrder("totals", one)).toEqual({
      Update: {
        TableName: "totals",
        Key: { day: { S: "2026-11-03" } },
        UpdateExpression: "ADD orders :one, payable :payable",
        ExpressionAttributeValues: { ":one": { N: "1" }, ":payable": { N: "10242" } },
      },
    });
  });
});
