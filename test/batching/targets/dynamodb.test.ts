import { HoldfastError, rootCall } from "holdfast";
import { type BulkSenderOptions, bulkSender } from "holdfast/batching";
import { type DynamoDBItem, dynamoDBBatchWriter } from "holdfast/batching/targets/dynamodb";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

type Puts = { PutRequest: { Item: DynamoDBItem } }[];
type Reply = Record<string, unknown>;

/** A table that writes what it is sent, unless `answer` says otherwise; like DynamoDB it refuses one key twice. */
function fakeTable(answer: (puts: Puts, request: number) => Reply | undefined = () => undefined) {
  const requests: Puts[] = [];
  const rows = new Map<string, DynamoDBItem>();
  const operations = new Set<string>();
  return {
    requests,
    rows,
    operations,
    async call(operation: string, input: object): Promise<Reply> {
      operations.add(operation);
      const puts = (input as { RequestItems: { Orders: Puts } }).RequestItems.Orders;
      requests.push(puts);
      const ids = puts.map((put) => put.PutRequest.Item["id"]?.S ?? "");
      if (new Set(ids).size < ids.length) throw awsError("ValidationException");
      const reply = answer(puts, requests.length) ?? { UnprocessedItems: {} };
      const left = new Set(Object.values((reply["UnprocessedItems"] ?? {}) as Record<string, Puts>).flat());
      for (const put of puts)
        if (!left.has(put)) rows.set(put.PutRequest.Item["id"]?.S ?? "", put.PutRequest.Item);
      return reply;
    },
  };
}

function awsError(name: string): Error {
  return Object.assign(new Error(name), { name, $fault: "client", $metadata: { httpStatusCode: 400 } });
}

const item = (id: string, more: DynamoDBItem = {}): DynamoDBItem => ({ id: { S: id }, ...more });

async function write(
  table: ReturnType<typeof fakeTable>,
  items: readonly DynamoDBItem[],
  options: BulkSenderOptions = {},
) {
  const clock = manualRuntime();
  const target = dynamoDBBatchWriter({ transport: table, tableName: "Orders", key: ["id"] });
  return clock.run(bulkSender(target, options).send(items, rootCall({ runtime: clock })));
}

test("items are put by 25", async () => {
  const table = fakeTable();
  const results = await write(
    table,
    Array.from({ length: 60 }, (_, n) => item(`o-${n}`)),
  );
  expect(table.requests.map((puts) => puts.length)).toEqual([25, 25, 10]);
  expect(table.rows.size).toBe(60);
  expect([...table.operations]).toEqual(["BatchWriteItem"]);
  expect(results.every((result) => result.ok)).toBe(true);
});

test("what DynamoDB leaves unprocessed is sent again, and nothing else", async () => {
  const table = fakeTable((puts, request) =>
    request === 1 ? { UnprocessedItems: { Orders: [puts[2], puts[0]] } } : undefined,
  );
  const results = await write(table, [item("a"), item("b"), item("c")]);
  expect(table.requests[1]?.map((put) => put.PutRequest.Item)).toEqual([item("a"), item("c")]);
  expect(results.every((result) => result.ok)).toBe(true);
});

test("an item that stays unprocessed fails alone", async () => {
  const table = fakeTable((puts) => ({
    UnprocessedItems: { Orders: puts.filter((put) => put.PutRequest.Item["id"]?.S === "b") },
  }));
  const results = await write(table, [item("a"), item("b")], { maxAttempts: 3 });
  expect(results).toMatchObject([
    { ok: true },
    { ok: false, retryable: true, error: { code: "ENTRY_UNPROCESSED" } },
  ]);
  expect(table.requests).toHaveLength(3);
});

test("items of one key go in different requests, and the last one stays", async () => {
  const table = fakeTable();
  const results = await write(table, [item("a", { v: { N: "1" } }), item("b"), item("a", { v: { N: "2" } })]);
  expect(results.every((result) => result.ok)).toBe(true);
  expect(table.rows.get("a")).toEqual(item("a", { v: { N: "2" } }));
});

