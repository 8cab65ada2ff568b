import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { type Runtime, rootCall, runtimeOf } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { operateCircuit } from "holdfast/circuit-breaker";
import { dynamoDBCircuitStore } from "holdfast/circuit-breaker/dynamodb";
import { fakeContext } from "holdfast/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../../examples/local/clock.ts";
import { type DynamoDb, startDynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import type { ThirdPartyFault } from "../../../../examples/local/faults/plan.ts";
import { startReaper } from "../../../../examples/local/process/reaper.ts";
import { tableByKey } from "../../../../examples/local/run/tables.ts";
import { type Sqs, startSqs } from "../../../../examples/local/sqs/service.ts";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";
import type { Stack } from "../../../../examples/local/template/stack.ts";
import flagEvent from "../../../../examples/orders/events/operate-payments.json" with { type: "json" };
import payEvent from "../../../../examples/orders/events/pay-order.json" with { type: "json" };
import readEvent from "../../../../examples/orders/events/read-payment.json" with { type: "json" };
import { noEffects } from "../../../../examples/orders/scenario/effects.ts";
import { startOutside } from "../../../../examples/orders/scenario/outside.ts";
import type { Order } from "../../../../examples/orders/src/order.ts";
import { order as anyOrder } from "../fixtures.ts";

/** On a machine that is busy with other tests a delivery takes its time. */
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

/** Stops what was started, last first. */
const stops: (() => Promise<void>)[] = [];
const effects = noEffects();
/** What happens to requests to the system of this name, one after the other; the last of it to all that follow. */
const fates = new Map<string, (Omit<ThirdPartyFault, "name"> | undefined)[]>();
let asked = 0;

function fateOf(name: string): ThirdPartyFault | undefined {
  if (name === "payments") asked += 1;
  const list = fates.get(name) ?? [];
  const fate = list.length > 1 ? list.shift() : list[0];
  return fate === undefined ? undefined : { ...fate, name };
}

let stack: Stack;
let dynamodb: DynamoDb;
let sqs: Sqs;

beforeAll(async () => {
  const reaper = startReaper();
  stops.push(() => reaper.stop());
  sqs = await startSqs({ region: "us-east-1", accountId: "000000000000", clock: systemClock() });
  stops.push(() => sqs.stop());
  stack = loadTemplate("examples/orders/template.yaml", {
    name: "orders",
    region: "us-east-1",
    sqsEndpoint: sqs.endpoint,
    // Longer than any test: nobody is sent as a probe.
    parameters: { PaymentsCooldownMs: "600000" },
  });
  await sqs.createQueues(stack.queues);
  dynamodb = await startDynamoDb({ reaper, region: stack.region });
  stops.push(() => dynamodb.stop());
  await dynamodb.createTables(stack.tables);
  const outside = await startOutside(fateOf, effects);
  stops.push(() => outside.stop());
  const pay = stack.functions.find(({ logicalId }) => logicalId === "PayOrderFunction");
  for (const [name, value] of Object.entries({
    ...pay?.environment,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    PAYMENTS_URL: outside.parameters["PaymentsUrl"],
    ACCOUNTING_URL: outside.parameters["AccountingUrl"],
  })) {
    vi.stubEnv(name, String(value));
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0).reverse()) await stop();
});

const lines: string[] = [];
/** Each test has an environment of its own: handlers that know of no circuit, and a budget of retries that is full. */
let environment = 0;
let runtime: Runtime;

const circuits = () =>
  dynamoDBCircuitStore({
    transport: dynamoDBTransport(dynamodb.client),
    tableName: String(process.env["CIRCUITS_TABLE"]),
  });
const circuit = () => circuits().read("payments", rootCall());
const isolate = () => operateCircuit({ store: circuits(), name: "payments", to: "isolated" }, rootCall());
/** As if there had never been any trouble. */
const forget = () =>
  dynamodb.client.send(
    new DeleteItemCommand({
      TableName: process.env["CIRCUITS_TABLE"],
      Key: { id: { S: "CIRCUIT#payments" } },
    }),
  );

function startEnvironment(): void {
  environment += 1;
  runtime = { ...runtimeOf(rootCall()) };
}
const contextOf = (functionName: string) => fakeContext({ functionName, runtime, timeoutMs: 20_000 });

beforeEach(async () => {
  fates.clear();
  asked = 0;
  lines.length = 0;
  startEnvironment();
  await forget();
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
});
afterEach(() => void vi.restoreAllMocks());

const [record] = payEvent.Records;
const envelope = JSON.parse(String(record?.body));
const bodyOf = (placed: Order): string => JSON.stringify({ ...envelope, detail: placed });

