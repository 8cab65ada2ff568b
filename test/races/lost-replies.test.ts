import { rootCall, TerminalError } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { idempotent } from "holdfast/idempotency";
import { type DynamoDBTransactItem, dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { resumable } from "holdfast/idempotency/steps";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RequestVerdict } from "../../examples/local/faults/decide.ts";
import { type PassingRequest, startGate } from "../../examples/local/faults/gate.ts";
import { startTestDynamoDB, type TestDynamoDB } from "../support/dynamodb.ts";

interface Order {
  readonly id: string;
}

/** Replies are lost between the client and DynamoDB, so the client's own retry sends the same write twice. */
describe("lost replies, beneath the client's retry", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  async function setUp(decide: (request: PassingRequest) => RequestVerdict | undefined) {
    const proxy = await startGate({ service: "dynamodb", target: dynamo.endpoint, keepBodies: true, decide });
    const tableName = await dynamo.newTable();
    const store = dynamoDBStore({
      transport: dynamoDBTransport(dynamo.clientFor(proxy.endpoint)),
      tableName,
    });
    const addOne: DynamoDBTransactItem = {
      Update: {
        TableName: tableName,
        Key: { id: { S: "sum" } },
        UpdateExpression: "ADD n :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      },
    };
    return { proxy, store, addOne, sum: () => dynamo.numberOf(tableName, "sum", "n") };
  }
  const isClaim = ({ body }: PassingRequest): boolean => body.includes("if_not_exists");
  const isCompletion = ({ body }: PassingRequest): boolean => body.includes('{"S":"COMPLETED"}');
  const isRelease = ({ body, operation }: PassingRequest): boolean =>
    operation === "UpdateItem" && body.includes('":new_state":{"S":"RELEASED"}');
  /** Loses the reply to the first request of a kind. */
  function loseFirst(kind: (request: PassingRequest) => boolean) {
    let lost = false;
    return (request: PassingRequest): RequestVerdict | undefined => {
      if (lost || !kind(request)) return undefined;
      lost = true;
      return { do: "lose-reply" };
    };
  }

  test("a lost reply to the claim does not lock the run out of its own key", async () => {
    const { proxy, store } = await setUp(loseFirst(isClaim));
    let runs = 0;
    const handle = idempotent(async (_order: Order) => ++runs, {
      store,
      operation: "op",
      key: (order) => order.id,
    });
    expect(await handle({ id: "1" }, rootCall())).toBe(1);
    expect(proxy.seen.filter(isClaim)).toHaveLength(2);
    await proxy.stop();
  });

  test("a lost reply to the completion is known as the run's own", async () => {
    const { proxy, store } = await setUp(loseFirst(isCompletion));
    let runs = 0;
    const handle = idempotent(async (_order: Order) => ++runs, {
      store,
      operation: "op",
      key: (order) => order.id,
    });
    expect(await handle({ id: "1" }, rootCall())).toBe(1);
    expect(await handle({ id: "1" }, rootCall())).toBe(1);
    expect(proxy.seen.filter(isCompletion)).toHaveLength(2);
    await proxy.stop();
  });

  test("a lost reply to the release leaves the key free and the handler's error as it was", async () => {
    const { proxy, store } = await setUp(loseFirst(isRelease));
    let runs = 0;
    const handle = idempotent(
      async (_order: Order) => {
        if (++runs === 1) throw new Error("the first run fails");
        return runs;
      },
      { store, operation: "op", key: (order) => order.id },
    );
    await expect(handle({ id: "1" }, rootCall())).rejects.toThrow("the first run fails");
    expect(await handle({ id: "1" }, rootCall())).toBe(2);
    expect(proxy.seen.filter(isRelease)).toHaveLength(2);
    await proxy.stop();
  });

  test("a lost reply to a transaction neither repeats its effects nor fails the run", async () => {
    const { proxy, store, addOne, sum } = await setUp(
      loseFirst(({ operation }) => operation === "TransactWriteItems"),
    );
    const handle = idempotent(async (_order: Order, call) => call.unit.transact([addOne], "stored"), {
      store,
      operation: "op",
      key: (order) => order.id,
    });
    expect(await handle({ id: "1" }, rootCall())).toBe("stored");
    expect(await handle({ id: "1" }, rootCall())).toBe("stored");
    expect(await sum()).toBe(1);
    expect(proxy.seen.filter(({ operation }) => operation === "TransactWriteItems")).toHaveLength(2);
    await proxy.stop();
  });

  test("without the record the same lost reply repeats the effect: the control of the test above", async () => {
    const { proxy, store, addOne, sum } = await setUp(() => undefined);
    for (const _delivery of [1, 2]) await store.transact([addOne], undefined, rootCall());
    expect(await sum()).toBe(2);
    await proxy.stop();
  });

  /** Writes of steps, by what they say. */
  const says =
    (what: string) =>
    ({ body, operation }: PassingRequest): boolean =>
      operation === "UpdateItem" && body.includes(what);
  const isStep = says('{"S":"owed 1 ');
  const isFailure = says('{"S":"{\\"attempts\\":0');
  const isUndone = says('{"S":"undone 1 ');

  /** A unit that charges, and fails for good; what it asks of the bank is counted, and the bank knows no repeat. */
  async function failing(decide: (request: PassingRequest) => RequestVerdict | undefined) {
    const { proxy, store } = await setUp(decide);
    const asked: string[] = [];
    const handle = resumable(
      async (_order: Order, { unit }) => {
        await unit.step("charge", async () => asked.push("charge"), {
          compensate: () => asked.push("refund"),
        });
        throw new TerminalError("out of stock");
      },
      { store, operation: "op", key: (order) => order.id },
    );
    return { proxy, asked, handle };
  }

  test.each([
    ["step's record", isStep],
    ["record that the unit has failed", isFailure],
    ["record that a step is undone", isUndone],
  ])("a lost reply to a %s repeats no effect, and fails no run", async (_what, kind) => {
    const { proxy, asked, handle } = await failing(loseFirst(kind));
    for (const _delivery of [1, 2]) {
      await expect(handle({ id: "1" }, rootCall())).rejects.toMatchObject({ message: "out of stock" });
    }
    expect(asked).toEqual(["charge", "refund"]);
    expect(proxy.seen.filter(kind)).toHaveLength(2);
    await proxy.stop();
  });

  test("a step whose record is never answered is found by the next run, and not run again", async () => {
    const { proxy, asked, handle } = await failing((request) =>
      isStep(request) ? { do: "lose-reply" } : undefined,
    );
    await expect(handle({ id: "1" }, rootCall())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
    expect(asked).toEqual(["charge"]);
    await expect(handle({ id: "1" }, rootCall())).rejects.toMatchObject({ message: "out of stock" });
    expect(asked).toEqual(["charge", "refund"]);
    await proxy.stop();
  });

  test("what is not done in a step is done again by the same lost reply: the control of the test above", async () => {
    const { proxy, store } = await setUp((request) => (isStep(request) ? { do: "lose-reply" } : undefined));
    const asked: string[] = [];
    const handle = resumable(
      async (_order: Order, { unit }) => {
        asked.push("charge");
        await unit.step("ship", async () => 1, { compensate: () => {} });
      },
      { store, operation: "op", key: (order) => order.id },
    );
    await expect(handle({ id: "1" }, rootCall())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
    await handle({ id: "1" }, rootCall());
    expect(asked).toEqual(["charge", "charge"]);
    await proxy.stop();
  });
});
