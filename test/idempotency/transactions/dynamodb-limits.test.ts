import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { idempotent } from "holdfast/idempotency";
import { type AwsTransport, dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";

const ITEM = 400 * 1024;
const TRANSACTION = 4 * 1024 * 1024;

const lease = { id: "op#key", owner: "me", fence: 7 };
const completed = (result: string) => ({
  lease,
  change: { state: "COMPLETED", result, expiresAtMs: 9_000, atMs: 1_500 } as const,
});

function setUp() {
  const sent: object[] = [];
  const transport: AwsTransport = {
    async call(_operation, input) {
      sent.push(input);
      return {};
    },
  };
  return { sent, store: dynamoDBStore({ transport, tableName: "Records" }) };
}

/** A put of exactly so many bytes: names and texts, of which AWS says the size to the byte. */
function putOf(bytes: number, id: string, tableName = "Orders") {
  const rest = bytes - Buffer.byteLength(`id${id}text`);
  return { Put: { TableName: tableName, Item: { id: { S: id }, text: { S: "x".repeat(rest) } } } };
}

/** Sizes of puts that come to `total` together. */
const sizes = (total: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.integer({ min: 50, max: ITEM }), { minLength: 11, maxLength: 30 }).map((wanted) => {
    const taken: number[] = [];
    let left = total;
    for (const size of [...wanted, ...Array<number>(11).fill(ITEM)]) {
      if (left === 0) break;
      // What is left must make an item of its own, or none.
      const next = left - size < 50 ? Math.min(left, ITEM) : size;
      const fits = left - next < 50 && left !== next ? left - 50 : next;
      taken.push(fits);
      left -= fits;
    }
    return taken;
  });

describe("the size of a transaction", () => {
  test("may be 4 MB to the byte, and is refused by one byte more, before anything is sent", async () => {
    await fc.assert(
      fc.asyncProperty(sizes(TRANSACTION), fc.nat(), async (list, which) => {
        const { store, sent } = setUp();
        const at = which % list.length;
        const items = (more: number) =>
          list.map((size, index) => putOf(size + (index === at && size < ITEM ? more : 0), `i${index}`));
        const total = list.reduce((sum, size) => sum + size, 0);
        expect(total).toBe(TRANSACTION);
        await store.transact(items(0), undefined, rootCall());
        expect(sent).toHaveLength(1);
        if ((list[at] ?? 0) === ITEM) return;
        await expect(store.transact(items(1), undefined, rootCall())).rejects.toMatchObject({
          code: "INVALID_OPTION",
          retryable: false,
          message: expect.stringMatching(
            /^unit\.transact: the \d+ items and the result have at least 4194305 bytes, and DynamoDB takes 4194304/,
          ),
        });
        expect(sent).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  test("counts what the record keeps of the result", async () => {
    const { store, sent } = setUp();
    const items = Array.from({ length: 10 }, (_, index) => putOf(ITEM, `i${index}`));
    const left = TRANSACTION - 10 * ITEM;
    await store.transact(items, completed("r".repeat(left)), rootCall());
    await expect(store.transact(items, completed("r".repeat(left + 1)), rootCall())).rejects.toThrow(
      /4194305 bytes/,
    );
    expect(sent).toHaveLength(1);
  });

  test("counts of an update the key alone, and of a delete or a check nothing: more is not known", async () => {
    const { store, sent } = setUp();
    const puts = [...Array(10).keys()].map((index) => putOf(ITEM, `i${index}`));
    const left = putOf(TRANSACTION - 10 * ITEM, "last");
    const large = { id: { S: "k" }, text: { S: "x".repeat(1_000) } };
    const one = { TableName: "Other", ExpressionAttributeValues: { ":v": { S: "x".repeat(10_000) } } };
    const free = [
      { Delete: { ...one, Key: large } },
      { ConditionCheck: { ...one, Key: { ...large, id: { S: "c" } } } },
    ];
    await store.transact([...puts, left, ...free], undefined, rootCall());
    expect(sent).toHaveLength(1);
    const update = { Update: { ...one, Key: { id: { S: "u" } }, UpdateExpression: "SET a = :v" } };
    await expect(store.transact([...puts, left, update], undefined, rootCall())).rejects.toThrow(
      /4194307 bytes/,
    );
  });
});

describe("the size of an item", () => {
  test("may be 400 KB to the byte; one byte more is refused, and the item named, but not its contents", async () => {
    const { store, sent } = setUp();
    await store.transact([putOf(ITEM, "secret")], undefined, rootCall());
    const error = await store
      .transact([putOf(60, "a"), putOf(ITEM + 1, "secret")], undefined, rootCall())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringMatching(/^unit\.transact: item 2 of table Orders has 409601 bytes/),
    });
    expect(String(error)).not.toContain("secret");
    expect(sent).toHaveLength(1);
  });

  test("is left to the client where the item has no form that could be measured", async () => {
    const { store, sent } = setUp();
    for (const Item of [undefined, null, 5, { id: null }, { id: { S: 5 } }, { id: { L: 5 } }]) {
      await store.transact(
        [{ Put: { TableName: "T", Item } }, { Delete: { TableName: "U", Key: Item } }],
        undefined,
        rootCall(),
      );
    }
    expect(sent).toHaveLength(6);
  });
});

describe("two actions on one item", () => {
  const key = (id: string) => ({ TableName: "Orders", Key: { id: { S: id } } });

  test.each([
    ["an update and a delete", { Update: key("1") }, { Delete: key("1") }],
    ["a check and an update", { ConditionCheck: key("1") }, { Update: key("1") }],
    [
      "keys that are equal as numbers, in another order",
      { Update: { TableName: "Orders", Key: { a: { N: "1" }, b: { S: "x" } } } },
      { Delete: { TableName: "Orders", Key: { b: { S: "x" }, a: { N: "1.0" } } } },
    ],
    [
      "a put, where another action names the table's key",
      { Put: { TableName: "Orders", Item: { id: { S: "1" }, n: { N: "5" } } } },
      { ConditionCheck: key("1") },
    ],
  ])("are refused before anything is sent: %s", async (_name, first, second) => {
    const { store, sent } = setUp();
    const other = { Update: { TableName: "Stock", Key: { id: { S: "1" } } } };
    const error = await store
      .transact([other, first, second], undefined, rootCall())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringMatching(/^unit\.transact: item 2 and item 3 are one item of table Orders/),
    });
    expect(sent).toEqual([]);
  });

  test("are refused where one is the record's own", async () => {
    const { store, sent } = setUp();
    const onRecord = { Update: { TableName: "Records", Key: { id: { S: lease.id } } } };
    const putOnRecord = { Put: { TableName: "Records", Item: { id: { S: lease.id } } } };
    for (const item of [onRecord, putOnRecord]) {
      await expect(store.transact([item], completed("1"), rootCall())).rejects.toThrow(
        /item 1 and the unit's own record are one item of table Records/,
      );
    }
    expect(sent).toEqual([]);
  });

  test.each([
    ["other keys", { Update: key("1") }, { Update: key("2") }],
    ["other tables", { Update: key("1") }, { Update: { ...key("1"), TableName: "Stock" } }],
    [
      "a text and a number",
      { Update: key("1") },
      { Update: { TableName: "Orders", Key: { id: { N: "1" } } } },
    ],
    ["two puts, of which only the table knows the key", putOf(60, "1"), putOf(60, "1")],
  ])("are not seen in %s", async (_name, first, second) => {
    const { store, sent } = setUp();
    await store.transact([first, second], completed("1"), rootCall());
    expect(sent).toHaveLength(1);
  });
});

test("a unit whose transaction was refused before it was sent goes on, with a smaller one whose reply is lost", async () => {
  const sent: object[] = [];
  const done = { v: { N: "1" }, state: { S: "COMPLETED" }, fence: { N: "1800000000001" } };
  let owner: unknown;
  const transport: AwsTransport = {
    async call(operation, input) {
      const { ExpressionAttributeValues: values } = input as {
        readonly ExpressionAttributeValues?: Record<string, unknown>;
      };
      if (operation === "UpdateItem") {
        owner = values?.[":owner"];
        return { Attributes: { ...done, state: { S: "RELEASED" }, fence: { N: "1800000000000" }, owner } };
      }
      sent.push(input);
      // As after a reply that was lost, and was asked for again.
      const Item = { ...done, owner, result: { S: '"small"' } };
      throw Object.assign(new Error("cancelled"), {
        name: "TransactionCanceledException",
        CancellationReasons: [{ Code: "ConditionalCheckFailed" }, { Code: "ConditionalCheckFailed", Item }],
      });
    },
  };
  const post = idempotent(
    async (_: { readonly id: string }, { unit }) => {
      await expect(unit.transact([putOf(ITEM + 1, "large")], "large")).rejects.toThrow(/409601 bytes/);
      return unit.transact([putOf(60, "small")], "small");
    },
    {
      store: dynamoDBStore({ transport, tableName: "Records" }),
      operation: "op",
      key: (input) => input.id,
    },
  );
  expect(await post({ id: "1" }, rootCall())).toBe("small");
  expect(sent).toHaveLength(1);
});

describe("on DynamoDB itself", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  test("what is let through is taken, and what is refused is refused there", async () => {
    const tableName = await dynamo.newTable();
    const client = dynamo.clientFor();
    const store = dynamoDBStore({ transport: dynamoDBTransport(client), tableName });
    const items = (last: number) => [
      ...[...Array(10).keys()].map((index) => putOf(ITEM, `i${index}`, tableName)),
      putOf(last, "last", tableName),
    ];
    const left = TRANSACTION - 10 * ITEM;
    expect(await store.transact(items(left), undefined, rootCall())).toEqual({ written: true });
    const tooLarge = [
      items(left + 1),
      [putOf(ITEM + 1, "one", tableName)],
      [
        { Put: { TableName: tableName, Item: { id: { S: "two" } } } },
        { Delete: { TableName: tableName, Key: { id: { S: "two" } } } },
      ],
    ];
    for (const TransactItems of tooLarge) {
      await expect(store.transact(TransactItems, undefined, rootCall())).rejects.toMatchObject({
        code: "INVALID_OPTION",
      });
      await expect(client.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toMatchObject({
        name: expect.stringMatching(/^(ValidationException|TransactionCanceledException)$/),
      });
    }
  }, 30_000);
});