type PayOrder = typeof import("../../../../examples/orders/src/handlers/pay-order.ts");
type ReadPayment = typeof import("../../../../examples/orders/src/handlers/read-payment.ts");

/** Delivers these orders as the queue does, or bodies as they are. */
async function deliver(...placed: readonly (Order | string)[]) {
  const own = `../../../../examples/orders/src/handlers/pay-order.ts?${environment}`;
  const { handler }: PayOrder = await import(own);
  const Records = placed.map((one, index) => ({
    ...record,
    messageId: `message-${index}`,
    body: typeof one === "string" ? one : bodyOf(one),
  }));
  const answer = await handler({ Records } as typeof payEvent, contextOf("pay-order"));
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const order = (orderId: string, change: Partial<Order> = {}) =>
  anyOrder({ orderId, customerId: "customer-1", ...change });
const rowsOf = (table: string) => tableByKey(dynamodb.client, stack, table);
const stateOf = async ({ orderId }: Order) => (await rowsOf("OrderStateTable")).get(orderId);
/** How often an order was charged, and its payment posted. */
const done = ({ orderId }: Order): readonly number[] =>
  [effects.charges, effects.postings].map((list) => list.filter((one) => one.orderId === orderId).length);
const skippedUrl = () => stack.queues.find(({ logicalId }) => logicalId === "SkippedPayments")?.url;
const putAside = async () => (await sqs.inspect("orders-SkippedPayments")).map(({ body }) => body);

/** The circuit is isolated, and this environment has seen it: its first call does not wait for the look for long. */
async function seeIsolated(): Promise<void> {
  await isolate();
  for (let n = 0; ; n++) {
    const one = order(`look ${environment} ${n}`);
    await deliver(one);
    if (done(one)[0] === 0) break;
  }
  asked = 0;
}

describe("pay-order", () => {
  it("charges the order of its example event and posts the payment once, however often it is delivered", async () => {
    for (let times = 0; times < 2; times++) expect(await deliver(String(record?.body))).toEqual([]);
    const placed = order("market-2001");
    expect(done(placed)).toEqual([1, 1]);
    expect(await stateOf(placed)).toMatchObject({ status: { S: "PAID" }, payments: { N: "1" } });
  });

  it.each(["lose-reply", "dead", "fail"] as const)(
    "asks again after one %s of the provider, and charges once",
    async (fate) => {
      const placed = order(`once ${fate}`);
      fates.set("payments", [{ do: fate }, undefined]);
      expect(await deliver(placed)).toEqual([]);
      expect(done(placed)).toEqual([1, 1]);
    },
  );

  it("waits as long as a 429 says", async () => {
    const placed = order("too many");
    fates.set("payments", [{ do: "fail", status: 429, retryAfterS: 1 }, undefined]);
    const beganMs = performance.now();
    expect(await deliver(placed)).toEqual([]);
    expect(asked).toBe(2);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(990);
  });

  it("goes on with the posting after an outage of accounting, and charges nobody again", async () => {
    const placed = order("no books");
    fates.set("accounting", [{ do: "fail" }]);
    expect(await deliver(placed)).toEqual(["message-0"]);
    fates.clear();
    fates.set("payments", [{ do: "dead" }]);
    expect(await deliver(placed)).toEqual([]);
    expect(done(placed)).toEqual([1, 1]);
  });

  it("ends an order whose card is declined, and the circuit takes that for an answer", async () => {
    const declined = Array.from({ length: 6 }, (_, n) =>
      order(`declined ${n}`, { customerId: "customer-4" }),
    );
    expect(await deliver(...declined)).toEqual([]);
    expect(await stateOf(order("declined 0"))).toMatchObject({ status: { S: "CANCELLED" } });
    expect(await deliver(order("after the declined"))).toEqual([]);
    expect(done(order("after the declined"))).toEqual([1, 1]);
  });

  it.each(["fail", "dead"] as const)(
    "stops asking after five failures in a row (%s), and puts what it has aside",
    async (fate) => {
      fates.set("payments", [{ do: fate }]);
      for (let n = 0; n < 2; n++) await deliver(order(`down ${fate} ${n}`));
      expect(asked).toBe(5);
      const later = order(`later ${fate}`);
      expect(await deliver(later)).toEqual([]);
      expect(asked).toBe(5);
      expect(await putAside()).toContain(bodyOf(later));
      expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ outcome: "ok", skipped: true });
    },
  );

  it("counts 429 as 503", async () => {
    fates.set("payments", [{ do: "fail", status: 429 }]);
    for (let n = 0; n < 3; n++) await deliver(order(`429 ${n}`));
    expect(asked).toBe(5);
  });

  it("puts an order aside as it came while the circuit is open, and pays it when that comes again", async () => {
    await seeIsolated();
    const placed = order("aside");
    expect(await deliver(placed)).toEqual([]);
    expect([asked, done(placed)]).toEqual([0, [0, 0]]);
    const [body = ""] = (await putAside()).filter((one) => one.includes('"aside"'));
    await forget();
    startEnvironment();
    expect(await deliver(body)).toEqual([]);
    expect(done(placed)).toEqual([1, 1]);
  });

  it("keeps an order in its own queue that cannot be put aside", async () => {
    vi.stubEnv("SKIPPED_URL", `${sqs.endpoint}/000000000000/nowhere`);
    await isolate();
    let failed: readonly string[] = [];
    // It learns of the isolation with its first looks.
    for (let n = 0; n < 10 && failed.length === 0; n++) failed = await deliver(order(`nowhere ${n}`));
    vi.stubEnv("SKIPPED_URL", skippedUrl());
    expect(failed).toEqual(["message-0"]);
  });

  it.each([
    ["a text that is no JSON", "{"],
    ["an event that is no order", JSON.stringify({ ...envelope, detail: { orderId: "bad" } })],
    ["an order of our own shop", JSON.stringify({ ...envelope, source: "order.service" })],
  ])("gives back %s, and does nothing", async (_, body) => {
    const before = await rowsOf("IdempotencyTable");
    expect(await deliver(body)).toEqual(["message-0"]);
    expect(await rowsOf("IdempotencyTable")).toEqual(before);
    expect(asked).toBe(0);
  });
});

