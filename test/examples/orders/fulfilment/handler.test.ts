import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { recordId } from "holdfast/idempotency/admin";
import { fakeContext } from "holdfast/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type DynamoDb, startDynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import type { ThirdPartyFault } from "../../../../examples/local/faults/plan.ts";
import { startReaper } from "../../../../examples/local/process/reaper.ts";
import { tableByKey } from "../../../../examples/local/run/tables.ts";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";
import type { Stack } from "../../../../examples/local/template/stack.ts";
import event from "../../../../examples/orders/events/fulfil-order.json" with { type: "json" };
import { noEffects } from "../../../../examples/orders/scenario/effects.ts";
import { startOutside } from "../../../../examples/orders/scenario/outside.ts";
import { fillStock } from "../../../../examples/orders/scenario/stock.ts";
import type { Order } from "../../../../examples/orders/src/order.ts";
import { orderStateIn } from "../../../../examples/orders/src/order-state.ts";
import { order as anyOrder } from "../fixtures.ts";

/** Stops what was started, last first. */
const stops: (() => Promise<void>)[] = [];
const effects = noEffects();
/** What happens to requests to the system of this name, one after the other; the last of it to all that follow. */
const fates = new Map<string, (ThirdPartyFault["do"] | undefined)[]>();

function fateOf(name: string): ThirdPartyFault | undefined {
  const list = fates.get(name) ?? [];
  const fate = list.length > 1 ? list.shift() : list[0];
  return fate === undefined ? undefined : { do: fate, name };
}

let stack: Stack;
let dynamodb: DynamoDb;

beforeAll(async () => {
  const reaper = startReaper();
  stops.push(() => reaper.stop());
  stack = loadTemplate("examples/orders/template.yaml", {
    name: "orders",
    region: "us-east-1",
    sqsEndpoint: "http://127.0.0.1:9",
  });
  dynamodb = await startDynamoDb({ reaper, region: stack.region });
  stops.push(() => dynamodb.stop());
  await dynamodb.createTables(stack.tables);
  await fillStock(dynamodb.client, stack);
  const outside = await startOutside(fateOf, effects);
  stops.push(() => outside.stop());
  for (const [name, value] of Object.entries({
    ...Object.assign({}, ...stack.functions.map(({ environment }) => environment)),
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    PAYMENTS_URL: outside.parameters["PaymentsUrl"],
    CARRIER_URL: outside.parameters["CarrierUrl"],
  })) {
    vi.stubEnv(name, String(value));
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0).reverse()) await stop();
});

const lines: string[] = [];
beforeEach(() => {
  fates.clear();
  lines.length = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
});
afterEach(() => void vi.restoreAllMocks());

const [record] = event.Records;
const envelope = JSON.parse(String(record?.body));

