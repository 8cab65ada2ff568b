import fc from "fast-check";
import { hasCode, rootCall, TerminalError } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { type IdempotencyItemRefusedError, idempotent, type RefusedItem } from "holdfast/idempotency";
import { type AwsTransport, type DynamoDBStore, dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";

const lease = { id: "op#key", owner: "me", fence: 7 };
const ending = {
  lease,
  change: { state: "COMPLETED", result: "1", expiresAtMs: 9_000, atMs: 1_500 },
} as const;
const old = { id: { S: "secret-key" }, card: { S: "secret-card" } };
const items = [
  { Put: { TableName: "Orders", Item: old } },
  { Update: { TableName: "Stock", Key: { id: { S: "secret-key" } } } },
  { ConditionCheck: { TableName: "Customers", Key: { id: { S: "secret-key" } } } },
];

/** What becomes of a transaction that is cancelled for these reasons, one an item and the record's own last; every time, or in turn. */
async function cancelled(...replies: readonly (readonly string[])[]) {
  const clock = manualRuntime();
  let sends = 0;
  const thrown: Error[] = [];
  const transport: AwsTransport = {
    async call() {
      const codes = replies[Math.min(sends++, replies.length - 1)] ?? [];
      const CancellationReasons = codes.map((Code) => ({ Code, Item: old, Message: "secret" }));
      const error = Object.assign(new Error("secret"), { name: "TransactionCanceledException" });
      thrown.push(Object.assign(error, { CancellationReasons }));
      throw error;
    },
  };
  const store = dynamoDBStore({ transport, tableName: "Records" });
  const error = await clock.run(
    store.transact(items, ending, rootCall({ runtime: clock })).catch((e: unknown) => e),
  );
  return { error: error as IdempotencyItemRefusedError, cause: thrown.at(-1), sends };
}

const LASTING = ["ConditionalCheckFailed", "ItemCollectionSizeLimitExceeded", "ValidationError"];
const PASSING = ["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"];

describe("an item that DynamoDB refused", () => {
  test("is named by its place, action and table, with the code, for people and for programs", async () => {
    const { error, cause } = await cancelled(["None", "ConditionalCheckFailed", "None", "None"]);
    expect(error).toMatchObject({
      name: "IdempotencyItemRefusedError",
      code: "IDEMPOTENCY_ITEM_REFUSED",
      message:
        "unit.transact: DynamoDB refused item 2 (Update, table Stock): ConditionalCheckFailed. " +
        "Nothing was applied; the cause has DynamoDB's own reasons.",
      refused: [{ index: 1, code: "ConditionalCheckFailed" }],
      retryable: false,
    });
    // The old item, for a caller who asked for it, is there and nowhere else.
    expect(error.cause).toBe(cause);
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain("secret");
  });

  test("comes again whenever it is sent, unless every reason passes: all are listed", async () => {
    const code = fc.constantFrom("None", ...LASTING, ...PASSING);
    await fc.assert(
      fc.asyncProperty(fc.tuple(code, code, code), async (codes) => {
        const refused: RefusedItem[] = codes
          .map((one, index) => ({ index, code: one }))
          .filter((one) => one.code !== "None");
        const { error, cause } = await cancelled([...codes, "None"]);
        if (refused.length === 0) {
          expect(error).toBe(cause);
          return;
        }
        expect(error).toMatchObject({ code: "IDEMPOTENCY_ITEM_REFUSED", refused });
        expect(error.retryable).toBe(refused.every((one) => PASSING.includes(one.code)));
        for (const one of refused) expect(error.message).toContain(`item ${one.index + 1} (`);
      }),
      { examples: [[["None", "None", "None"]]] },
    );
  });

  test("is no refusal where the record alone is busy: that is the client's error, as before", async () => {
    for (const code of PASSING) {
      const { error, cause } = await cancelled(["None", "None", "None", code]);
      expect(error).toBe(cause);
    }
  });

  test("beside a record that was in conflict is asked again: an earlier send may have done it", async () => {
    const busy = ["ConditionalCheckFailed", "None", "None", "TransactionConflict"];
    const mine = ["ConditionalCheckFailed", "None", "None", "ConditionalCheckFailed"];
    const record = await cancelled(busy, mine).catch((error: unknown) => error);
    // The record's answer is an item that is none here: it was looked at, and that is the point.
    expect(record).toMatchObject({
      error: { message: expect.stringMatching(/idempotency record/) },
      sends: 2,
    });
    const { error, sends } = await cancelled(busy);
    expect([error.code, error.retryable, sends]).toEqual(["IDEMPOTENCY_ITEM_REFUSED", true, 7]);
    expect(error.message).toMatch(/record could not be looked at either \(TransactionConflict\)/);
  });

  test("beside a record that was throttled may have been applied before, so the delivery comes again", async () => {
    const { error } = await cancelled(["ConditionalCheckFailed", "None", "None", "ThrottlingError"]);
    expect([error.code, error.retryable]).toEqual(["IDEMPOTENCY_ITEM_REFUSED", true]);
  });

  test("may have no table name, or be no object: it is named by its place all the same", async () => {
    const error = Object.assign(new Error("x"), {
      name: "TransactionCanceledException",
      CancellationReasons: [{ Code: "ValidationError" }, { Code: "ValidationError" }],
    });
    const store = dynamoDBStore({ transport: { call: () => Promise.reject(error) }, tableName: "T" });
    await expect(
      store.transact([{ Put: null }, { Delete: {} }], undefined, rootCall()),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/item 1 \(Put\): ValidationError, item 2 \(Delete\): ValidationError/),
    });
  });
});

