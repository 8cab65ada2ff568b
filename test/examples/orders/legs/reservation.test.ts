import fc from "fast-check";
import { rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import { type IdempotencyItemRefusedError, idempotent } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, it } from "vitest";
import { refusalIn, reserved } from "../../../../examples/orders/src/reservation.ts";
import { linesOf } from "../../../../examples/orders/src/stock.ts";

const LINES = [
  { productId: "lamp", quantity: 2 },
  { productId: "bulb", quantity: 4 },
];
const NONE = { Code: "None" };
const CONFLICT = { Code: "TransactionConflict" };
const SHORT = { Code: "ConditionalCheckFailed", Item: { quantity: { N: "1" } } };
const UNKNOWN = { Code: "ConditionalCheckFailed" };

/** What the app makes of a transaction that DynamoDB cancels so each time: for lamps, bulbs, the reservation and the record. */
async function refused(...reasons: readonly object[]) {
  const clock = manualRuntime();
  let sent = 0;
  const transport: AwsTransport = {
    async call(operation) {
      if (operation !== "TransactWriteItems") return {};
      sent += 1;
      throw Object.assign(new Error("cancelled"), {
        name: "TransactionCanceledException",
        CancellationReasons: reasons,
      });
    },
  };
  const run = idempotent(
    async (orderId: string, { unit }) => {
      const items = reserved({ stock: "Stock", reservations: "Reservations" }, orderId, LINES);
      return unit.transact(items, "reserved");
    },
    {
      store: dynamoDBStore({ transport, tableName: "Idempotency" }),
      operation: "reserve-stock",
      key: (id) => id,
    },
  );
  const error: unknown = await clock
    .run(run("order-1", rootCall({ runtime: clock })))
    .catch((thrown) => thrown);
  const { code } = error as IdempotencyItemRefusedError;
  return { code, refusal: refusalIn(error, LINES), sent };
}

describe("a cancelled transaction", () => {
  it.each([
    ["a product that is short", [SHORT, NONE, NONE, NONE], "lamp is out of stock"],
    ["a product that is not known", [NONE, UNKNOWN, NONE, NONE], "bulb is not known"],
    ["all that is wrong", [SHORT, UNKNOWN, NONE, NONE], "lamp is out of stock; bulb is not known"],
    ["what is short beside what is busy", [CONFLICT, SHORT, NONE, NONE], "bulb is out of stock"],
  ])("refuses an order for good by %s, sent once", async (_, reasons, refusal) => {
    expect(await refused(...reasons)).toEqual({ code: "IDEMPOTENCY_ITEM_REFUSED", refusal, sent: 1 });
  });

  it.each([
    ["others are at the same products", [CONFLICT, NONE, NONE, NONE]],
    ["others are at the reservation", [NONE, NONE, CONFLICT, NONE]],
    ["the record is busy: what it found short this very run may have taken", [SHORT, NONE, NONE, CONFLICT]],
  ])("refuses none while %s: it is sent again, and then the order comes again", async (_, reasons) => {
    expect(await refused(...reasons)).toEqual({
      code: "IDEMPOTENCY_ITEM_REFUSED",
      refusal: undefined,
      sent: 7,
    });
  });

  it("refuses none when it is the record that is another's by now", async () => {
    const { code, refusal } = await refused(SHORT, NONE, NONE, { Code: "ConditionalCheckFailed" });
    expect([code, refusal]).toEqual(["IDEMPOTENCY_LEASE_LOST", undefined]);
  });

  it("refuses none where the table takes no more writes", async () => {
    const { refusal } = await refused({ Code: "ThrottlingError" }, NONE, NONE, NONE);
    expect(refusal).toBeUndefined();
  });
});

describe("an order's lines", () => {
  const item = fc.record({
    productId: fc.constantFrom("a", "b", "c"),
    quantity: fc.integer({ min: 1, max: 10_000 }),
    price: fc.constant(1),
  });

  it("name each product once, and hold all of it", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 99 }), (items) => {
        const lines = linesOf({ items });
        const products = lines.map(({ productId }) => productId);
        expect(new Set(products).size).toBe(products.length);
        for (const wanted of ["a", "b", "c"]) {
          const of = (list: readonly { productId: string; quantity: number }[]) =>
            list.reduce((sum, { productId, quantity }) => sum + (productId === wanted ? quantity : 0), 0);
          expect(of(lines)).toBe(of(items));
        }
      }),
    );
  });
});
