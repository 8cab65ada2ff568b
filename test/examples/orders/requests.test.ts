import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../examples/local/seeded-random.ts";
import { type PlannedRequest, planRequests } from "../../../examples/orders/scenario/requests.ts";
import { BadRequest } from "../../../examples/orders/src/http.ts";
import { sumOfItems } from "../../../examples/orders/src/order.ts";
import { readPlaceOrder } from "../../../examples/orders/src/place-order.ts";

const plan = (seed: number, count = 500) => planRequests(count, seededRandom(seed));

function read({ key, body }: PlannedRequest): Promise<unknown> {
  return readPlaceOrder({ headers: key === undefined ? {} : { "idempotency-key": key }, body }).catch(
    (error: unknown) => error,
  );
}

describe("the requests of a run", () => {
  it("are the same for the same seed, and others for another", () => {
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1)).not.toEqual(plan(2));
  });

  it("hold as many as asked for, of every kind", () => {
    const requests = plan(1);
    expect(requests).toHaveLength(500);
    const fields = new Set(requests.flatMap((request) => request.fields ?? []));
    expect([...fields].sort()).toEqual([
      "",
      "/coupon",
      "/customerId",
      "/items",
      "/items/0/quantity",
      "/timestamp",
      "/total",
      "Idempotency-Key",
    ]);
    expect(requests.some(({ repeatsAfter }) => repeatsAfter.length > 1)).toBe(true);
  });

  it("have a key and an order of their own each, and only good ones are repeated", () => {
    const requests = plan(3);
    const keys = requests.flatMap(({ key }) => (key === undefined ? [] : [key]));
    expect(new Set(keys).size).toBe(keys.length);
    const orders = requests.flatMap(({ order }) => (order === undefined ? [] : [order]));
    expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(orders.length);
    expect(orders.every((order) => order.total === sumOfItems(order))).toBe(true);
    for (const { order, repeatsAfter } of requests) if (order === undefined) expect(repeatsAfter).toEqual([]);
  });

  it("are good or bad exactly as they say, whatever the seed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        for (const request of plan(seed, 60)) {
          const result = await read(request);
          if (request.order !== undefined) {
            expect(request.fields).toBeUndefined();
            expect(result).toMatchObject({ order: request.order, body: request.body });
            continue;
          }
          const found = result instanceof BadRequest ? result.problems.map(({ field }) => field) : [];
          expect(found).toEqual(expect.arrayContaining([...(request.fields ?? ["none was named"])]));
        }
      }),
      { numRuns: 20 },
    );
  });
});