/** What is thrown when a transaction fails is final to the function. */
async function chargedBefore(store: DynamoDBStore, item: object) {
  const log: string[] = [];
  const pay = resumable(
    async (_: string, { unit }) => {
      await unit.step("charge", async () => void log.push("charge"), {
        compensate: () => log.push("refund"),
      });
      return unit.transact([item], "paid").catch((cause: unknown) => {
        throw new TerminalError("refused", { cause });
      });
    },
    { store, operation: "pay", key: (id) => id },
  );
  const error = await pay("1", rootCall()).catch((thrown: unknown) => thrown);
  return { log, error };
}

test("nothing is taken back where nobody knows whether the transaction was applied", async () => {
  const memory = memoryStore();
  const transact = () => Promise.reject(Object.assign(new Error("lost"), { name: "TimeoutError" }));
  const { log, error } = await chargedBefore({ ...memory, hint: () => undefined, transact }, {});
  expect(error).toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
  expect(log).toEqual(["charge"]);
});

describe("on DynamoDB itself", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  test.each([
    ["an empty key", { id: { S: "" } }],
    ["a number that is too large", { id: { S: "o-1" }, n: { N: "1e999" } }],
  ])("a request that is wrong (%s) was not applied: what was done before is taken back", async (_, Item) => {
    const TableName = await dynamo.newTable();
    const store = dynamoDBStore({ transport: dynamoDBTransport(dynamo.clientFor()), tableName: TableName });
    const { log, error } = await chargedBefore(store, { Put: { TableName, Item } });
    expect(error).toMatchObject({ code: "TERMINAL", cause: { name: "ValidationException" } });
    expect(log).toEqual(["charge", "refund"]);
  });

  test("a function may catch the refusal and record something else, once", async () => {
    const tableName = await dynamo.newTable();
    const store = dynamoDBStore({ transport: dynamoDBTransport(dynamo.clientFor()), tableName });
    const add = (id: string, ConditionExpression?: string) => ({
      Update: {
        TableName: tableName,
        Key: { id: { S: id } },
        UpdateExpression: "ADD n :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
        ...(ConditionExpression === undefined ? {} : { ConditionExpression }),
      },
    });
    let runs = 0;
    const reserve = idempotent(
      async (_: { readonly id: string }, { unit }) => {
        runs++;
        try {
          return await unit.transact([add("sold"), add("stock", "n > :one")], "reserved");
        } catch (error) {
          if (!hasCode(error, "IDEMPOTENCY_ITEM_REFUSED")) throw error;
          expect((error as IdempotencyItemRefusedError).refused).toEqual([
            { index: 1, code: "ConditionalCheckFailed" },
          ]);
          return unit.transact([add("turned-away")], "sold out");
        }
      },
      { store, operation: "reserve", key: (input) => input.id },
    );
    expect([await reserve({ id: "1" }, rootCall()), await reserve({ id: "1" }, rootCall())]).toEqual([
      "sold out",
      "sold out",
    ]);
    expect(runs).toBe(1);
    const counts = ["sold", "stock", "turned-away"].map((id) => dynamo.numberOf(tableName, id, "n"));
    expect(await Promise.all(counts)).toEqual([0, 0, 1]);
  });
});