test("a throttled request is sent again", async () => {
  const table = fakeTable((_puts, request) => {
    if (request < 3) throw awsError("ProvisionedThroughputExceededException");
    return undefined;
  });
  expect(await write(table, [item("a")])).toEqual([{ ok: true }]);
});

test("an item that DynamoDB rejects fails alone, not with the others of its request", async () => {
  const table = fakeTable((puts) => {
    if (puts.some((put) => put.PutRequest.Item["id"]?.S === "o-7")) throw awsError("ValidationException");
    return undefined;
  });
  const results = await write(
    table,
    Array.from({ length: 25 }, (_, n) => item(`o-${n}`)),
  );
  expect(results.flatMap((result, n) => (result.ok ? [] : [n]))).toEqual([7]);
  expect(results[7]).toMatchObject({ retryable: false, error: { name: "ValidationException" } });
  expect(table.rows.size).toBe(24);
});

test("a denied request is not sent again", async () => {
  const table = fakeTable(() => {
    throw awsError("AccessDeniedException");
  });
  expect(await write(table, [item("a"), item("b")])).toMatchObject([
    { retryable: false },
    { retryable: false },
  ]);
  expect(table.requests).toHaveLength(1);
});

test("a request whose answer was lost is sent again, with the same bytes", async () => {
  let lost = true;
  const table = fakeTable();
  const lossy = {
    ...table,
    async call(operation: string, input: object): Promise<Reply> {
      const reply = await table.call(operation, input);
      if (!lost) return reply;
      lost = false;
      throw new Error("socket hang up");
    },
  };
  expect(await write(lossy, [item("a", { n: { N: "1" } })])).toEqual([{ ok: true }]);
  expect(table.requests[1]).toEqual(table.requests[0]);
});

test.each([
  ["that were not sent", { PutRequest: { Item: item("other") } }],
  ["without a key", { PutRequest: { Item: {} } }],
  ["that are none", { DeleteRequest: {} }],
])("unprocessed items %s make the answer worth nothing", async (_name, unprocessed) => {
  const table = fakeTable(() => ({ UnprocessedItems: { Orders: [unprocessed] } }));
  const results = await write(table, [item("a")], { maxAttempts: 2 });
  expect(results).toMatchObject([{ ok: false, retryable: true, error: { code: "BULK_ANSWER_MISMATCH" } }]);
});

test("an item without its key, or beyond 400 KB, is refused in its own result", async () => {
  const table = fakeTable();
  const results = await write(table, [
    { other: { S: "x" } },
    item("big", { text: { S: "x".repeat(409_600) } }),
    item("a"),
  ]);
  expect(results).toMatchObject([
    { ok: false, retryable: false, error: { code: "ENTRY_INVALID" } },
    { ok: false, retryable: false, error: { code: "ENTRY_TOO_LARGE" } },
    { ok: true },
  ]);
  expect(results[0]).toMatchObject({ error: expect.any(HoldfastError) });
});

test("requests stay below 16 MB as they are sent", async () => {
  const table = fakeTable();
  // Each is 250 KB as DynamoDB counts, and 1.5 MB as JSON, which escapes control characters in six bytes.
  await write(
    table,
    Array.from({ length: 20 }, (_, n) => item(`o-${n}`, { text: { S: "\u0001".repeat(250_000) } })),
  );
  expect(table.requests.map((puts) => puts.length)).toEqual([11, 9]);
});

test("wrong options are refused where they are given", () => {
  const transport = fakeTable();
  expect(() => dynamoDBBatchWriter({ transport: {} as never, tableName: "T", key: ["id"] })).toThrow(
    /transport/,
  );
  expect(() => dynamoDBBatchWriter({ transport, tableName: "", key: ["id"] })).toThrow(
    /tableName is missing/,
  );
  expect(() => dynamoDBBatchWriter({ transport, tableName: "T", key: [] })).toThrow(
    /one or two key attributes/,
  );
});
