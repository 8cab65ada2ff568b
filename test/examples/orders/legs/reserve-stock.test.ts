import { beforeEach, describe, expect, it } from "vitest";
import event from "../../../../examples/orders/events/reserve-stock.json" with { type: "json" };
import { MOST_LINES } from "../../../../examples/orders/src/reservation.ts";
import { order as anyOrder } from "../fixtures.ts";
import { startLeg } from "./started.ts";

const leg = startLeg(
  "ReserveStockFunction",
  event,
  async () => (await import("../../../../examples/orders/src/handlers/reserve-stock.ts")).handler,
);
const { deliver, deliverAll, put, rowsOf, transactions } = leg;

beforeEach(async () => {
  await put("lamp", 10);
  await put("bulb", 5);
});

/** Of so many of each product, in this order of lines. */
const order = (orderId: string, ...lines: readonly (readonly [productId: string, quantity: number])[]) =>
  anyOrder({ orderId, items: lines.map(([productId, quantity]) => ({ productId, quantity, price: 1 })) });
const stockOf = async (...products: readonly string[]) => {
  const stock = await rowsOf("StockTable");
  return products.map((productId) => Number(stock.get(productId)?.["quantity"]?.N));
};
const reservationOf = async (orderId: string) => (await rowsOf("ReservationsTable")).get(orderId);
const reviewOf = async (orderId: string) => (await rowsOf("ReviewsTable")).get(`inventory/${orderId}`);

describe("reserve-stock", () => {
  it("takes the items of its example event out of the stock once, however often it is delivered", async () => {
    for (let times = 0; times < 2; times++) expect(await deliver(String(event.Records[0]?.body))).toEqual([]);
    expect(await stockOf("lamp", "bulb")).toEqual([8, 1]);
    expect(await reservationOf("market-2001")).toMatchObject({
      orderId: { S: "market-2001" },
      state: { S: "RESERVED" },
      reservations: { N: "1" },
      lines: {
        L: [
          { M: { productId: { S: "lamp" }, quantity: { N: "2" } } },
          { M: { productId: { S: "bulb" }, quantity: { N: "4" } } },
        ],
      },
    });
    expect(await reviewOf("market-2001")).toBeUndefined();
  });

  it("takes an order once that comes twice at the same time", async () => {
    const placed = order("at once", ["lamp", 3]);
    await Promise.all([deliver(placed), deliver(placed)]);
    expect(await deliver(placed)).toEqual([]);
    expect(await stockOf("lamp")).toEqual([7]);
  });

  it("adds up what an order has of one product in several lines", async () => {
    expect(await deliver(order("twice", ["lamp", 4], ["bulb", 1], ["lamp", 5]))).toEqual([]);
    expect(await stockOf("lamp", "bulb")).toEqual([1, 4]);
    // Each line alone could be had.
    expect(await deliver(order("twice too much", ["bulb", 2], ["bulb", 3]))).toEqual([]);
    expect(await reviewOf("twice too much")).toMatchObject({ reason: { S: "bulb is out of stock" } });
    expect(await stockOf("bulb")).toEqual([4]);
  });

  it.each([
    [
      "more than there is",
      [
        ["lamp", 2],
        ["bulb", 6],
      ],
      "bulb is out of stock",
    ],
    [
      "a product that nobody knows",
      [
        ["sofa", 1],
        ["lamp", 2],
      ],
      "sofa is not known",
    ],
    [
      "both",
      [
        ["sofa", 1],
        ["lamp", 11],
        ["bulb", 1],
      ],
      "sofa is not known; lamp is out of stock",
    ],
  ] as const)(
    "takes nothing of an order with %s, and puts it before a person",
    async (what, lines, reason) => {
      expect(await deliverAll([order(what, ...lines)], { receives: 2 })).toEqual([]);
      expect(await stockOf("lamp", "bulb")).toEqual([10, 5]);
      expect(await reservationOf(what)).toBeUndefined();
      expect(await reviewOf(what)).toEqual({
        reviewId: { S: `inventory/${what}` },
        orderId: { S: what },
        step: { S: "inventory" },
        reason: { S: reason },
        attempts: { N: "2" },
        refusals: { N: "1" },
      });
    },
  );

  it("never tries a refused order again, not even when there is stock again", async () => {
    const placed = order("too late", ["bulb", 6]);
    await deliver(placed);
    await put("bulb", 100);
    leg.seen.transactions = 0;
    expect(await deliver(placed)).toEqual([]);
    expect(leg.seen.transactions).toBe(0);
    expect(await stockOf("bulb")).toEqual([100]);
    expect(await reviewOf("too late")).toMatchObject({ refusals: { N: "1" } });
    expect(JSON.parse(leg.lines.at(-1) ?? "")).toMatchObject({ outcome: "ok", replayed: true });
  });

  it("takes as many products as one transaction can, and puts one more before a person", async () => {
    const products = Array.from({ length: MOST_LINES + 1 }, (_, number) => `part-${number}`);
    await Promise.all(products.map((productId) => put(productId, 1)));
    const all = products.map((productId) => [productId, 1] as const);
    expect(await deliver(order("one too many", ...all))).toEqual([]);
    expect(await reviewOf("one too many")).toMatchObject({
      reason: { S: expect.stringContaining("99 products") },
    });
    expect(await deliver(order("just right", ...all.slice(1)))).toEqual([]);
    expect(await stockOf(...products)).toEqual([1, ...Array.from({ length: MOST_LINES }, () => 0)]);
  });

  it.each([
    ["no answer of the transaction comes", "lose-reply"],
    ["the database refuses all", "throttle"],
    ["the database fails", "fail"],
  ] as const)("reserves once in the end, though at first %s", async (what, fate) => {
    const placed = order(what, ["lamp", 2]);
    // More often than the client tries by itself.
    transactions.push(fate, fate, fate, fate);
    expect(await deliver(placed)).toEqual(["message-0"]);
    expect(await reviewOf(what)).toBeUndefined();
    transactions.length = 0;
    // Its lease may have to end first.
    await expect.poll(() => deliver(placed), { timeout: 25_000, interval: 500 }).toEqual([]);
    expect(await stockOf("lamp")).toEqual([8]);
    expect(await reservationOf(what)).toMatchObject({ reservations: { N: "1" } });
  });

  it.each([
    ["a text that is no JSON", "{"],
    ["an event that is no order", JSON.stringify({ ...leg.envelope, detail: { orderId: "bad" } })],
    ["an order of our own shop", JSON.stringify({ ...leg.envelope, source: "order.service" })],
  ])("gives back %s, and does nothing", async (_, body) => {
    const before = await rowsOf("IdempotencyTable");
    expect(await deliver(body)).toEqual(["message-0"]);
    expect(await rowsOf("IdempotencyTable")).toEqual(before);
  });

  it("knows an order for years: an archive may bring it back", async () => {
    const placed = order("years ago", ["lamp", 1]);
    await deliver(placed);
    leg.passes(9 * 365 * 86_400_000);
    expect(await deliver(placed)).toEqual([]);
    expect(await stockOf("lamp")).toEqual([9]);
  });

  it("refuses another order of the same id, and leaves the first as it is", async () => {
    await deliver(order("same id", ["lamp", 1]));
    expect(await deliver(order("same id", ["lamp", 5]))).toEqual(["message-0"]);
    expect(await stockOf("lamp")).toEqual([9]);
  });
});