/** Delivers these orders as the queue does, or bodies as they are. */
async function deliver(...placed: readonly (Order | string)[]) {
  const { handler } = await import("../../../../examples/orders/src/handlers/fulfil-order.ts");
  const Records = placed.map((one, index) => ({
    ...record,
    messageId: `message-${index}`,
    body:
      typeof one === "string"
        ? one
        : JSON.stringify({ ...envelope, detail: { ...one, _meta: envelope.detail._meta } }),
  }));
  const answer = await handler({ Records } as typeof event, fakeContext({ functionName: "fulfil-order" }));
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** Of a customer whose card is good, and to whom parcels can be sent. */
const order = (change: Partial<Order>) => anyOrder({ customerId: "customer-1", ...change });
const items = (productId: string) => [{ productId, quantity: 2, price: 60_00 }];
const rowsOf = (table: string) => tableByKey(dynamodb.client, stack, table);
const stateOf = async ({ orderId }: Order) => (await rowsOf("OrderStateTable")).get(orderId);
const left = async (productId: string) =>
  Number((await rowsOf("StockTable")).get(productId)?.["quantity"]?.N);

/** How often each thing was done for an order: charged, refunded, shipped. */
function done({ orderId }: Order): readonly number[] {
  const { charges, refunds, shipments } = effects;
  return [charges, refunds, shipments].map((list) => list.filter((one) => one.orderId === orderId).length);
}

describe("fulfil-order", () => {
  it("charges, reserves and ships an order once, however often it is delivered", async () => {
    const placed = order({ orderId: "whole", items: items("product-1") });
    for (let times = 0; times < 2; times++) expect(await deliver(placed)).toEqual([]);
    expect(await deliver(placed, placed)).toEqual([]);
    expect(done(placed)).toEqual([1, 0, 1]);
    expect(await left("product-1")).toBe(9_998);
    expect(await stateOf(placed)).toMatchObject({ status: { S: "FULFILLED" }, fulfilments: { N: "1" } });
  });

  it("gives back one of two deliveries at once, which is answered the same later", async () => {
    const placed = order({ orderId: "at once", items: items("product-2") });
    const failures = await deliver(placed, placed);
    expect(failures.length).toBeLessThan(2);
    expect(await deliver(placed)).toEqual([]);
    expect(done(placed)).toEqual([1, 0, 1]);
  });

  it("goes on after an outage where it stopped, and asks nobody again who has answered", async () => {
    const placed = order({ orderId: "outage", items: items("product-3") });
    fates.set("carrier", ["fail"]);
    expect(await deliver(placed)).toEqual(["message-0"]);
    expect(await stateOf(placed)).toBeUndefined();
    fates.clear();
    // Down for good: it is not needed any more.
    fates.set("payments", ["dead"]);
    expect(await deliver(placed)).toEqual([]);
    expect(done(placed)).toEqual([1, 0, 1]);
    expect(await left("product-3")).toBe(9_998);
  });

  it("charges once though no answer of the payment provider ever came", async () => {
    const placed = order({ orderId: "unheard", items: items("product-4") });
    fates.set("payments", ["lose-reply"]);
    expect(await deliver(placed)).toEqual(["message-0"]);
    fates.clear();
    expect(await deliver(placed)).toEqual([]);
    expect(done(placed)).toEqual([1, 0, 1]);
  });

  it.each([
    ["declined", "customer-4", "product-6", "payment", "the card was declined", [0, 0, 0]],
    ["of a product that is not sold", "customer-1", "sofa", "inventory", "sofa is not known", [1, 1, 0]],
    ["that nobody delivers", "customer-7", "product-7", "shipping", "nobody delivers there", [1, 1, 0]],
  ])("takes back an order %s, once, and remembers why", async (what, customerId, productId, ...rest) => {
    const [step, reason, effectsOf] = rest;
    const placed = order({ orderId: what, customerId, items: items(productId) });
    const before = await left(productId);
    for (let times = 0; times < 2; times++) expect(await deliver(placed)).toEqual([]);
    expect(done(placed)).toEqual(effectsOf);
    expect(await left(productId)).toEqual(before);
    expect(await stateOf(placed)).toEqual({
      orderId: { S: what },
      status: { S: "CANCELLED" },
      step: { S: step },
      reason: { S: reason },
    });
  });

  it("goes on taking back after an outage of the payment provider, however often it was delivered meanwhile", async () => {
    const placed = order({ orderId: "late refund", items: items("sofa") });
    // The first request is the charge.
    fates.set("payments", [undefined, "fail"]);
    for (let times = 0; times < 4; times++) expect(await deliver(placed)).toEqual(["message-0"]);
    expect(done(placed)).toEqual([1, 0, 0]);
    fates.clear();
    expect(await deliver(placed)).toEqual([]);
    expect(done(placed)).toEqual([1, 1, 0]);
  });

  it.each([
    ["a text that is no JSON", "{"],
    ["an event that is no order", JSON.stringify({ ...envelope, detail: { orderId: "bad" } })],
  ])("gives back %s, and does nothing", async (_, body) => {
    const before = await rowsOf("IdempotencyTable");
    expect(await deliver(body)).toEqual(["message-0"]);
    expect(await rowsOf("IdempotencyTable")).toEqual(before);
  });

  it("leaves an order fulfilled for which a run wakes late that had been refused", async () => {
    const placed = order({ orderId: "late no", items: items("product-11") });
    await deliver(placed);
    const state = orderStateIn(dynamoDBTransport(dynamodb.client), String(process.env["ORDER_STATE_TABLE"]));
    const late = await state.cancel(placed.orderId, { step: "payment", message: "no" }, rootCall());
    expect(late).toEqual({ status: "FULFILLED", step: "shipping" });
    expect(await stateOf(placed)).toMatchObject({ status: { S: "FULFILLED" } });
  });

  it("refuses another order of the same id, and leaves the first as it is", async () => {
    const placed = order({ orderId: "same id", items: items("product-9") });
    await deliver(placed);
    const other = order({ orderId: "same id", items: items("product-10") });
    expect(await deliver(other)).toEqual(["message-0"]);
    expect(done(placed)).toEqual([1, 0, 1]);
  });

  it("knows an order for ever, also when its record has been forgotten", async () => {
    const placed = order({ orderId: "years ago", items: items("product-8") });
    await deliver(placed);
    const id = recordId({ operation: "fulfil-order", key: placed.orderId });
    const TableName = String(process.env["IDEMPOTENCY_TABLE"]);
    await dynamodb.client.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
    expect(await deliver(placed)).toEqual([]);
    expect(done(placed)).toEqual([1, 0, 1]);
  });
});
