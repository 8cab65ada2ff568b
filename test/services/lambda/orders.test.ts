import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../examples/local/clock.ts";
import { startDynamoDb } from "../../../examples/local/dynamodb/service.ts";
import { startEventBridge } from "../../../examples/local/eventbridge/server.ts";
import { buildFunctions } from "../../../examples/local/lambda/build-functions.ts";
import type { RuntimeProgram } from "../../../examples/local/lambda/environment.ts";
import { startLambda } from "../../../examples/local/lambda/lambda-service.ts";
import { startReaper } from "../../../examples/local/process/reaper.ts";
import { tableByKey } from "../../../examples/local/run/tables.ts";
import { loadTemplate } from "../../../examples/local/template/load-template.ts";
import bulkEvent from "../../../examples/orders/events/bulk-store-orders.json" with { type: "json" };
import placeEvent from "../../../examples/orders/events/place-order.json" with { type: "json" };
import storeEvent from "../../../examples/orders/events/store-order.json" with { type: "json" };
import { startAccounting } from "../../../examples/orders/scenario/accounting-server.ts";
import { officialClient, told } from "./both.ts";

const [first, second] = bulkEvent.Records;
/** In order: each finds what those before it have left. */
const invocations: readonly (readonly [fn: string, event: unknown])[] = [
  ["PlaceOrderFunction", placeEvent],
  ["PlaceOrderFunction", placeEvent],
  ["PlaceOrderFunction", { ...placeEvent, body: '{"orderId":"order-1009"}' }],
  ["PlaceOrderFunction", { ...placeEvent, headers: {}, body: "no JSON" }],
  ["StoreOrderFunction", storeEvent],
  ["StoreOrderFunction", storeEvent],
  ["StoreOrderFunction", { ...storeEvent, "detail-type": "OrderCancelled" }],
  ["StoreOrderFunction", { ...storeEvent, detail: { orderId: "order-1" } }],
  ["StoreOrderFunction", null],
  ["BulkStoreOrdersFunction", bulkEvent],
  ["BulkStoreOrdersFunction", bulkEvent],
  ["BulkStoreOrdersFunction", { Records: [first, { ...second, body: "{" }] }],
  ["BulkStoreOrdersFunction", {}],
];

test("the orders app answers and stores the same through AWS's runtime client as through our bootstrap", async () => {
  const ours = await runOrders(undefined);
  expect(await runOrders(officialClient())).toEqual(ours);
  // Otherwise both would only have failed alike.
  expect(ours.answers[0]).toMatchObject({ status: "ok", returned: { statusCode: 202 } });
  expect(ours.answers[4]).toEqual({ status: "ok", returned: { stored: true } });
  expect(ours.answers[7]).toMatchObject({ status: "error", kind: "error" });
  expect(ours.answers[9]).toEqual({ status: "ok", returned: { batchItemFailures: [] } });
  expect(ours.published).toHaveLength(3);
  expect([...ours.stored.keys()]).toEqual(["order-1001"]);
});

/** The app's functions on services of their own, invoked one after the other. */
async function runOrders(runtime: RuntimeProgram | undefined) {
  await using running = new AsyncDisposableStack();
  const buildDir = await mkdtemp(join(tmpdir(), "orders-"));
  running.defer(() => rm(buildDir, { recursive: true, force: true }));
  const reaper = startReaper();
  running.defer(() => reaper.stop());
  const accounting = await startAccounting(() => undefined);
  running.defer(() => accounting.stop());
  const stack = loadTemplate("examples/orders/template.yaml", {
    name: "orders",
    region: "us-east-1",
    sqsEndpoint: "http://127.0.0.1:9",
    parameters: accounting.parameters,
  });
  const dynamodb = await startDynamoDb({ reaper, region: stack.region });
  running.defer(() => dynamodb.stop());
  await dynamodb.createTables(stack.tables);
  const published: unknown[] = [];
  const bus = await startEventBridge({
    buses: stack.buses,
    rules: stack.rules,
    deliver: async (arn, payload) => void published.push([arn, { ...JSON.parse(payload), id: "<id>" }]),
    clock: systemClock(),
    observe: () => {},
    random: () => 0,
  });
  running.defer(() => bus.stop());
  const lambda = startLambda({
    functions: stack.functions,
    ...(await buildFunctions(stack.functions, buildDir)),
    ...(runtime === undefined ? {} : { runtime }),
    region: stack.region,
    serviceEnvironment: {
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    },
    deliver: () => Promise.reject(new Error("nothing is delivered here")),
    clock: systemClock(),
    observe: () => {},
    reaper,
  });
  running.defer(() => lambda.stop());

  const answers: unknown[] = [];
  for (const [logicalId, event] of invocations) {
    const fn = stack.functions.find((candidate) => candidate.logicalId === logicalId);
    if (fn === undefined) throw new Error(`the template has no ${logicalId}`);
    answers.push(told(await lambda.invoke(fn.arn, JSON.stringify(event), { source: "test" })));
  }
  await expect.poll(() => published.length).toBeGreaterThanOrEqual(2);
  const stored = await tableByKey(dynamodb.client, stack, "OrdersTable");
  const bulk = await tableByKey(dynamodb.client, stack, "BulkOrdersTable");
  return { answers, published: published.map((one) => JSON.stringify(one)).sort(), stored, bulk };
}
