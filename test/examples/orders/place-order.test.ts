import { describe, expect, it } from "vitest";
import { BadRequest, type HttpRequest } from "../../../examples/orders/src/http.ts";
import { correlationOf, readPlaceOrder } from "../../../examples/orders/src/place-order.ts";
import { httpRequest, order } from "./fixtures.ts";

/** The fields that the request is refused for, each once: one value may break two rules. */
async function fieldsOf(request: HttpRequest): Promise<string[]> {
  const error: unknown = await readPlaceOrder(request).catch((thrown: unknown) => thrown);
  if (!(error instanceof BadRequest)) throw new Error("the request was not refused");
  return [...new Set(error.problems.map(({ field }) => field))].sort();
}

const withKey = (key: string | undefined): HttpRequest =>
  httpRequest(order(), { headers: { "Idempotency-Key": key } });

describe("a request to place an order", () => {
  it("is read when it is good, and stays what it was", async () => {
    const placed = order();
    const request = httpRequest(placed, { headers: { "Idempotency-Key": " key-1 " } });
    expect(await readPlaceOrder(request)).toEqual({ ...request, order: placed });
  });

  it("has every problem told at once, each at its field", async () => {
    const bad = {
      customerId: "",
      items: [{ productId: "lamp", quantity: 0.5, price: -1 }, {}],
      total: "much",
      timestamp: "2026-02-30T00:00:00Z",
      coupon: "free",
    };
    expect(await fieldsOf(httpRequest(bad, { headers: {} }))).toEqual([
      "/coupon",
      "/customerId",
      "/items/0/price",
      "/items/0/quantity",
      "/items/1/price",
      "/items/1/productId",
      "/items/1/quantity",
      "/orderId",
      "/timestamp",
      "/total",
      "Idempotency-Key",
    ]);
  });

  it("must total what its items add up to", async () => {
    expect(await fieldsOf(httpRequest(order({ total: 113_81 })))).toEqual(["/total"]);
  });

  it.each([
    ["/customerId", order({ customerId: "\ud800" })],
    ["/orderId", order({ orderId: "a\udc00" })],
    ["/timestamp", order({ timestamp: "9999-12-31T23:59:60Z" })],
  ])("is refused at %s for what no service behind it could store", async (field, bad) => {
    expect(await fieldsOf(httpRequest(bad))).toEqual([field]);
  });

  it("is refused when its bytes are no UTF-8, rather than stored as something else", async () => {
    const bytes = Buffer.concat([Buffer.from('{"orderId":"a'), Buffer.from([0xff]), Buffer.from('"}')]);
    const request = { ...httpRequest(order()), body: bytes.toString("base64"), isBase64Encoded: true };
    expect(await fieldsOf(request)).toEqual([""]);
  });

  it.each([undefined, "", "   "])("must have a key, not %j", async (key) => {
    expect(await fieldsOf(withKey(key))).toEqual(["Idempotency-Key"]);
  });

  it("has a wrong total and a missing key told together", async () => {
    const request = httpRequest(order({ total: 1 }), { headers: {} });
    expect(await fieldsOf(request)).toEqual(["/total", "Idempotency-Key"]);
  });

  it.each([[[]], [null], ["text"], [3]])("must be an object, not %j", async (body) => {
    expect(await fieldsOf(httpRequest(JSON.stringify(body)))).toEqual([""]);
  });

  it("that is no JSON is refused with the body as its field", async () => {
    expect(await fieldsOf(httpRequest('{"orderId":'))).toEqual([""]);
  });
});

describe("the correlation of a request", () => {
  it("is the id of the event that its order will become", () => {
    expect(correlationOf(httpRequest(order()))).toBe("order-placed/order-1");
  });

  it.each([[{}], [{ orderId: 3 }], [[]], [null]])("is not known when the body is %j", (body) => {
    expect(correlationOf(httpRequest(body))).toBeUndefined();
  });
});
