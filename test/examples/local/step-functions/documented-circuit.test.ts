/** The state machine that docs/circuit-breaker.md shows, on items as they really stand in the table. */

import { readFileSync } from "node:fs";
import { GetItemCommand, type GetItemCommandInput } from "@aws-sdk/client-dynamodb";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { operateCircuit } from "holdfast/circuit-breaker";
import { dynamoDBCircuitStore } from "holdfast/circuit-breaker/dynamodb";
import { manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FunctionResult } from "../../../../examples/local/step-functions/ports.ts";
import type { Json } from "../../../../examples/local/step-functions/states.ts";
import { startTestDynamoDB, type TestDynamoDB } from "../../../support/dynamodb.ts";
import { failed, functionArn, machineNamed, ok, start } from "./set-up.ts";

const page = readFileSync(new URL("../../../../docs/circuit-breaker.md", import.meta.url), "utf8");
const [, shown = ""] = /^```json\n([\s\S]*?)^```$/m.exec(page) ?? [];
const NAMES = { CircuitTable: "Circuits", ChargeFunction: functionArn, ReplayQueue: "https://queue" };
/** A minute passes in ten milliseconds. */
const speed = 6_000;

let dynamo: TestDynamoDB;
beforeAll(async () => {
  dynamo = await startTestDynamoDB();
});
afterAll(() => dynamo.stop());

/** Runs the machine of the page on a table of its own: what it called, and how it ended. */
async function run(options: {
  readonly prepare?: (store: ReturnType<typeof dynamoDBCircuitStore>) => Promise<unknown>;
  readonly read?: () => Promise<Json>;
  readonly charge?: (call: number) => FunctionResult;
  readonly marksWait?: true;
}) {
  const client = dynamo.clientFor();
  const TableName = await dynamo.newTable();
  await options.prepare?.(
    dynamoDBCircuitStore({ transport: dynamoDBTransport(client), tableName: TableName }),
  );
  const definition = Object.entries({ ...NAMES, CircuitTable: TableName }).reduce(
    (text, [name, value]) => text.replaceAll(`\${${name}}`, value),
    shown,
  );
  const machine = JSON.parse(definition) as { readonly States: Record<string, Json> };
  // Whether it went by there is told by its output, not by a clock.
  if (options.marksWait === true)
    machine.States["WaitForCooldown"] = {
      Type: "Pass",
      Result: true,
      ResultPath: "$.waited",
      Next: "Charge",
    };
  let charges = 0;
  const { execute, calls } = await start([machineNamed("m", machine as unknown as Json)], {
    speed,
    invoke: () => options.charge?.(++charges) ?? ok("paid"),
    async call(service, _action, parameters) {
      if (service !== "dynamodb") return { MessageId: "1" };
      if (options.read !== undefined) return options.read();
      const { Item } = await client.send(new GetItemCommand(parameters as unknown as GetItemCommandInput));
      return Item === undefined ? {} : { Item: JSON.parse(JSON.stringify(Item)) };
    },
  });
  const { status, output } = await execute("m", { order: { orderId: "o-1" } });
  const { waited = false } = (output ?? {}) as { readonly waited?: boolean };
  return { status, called: calls.map(({ to }) => to), last: calls.at(-1)?.input, waited };
}

const operate =
  (to: "open" | "closed" | "isolated", atMs = Date.now()) =>
  (store: ReturnType<typeof dynamoDBCircuitStore>) =>
    operateCircuit({ store, name: "bank", to }, rootCall({ runtime: manualRuntime({ startMs: atMs }) }));

const READ = "dynamodb:getItem";
const PUT = "sqs:sendMessage";

it.each([
  ["nobody has written", undefined],
  ["is closed", operate("closed")],
  [
    "is throttled",
    (store: ReturnType<typeof dynamoDBCircuitStore>) =>
      operateCircuit({ store, name: "bank", to: "throttled", share: 0.1 }, rootCall()),
  ],
])("calls at once where the circuit %s", async (_, prepare) => {
  const ran = await run({ marksWait: true, ...(prepare === undefined ? {} : { prepare }) });
  expect(ran).toMatchObject({
    status: "SUCCEEDED",
    called: [READ, functionArn],
    last: { orderId: "o-1" },
    waited: false,
  });
});

it("calls where the table cannot be read: its trouble is not the order's", async () => {
  const ran = await run({ read: () => Promise.reject(new Error("throttled")) });
  expect(ran).toMatchObject({ status: "SUCCEEDED", called: [READ, functionArn] });
});

it("puts the order aside at once, and calls nobody, where the circuit is isolated", async () => {
  const ran = await run({ prepare: operate("isolated") });
  expect(ran).toMatchObject({
    status: "SUCCEEDED",
    called: [READ, PUT],
    last: { QueueUrl: "https://queue", MessageBody: '{"orderId":"o-1"}' },
  });
});

it.each([
  ["in its cooldown", Date.now()],
  ["past untilMs, where it stays OPEN until somebody's call was a probe", Date.now() - 3_600_000],
])("waits once, and then calls, where the circuit is open: %s", async (_, atMs) => {
  const ran = await run({ prepare: operate("open", atMs), marksWait: true });
  expect(ran).toMatchObject({ status: "SUCCEEDED", called: [READ, functionArn], waited: true });
});

it("comes back while the function's breaker refuses, and puts the order aside in the end", async () => {
  const ran = await run({ prepare: operate("open"), charge: () => failed("CircuitOpenError") });
  expect(ran.status).toBe("SUCCEEDED");
  expect(ran.called).toEqual([READ, ...Array.from({ length: 6 }, () => functionArn), PUT]);
});

it("is done when one of those calls was the probe", async () => {
  const charge = (call: number) => (call < 3 ? failed("CircuitOpenError") : ok("paid"));
  const ran = await run({ prepare: operate("open"), charge });
  expect(ran).toMatchObject({ status: "SUCCEEDED", called: [READ, functionArn, functionArn, functionArn] });
});

it("neither retries nor puts aside what the business says no to", async () => {
  const ran = await run({ charge: () => failed("TerminalError") });
  expect(ran).toMatchObject({ status: "FAILED", called: [READ, functionArn] });
});
