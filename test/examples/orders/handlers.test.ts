import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { fakeContext } from "holdfast/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../examples/local/clock.ts";
import { type DynamoDb, startDynamoDb } from "../../../examples/local/dynamodb/service.ts";
import { type EventBridge, startEventBridge } from "../../../examples/local/eventbridge/server.ts";
import { startReaper } from "../../../examples/local/process/reaper.ts";
import { tableByKey } from "../../../examples/local/run/tables.ts";
import { loadTemplate } from "../../../examples/local/template/load-template.ts";
import type { Stack } from "../../../examples/local/template/stack.ts";
import bulkEvent from "../../../examples/orders/events/bulk-store-orders.json" with { type: "json" };
import placeEvent from "../../../examples/orders/events/place-order.json" with { type: "json" };
import storeEvent from "../../../examples/orders/events/store-order.json" with { type: "json" };
import { startAccounting } from "../../../examples/orders/scenario/accounting-server.ts";
import { expectedOrder } from "../../../examples/orders/scenario/check.ts";
import { orderItem } from "../../../examples/orders/src/items.ts";

/** Stops what was started, last first. */
const stops: (() => Promise<void>)[] = [];
const published: unknown[] = [];
let available = true;
let stack: Stack;
let dynamodb: DynamoDb;
let client: DynamoDBClient;