describe("read-payment", () => {
  async function read(orderId: string) {
    const own = `../../../../examples/orders/src/handlers/read-payment.ts?${environment}`;
    const { handler }: ReadPayment = await import(own);
    const event = { ...readEvent, pathParameters: { orderId } };
    const { statusCode, body } = await handler(event, contextOf("read-payment"));
    return { statusCode, ...JSON.parse(body) };
  }

  it("says whether an order is paid", async () => {
    await deliver(order("read"));
    expect(await read("read")).toMatchObject({ statusCode: 200, orderId: "read", status: "paid" });
    expect(await read("nobody's")).toMatchObject({ statusCode: 200, status: "unpaid" });
  });

  it("gives the last good answer while the provider is down and while the circuit is open, and 503 where it has none", async () => {
    await deliver(order("known"));
    expect(await read("known")).toMatchObject({ status: "paid" });
    fates.set("payments", [{ do: "fail" }]);
    for (let times = 0; times < 4; times++) {
      expect(await read("known")).toMatchObject({ statusCode: 200, status: "paid" });
    }
    const before = asked;
    expect(await read("known")).toMatchObject({ statusCode: 200, status: "paid" });
    expect(asked).toBe(before);
    expect(await read("never read")).toMatchObject({ statusCode: 503 });
  });
});

describe("operate-payments", () => {
  let changes = 0;
  async function flag(change: Readonly<Record<string, unknown>>, changeId = `change-${++changes}`) {
    const { handler } = await import("../../../../examples/orders/src/handlers/operate-payments.ts");
    const { share: _, ...detail } = flagEvent.detail;
    return handler(
      { ...flagEvent, detail: { ...detail, ...change, changeId } },
      contextOf("operate-payments"),
    );
  }

  it("throttles the circuit that pay-order goes through, as its example event says", async () => {
    await flag({ share: flagEvent.detail.share });
    expect(await circuit()).toMatchObject({ state: "CLOSED", share: 0.25 });
  });

  it("isolates it for every environment, and closes it again", async () => {
    await flag({ to: "isolated" });
    expect(await circuit()).toMatchObject({ state: "ISOLATED" });
    await flag({ to: "closed" });
    expect(await circuit()).toMatchObject({ state: "CLOSED", share: 1 });
  });

  it("opens it", async () => {
    await flag({ to: "open" });
    expect(await circuit()).toMatchObject({ state: "OPEN" });
  });

  it("applies a change once: one that comes twice does not undo the next", async () => {
    await flag({ to: "isolated" }, "first");
    await flag({ to: "closed" });
    await flag({ to: "isolated" }, "first");
    expect(await circuit()).toMatchObject({ state: "CLOSED" });
  });

  it.each([
    ["another flag", { flag: "search", to: "open" }],
    ["a state that no circuit has", { to: "ajar" }],
    ["a share above all", { to: "throttled", share: 2 }],
    ["to throttle by nothing it says", { to: "throttled" }],
  ])("refuses %s, and leaves the circuit as it is", async (_, change) => {
    const before = await circuit();
    await expect(flag(change)).rejects.toMatchObject({ retryable: false });
    expect(await circuit()).toEqual(before);
  });
});
