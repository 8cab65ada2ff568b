import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { type Runtime, rootCall, runtimeOf } from "holdfast";
import { fakeContext } from "holdfast/testing";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { type DynamoDb, startDynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import { startGate } from "../../../../examples/local/faults/gate.ts";
import type { RequestFate, ThirdPartyFault } from "../../../../examples/local/faults/plan.ts";
import { startReaper } from "../../../../examples/local/process/reaper.ts";
import { type Item, tableByKey } from "../../../../examples/local/run/tables.ts";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";
import type { Stack } from "../../../../examples/local/template/stack.ts";
import { noEffects } from "../../../../examples/orders/scenario/effects.ts";
import { startOutside } from "../../../../examples/orders/scenario/outside.ts";
import type { Order } from "../../../../examples/orders/src/order.ts";

/** On a machine that is busy with other tests a delivery takes its time. */
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

interface SqsEvent {
  readonly Records: readonly { readonly body: string; readonly attributes: object }[];
}

type Handler<E> = (
  event: E,
  context: ReturnType<typeof fakeContext>,
) => Promise<{ readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }>;

/** Orders are delivered so many times before, as their attribute says. */
interface Delivery {
  readonly receives?: number;
}

/** The template's tables and the systems outside, and a function's handler that is delivered to as its queue does. */
export function startLeg<E extends SqsEvent>(functionId: string, event: E, load: () => Promise<Handler<E>>) {
  const effects = noEffects();
  /** What happens to requests to who writes to customers, one after the other; the last of it to all that follow. */
  const fates: (ThirdPartyFault["do"] | undefined)[] = [];
  /** What happens to transactions, one after the other; nothing to those that follow. */
  const transactions: RequestFate[] = [];
  const seen = { asked: 0, transactions: 0 };
  /** Stops what was started, last first. */
  const stops: (() => Promise<void>)[] = [];
  let stack: Stack;
  let dynamodb: DynamoDb;
  let runtime: Runtime;

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
    const gate = await startGate({
      service: "dynamodb",
      target: dynamodb.endpoint,
      decide({ operation }) {
        if (operation !== "TransactWriteItems") return undefined;
        seen.transactions += 1;
        const fate = transactions.shift();
        return fate === undefined ? undefined : { do: fate };
      },
    });
    stops.push(() => gate.stop());
    const outside = await startOutside(fateOf, effects);
    stops.push(() => outside.stop());
    const fn = stack.functions.find(({ logicalId }) => logicalId === functionId);
    for (const [name, value] of Object.entries({
      ...fn?.environment,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_DYNAMODB: gate.endpoint,
      NOTIFICATIONS_URL: outside.parameters["NotificationsUrl"],
    })) {
      vi.stubEnv(name, String(value));
    }
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  function fateOf(name: string): ThirdPartyFault | undefined {
    if (name !== "notifications") return undefined;
    seen.asked += 1;
    const fate = fates.length > 1 ? fates.shift() : fates[0];
    return fate === undefined ? undefined : { do: fate, name };
  }

  const lines: string[] = [];
  beforeEach(() => {
    fates.length = 0;
    transactions.length = 0;
    lines.length = 0;
    seen.asked = 0;
    seen.transactions = 0;
    // A budget of retries that is full.
    runtime = { ...runtimeOf(rootCall()) };
    vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  });
  afterEach(() => void vi.restoreAllMocks());

  const [record] = event.Records;
  const envelope = JSON.parse(String(record?.body));
  const rowsOf = (table: string): Promise<ReadonlyMap<string, Item>> =>
    tableByKey(dynamodb.client, stack, table);

  async function deliverAll(placed: readonly (Order | string)[], { receives = 1 }: Delivery = {}) {
    const handler = await load();
    const Records = placed.map((one, index) => ({
      ...record,
      messageId: `message-${index}`,
      attributes: { ...record?.attributes, ApproximateReceiveCount: String(receives) },
      body: typeof one === "string" ? one : JSON.stringify({ ...envelope, detail: one }),
    }));
    const answer = await handler({ Records } as unknown as E, fakeContext({ runtime, timeoutMs: 20_000 }));
    return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  return {
    effects,
    fates,
    transactions,
    seen,
    lines,
    envelope,
    rowsOf,
    deliverAll,
    /** From now on, in this test, it is so much later. */
    passes(ms: number): void {
      const { now } = runtime;
      runtime = { ...runtime, now: () => now() + ms };
    },
    /** Delivers these orders, or bodies as they are, and gives those that come again. */
    deliver: (...placed: readonly (Order | string)[]) => deliverAll(placed),
    async put(productId: string, quantity: number): Promise<void> {
      const TableName = String(process.env["STOCK_TABLE"]);
      const Item = { productId: { S: productId }, quantity: { N: String(quantity) } };
      await dynamodb.client.send(new PutItemCommand({ TableName, Item }));
    },
  };
}
