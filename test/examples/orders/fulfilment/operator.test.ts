import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { expect, it, type TestContext, vi } from "vitest";
import { type Cloud, startCloud } from "../../../../examples/local/cloud.ts";
import { faultDecisions } from "../../../../examples/local/faults/decide.ts";
import { startHttpServer } from "../../../../examples/local/process/http-server.ts";
import { tableByKey } from "../../../../examples/local/run/tables.ts";
import { startAccounting } from "../../../../examples/orders/scenario/accounting-server.ts";
import { startCarrier } from "../../../../examples/orders/scenario/carrier-server.ts";
import { type Effects, noEffects } from "../../../../examples/orders/scenario/effects.ts";
import { keyedListener } from "../../../../examples/orders/scenario/keyed-server.ts";
import { fillStock } from "../../../../examples/orders/scenario/stock.ts";
import type { Order } from "../../../../examples/orders/src/order.ts";
import { order } from "../fixtures.ts";

/** Builds functions, waits for three deliveries of a message, and for a program that is started several times. */
vi.setConfig({ testTimeout: 120_000 });

/** A provider that honours no keys, and whose first answer never comes. */
async function silentAtFirst(effects: Effects) {
  let requests = 0;
  const charge = keyedListener(false, {
    work(_, { orderId = "" }, key) {
      effects.charges.push({ orderId, key, id: `charge-${effects.charges.length + 1}` });
      return { status: 201, body: { chargeId: `charge-${effects.charges.length}` } };
    },
  });
  return startHttpServer((request, response) => {
    requests += 1;
    if (requests === 1) response.end = () => response;
    charge(request, response);
  });
}

async function startOrders(test: TestContext, effects: Effects): Promise<Cloud> {
  const payments = await silentAtFirst(effects);
  test.onTestFinished(() => payments.stop());
  const carrier = await startCarrier(() => undefined, effects);
  test.onTestFinished(() => carrier.stop());
  const accounting = await startAccounting(() => undefined);
  test.onTestFinished(() => accounting.stop());
  const buildDir = await mkdtemp(join(tmpdir(), "orders-settled-"));
  test.onTestFinished(() => rm(buildDir, { recursive: true, force: true }));
  const cloud = await startCloud({
    stacks: [
      {
        file: fileURLToPath(new URL("../../../../examples/orders/template.yaml", import.meta.url)),
        name: "orders",
        parameters: {
          ...carrier.parameters,
          ...accounting.parameters,
          PaymentsUrl: `http://127.0.0.1:${payments.port}`,
          PaymentsHonourKeys: "false",
        },
      },
    ],
    buildDir,
    speed: 20,
    // While it waits for the answer of its charge, as a rule.
    faults: faultDecisions(
      { invocations: [{ do: "kill", function: "FulfilOrderFunction", at: { afterMs: 600 }, nth: 1 }] },
      1,
    ),
  });
  test.onTestFinished(() => cloud.stop());
  return cloud;
}

async function place(cloud: Cloud, placed: Order): Promise<void> {
  const response = await fetch(`${cloud.endpoints.httpApis["OrdersApi"]}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", "Idempotency-Key": placed.orderId },
    body: JSON.stringify(placed),
  });
  expect(response.status).toBe(202);
}

/** Runs the program that users install, on the app's table. */
async function holdfast(cloud: Cloud, args: readonly string[]): Promise<string> {
  const program = ["--import", "./tools/from-source.ts", "src/cli/main.ts", "idempotency"];
  const where = ["--table", "orders-IdempotencyTable", "--endpoint", cloud.endpoints.dynamodb];
  const env = {
    ...process.env,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  const { stdout } = await promisify(execFile)(process.execPath, [...program, ...args, ...where], { env });
  return stdout;
}

/** Moves what the queue has given up back into it. */
async function redrive({ clients: { sqs } }: Cloud, name: string): Promise<void> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: Attributes?.["QueueArn"] }));
}

it("an order whose worker was killed at its charge is charged once, when somebody has asked the provider and settled it", async (test) => {
  const effects = noEffects();
  const cloud = await startOrders(test, effects);
  const [stack] = cloud.stacks;
  if (stack === undefined) throw new Error("the template made no stack");
  await fillStock(cloud.clients.dynamodb, stack);
  const items = [{ productId: "product-1", quantity: 1, price: 5_00 }];
  await place(cloud, order({ orderId: "order-7", customerId: "customer-1", items }));
  await cloud.idle(60_000);

  // It was given up, for nobody knows whether it is charged; no other request was sent meanwhile.
  expect(await cloud.inspectQueue("orders-FulfilOrdersDeadLetters")).toHaveLength(1);
  expect(effects.charges.length).toBeLessThan(2);
  const which = ["--operation", "charge-order", "--key", "order-7"];
  const seen = JSON.parse(await holdfast(cloud, ["inspect", ...which, "--json"]));
  // Where the machine was so slow that the provider's time was over before the kill, the run has said so itself.
  expect(["abandoned", "unknown"]).toContain(seen.status);
  expect(seen.next.block).toBe("is-refused-unknown-outcome");

  // The provider says what it did.
  const [charged] = effects.charges;
  const finding =
    charged === undefined
      ? ["--as", "released"]
      : ["--as", "completed", "--result", JSON.stringify({ chargeId: charged.id })];
  await holdfast(cloud, ["settle", ...which, ...finding, "--yes"]);
  await redrive(cloud, "orders-FulfilOrdersDeadLetters");
  // Messages are moved after the answer, so at first all may look idle.
  await vi.waitFor(() => expect(effects.shipments).toHaveLength(1), { timeout: 30_000 });
  await cloud.idle(60_000);

  expect(effects.charges).toHaveLength(1);
  expect(effects.shipments).toHaveLength(1);
  const state = (await tableByKey(cloud.clients.dynamodb, stack, "OrderStateTable")).get("order-7");
  expect(state).toMatchObject({ status: { S: "FULFILLED" }, chargeId: { S: "charge-1" } });
  expect(await cloud.inspectQueue("orders-FulfilOrdersDeadLetters")).toEqual([]);
});