/** The services that the template names, and the environment it gives to functions; handlers read it once. */
beforeAll(async () => {
  const reaper = startReaper();
  stops.push(() => reaper.stop());
  stack = loadTemplate("examples/orders/template.yaml", {
    name: "orders",
    region: "us-east-1",
    sqsEndpoint: "http://127.0.0.1:9",
  });
  dynamodb = await startDynamoDb({ reaper, region: stack.region });
  client = dynamodb.client;
  stops.push(() => dynamodb.stop());
  await dynamodb.createTables(stack.tables);
  const bus: EventBridge = await startEventBridge({
    buses: stack.buses,
    rules: stack.rules,
    deliver: async (arn, payload) => void published.push([arn.split(/[:-]/).at(-1), JSON.parse(payload)]),
    clock: systemClock(),
    observe: () => {},
    random: () => 0,
  });
  stops.push(() => bus.stop());
  const accounting = await startAccounting(() =>
    available ? undefined : { do: "fail", name: "accounting" },
  );
  stops.push(() => accounting.stop());

  const variables = Object.assign({}, ...stack.functions.map(({ environment }) => environment));
  for (const [name, value] of Object.entries({
    ...variables,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    ACCOUNTING_URL: accounting.parameters["AccountingUrl"],
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
  available = true;
  published.length = 0;
  lines.length = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
});

afterEach(() => void vi.restoreAllMocks());

const rowsOf = (table: string) => tableByKey(client, stack, table);
const placed = JSON.parse(placeEvent.body);
const context = (functionName: string) => fakeContext({ functionName });

describe("place-order with its example event", () => {
  async function place(change: Readonly<Record<string, unknown>> = {}) {
    const { handler } = await import("../../../examples/orders/src/handlers/place-order.ts");
    return handler({ ...placeEvent, ...change }, context("place-order"));
  }

  it("accepts the order, publishes it to its consumers, and answers a repeat the same without publishing", async () => {
    const answer = await place();
    expect(answer).toMatchObject({ statusCode: 202, body: '{"orderId":"order-1001","status":"accepted"}' });
    await vi.waitFor(() => expect(published).toHaveLength(3));
    expect(published.map((one) => (one as [string])[0]).sort()).toEqual([
      "BulkOrdersQueue",
      "FulfilOrdersQueue",
      "StoreOrderFunction",
    ]);
    const { headers, ...same } = answer;
    expect(await place()).toEqual({ ...same, headers: { ...headers, "Idempotency-Replayed": "true" } });
    expect(published).toHaveLength(3);
  });

  it("publishes the event that store-order's example is", async () => {
    await place({ headers: { "Idempotency-Key": "another" } });
    await vi.waitFor(() => expect(published).toHaveLength(3));
    const [, event] = published[0] as [string, Record<string, unknown>];
    const { source, "detail-type": type, time, detail } = storeEvent;
    expect(event).toMatchObject({ source, "detail-type": type, time, detail });
    expect(Object.keys(event).sort()).toEqual(Object.keys(storeEvent).sort());
  });

  it("reads a body in Base64", async () => {
    const body = Buffer.from(placeEvent.body).toString("base64");
    expect((await place({ body, isBase64Encoded: true })).statusCode).toBe(202);
  });

  it("refuses the same key for another order", async () => {
    await place();
    const body = JSON.stringify({ ...placed, orderId: "order-1009" });
    const answer = await place({ body });
    expect(answer).toMatchObject({
      statusCode: 422,
      headers: { "Content-Type": "application/problem+json" },
    });
  });

  it("refuses a key that is none", async () => {
    const answer = await place({ headers: { "idempotency-key": "k".repeat(256) } });
    expect(JSON.parse(answer.body as string)).toMatchObject({
      status: 400,
      code: "IDEMPOTENCY_KEY_MALFORMED",
    });
  });

  it("answers a bad order with its fields, leaves no record and logs nothing of it", async () => {
    const before = await rowsOf("IdempotencyTable");
    const body = JSON.stringify({ ...placed, total: 1, customerId: "secret", coupon: "free" });
    const answer = await place({ body, headers: { "idempotency-key": "bad" } });
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body).problems).toEqual([expect.objectContaining({ field: "/coupon" })]);
    expect(await rowsOf("IdempotencyTable")).toEqual(before);
    expect(published).toEqual([]);
    expect(lines.join("")).not.toContain("secret");
  });
});

describe("store-order with its example event", () => {
  async function store(change: Readonly<Record<string, unknown>> = {}) {
    const { handler } = await import("../../../examples/orders/src/handlers/store-order.ts");
    return handler({ ...storeEvent, ...change }, context("store-order"));
  }

  it("changes nothing while the accounting system fails, and stores the order once when it is back", async () => {
    available = false;
    await expect(store()).rejects.toThrow("503");
    expect((await rowsOf("OrdersTable")).size).toBe(0);
    available = true;
    expect(await store()).toEqual({ stored: true });
    expect(await store()).toEqual({ stored: true });
    expect((await rowsOf("OrdersTable")).get("order-1001")).toEqual(orderItem(expectedOrder(placed)));
    expect((await rowsOf("OrderTotalsTable")).get("2026-11-03")).toEqual({
      day: { S: "2026-11-03" },
      orders: { N: "1" },
      payable: { N: "10242" },
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ outcome: "failed", correlation_id: "order-placed/order-1001" }),
      expect.objectContaining({ outcome: "ok", event_type: "OrderPlaced" }),
      expect.objectContaining({ outcome: "ok", replayed: true }),
    ]);
  });

  it.each([
    ["another kind of event", { "detail-type": "OrderCancelled" }, "EVENT_UNEXPECTED"],
    ["a detail that is no order", { detail: { orderId: "order-1" } }, "EVENT_INVALID"],
  ])("refuses %s", async (_, change, code) => {
    await expect(store(change)).rejects.toMatchObject({ code });
  });
});

describe("bulk-store-orders with its example event", () => {
  async function store(records: readonly unknown[] = bulkEvent.Records) {
    const { handler } = await import("../../../examples/orders/src/handlers/bulk-store-orders.ts");
    return handler({ Records: records } as typeof bulkEvent, context("bulk-store-orders"));
  }
  const [first, second] = bulkEvent.Records;

  it("stores both orders, and writes the same bytes when they come again", async () => {
    expect(await store()).toEqual({ batchItemFailures: [] });
    const once = await rowsOf("BulkOrdersTable");
    expect([...once.keys()].sort()).toEqual(["order-1001", "order-1002"]);
    expect(once.get("order-1001")).toEqual(orderItem(expectedOrder(placed)));
    expect(await store()).toEqual({ batchItemFailures: [] });
    expect(await rowsOf("BulkOrdersTable")).toEqual(once);
  });

  it("gives back only the record that is no order", async () => {
    expect(await store([first, { ...second, body: "{" }])).toEqual({
      batchItemFailures: [{ itemIdentifier: second?.messageId }],
    });
  });

  it("gives back every record while the accounting system fails", async () => {
    available = false;
    expect(await store()).toEqual({
      batchItemFailures: bulkEvent.Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
    });
  });
});
