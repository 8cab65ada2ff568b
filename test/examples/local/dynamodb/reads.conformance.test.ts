import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import { refusal } from "../differences.ts";
import { dynamoDb, type Item, put, table } from "./fixtures.ts";

let dynamodb: DynamoDb;
let client: DynamoDBClient;
beforeAll(async () => {
  dynamodb = await dynamoDb();
  client = dynamodb.client;
  await dynamodb.createTables([
    table("plain"),
    table("scanned"),
    table("orders", {
      keySchema: [
        { AttributeName: "customer", KeyType: "HASH" },
        { AttributeName: "number", KeyType: "RANGE" },
      ],
      attributeDefinitions: [
        { AttributeName: "customer", AttributeType: "S" },
        { AttributeName: "number", AttributeType: "N" },
        { AttributeName: "state", AttributeType: "S" },
      ],
      globalSecondaryIndexes: [
        {
          IndexName: "by-state",
          KeySchema: [
            { AttributeName: "state", KeyType: "HASH" },
            { AttributeName: "number", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
    }),
  ]);
  // Numbers of one and two digits: as text they would sort otherwise.
  for (let number = 1; number <= 12; number += 1) {
    await put(client, "orders", {
      customer: { S: "ann" },
      number: { N: `${number}` },
      amount: { N: `${number * 10}` },
      ...(number % 3 === 0 ? { state: { S: "open" } } : {}),
    });
  }
  await put(client, "orders", { customer: { S: "bob" }, number: { N: "1" } });
  for (let n = 0; n < 7; n += 1) await put(client, "scanned", { id: { S: `s${n}` }, n: { N: `${n}` } });
});
afterAll(() => dynamodb.stop());

const query = (over: Partial<QueryCommandInput> = {}, values: Record<string, AttributeValue> = {}) =>
  client.send(
    new QueryCommand({
      TableName: "orders",
      KeyConditionExpression: "customer = :c",
      ExpressionAttributeValues: { ":c": { S: "ann" }, ...values },
      ...over,
    }),
  );
const numbers = (items: readonly Item[] | undefined) => items?.map((item) => Number(item["number"]?.N));

describe("Query (API Reference: Query, Developer Guide: Querying tables in DynamoDB)", () => {
  it("gives one partition's items in the order of the sort key, or backwards", async () => {
    const { Items, Count, LastEvaluatedKey } = await query();
    expect(numbers(Items)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect([Count, LastEvaluatedKey]).toEqual([12, undefined]);
    expect(numbers((await query({ ScanIndexForward: false, Limit: 3 })).Items)).toEqual([12, 11, 10]);
  });

  it.each([
    ["#n = :a", [3]],
    ["#n < :a", [1, 2]],
    ["#n <= :a", [1, 2, 3]],
    ["#n > :b", [11, 12]],
    ["#n >= :b", [10, 11, 12]],
    ["#n BETWEEN :a AND :b", [3, 4, 5, 6, 7, 8, 9, 10]],
  ])("selects by %s", async (condition, expected) => {
    const used = Object.entries({ ":a": { N: "3" }, ":b": { N: "10" } }).filter(([n]) =>
      condition.includes(n),
    );
    const { Items } = await query(
      {
        KeyConditionExpression: `customer = :c AND ${condition}`,
        ExpressionAttributeNames: { "#n": "number" },
      },
      Object.fromEntries(used),
    );
    expect(numbers(Items)).toEqual(expected);
  });

  it("comes in pages of Limit, each beginning after the last, until no key is left", async () => {
    const pages: (number[] | undefined)[] = [];
    let from: Item | undefined;
    do {
      const page = await query({ Limit: 5, ExclusiveStartKey: from });
      pages.push(numbers(page.Items));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    expect(pages).toEqual([
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
      [11, 12],
    ]);
  });

  it("limits what it reads before it filters", async () => {
    const page = await query({ Limit: 5, FilterExpression: "amount > :t" }, { ":t": { N: "40" } });
    expect([numbers(page.Items), page.Count, page.ScannedCount]).toEqual([[5], 1, 5]);
    expect(page.LastEvaluatedKey).toEqual({ customer: { S: "ann" }, number: { N: "5" } });
  });

  it("of an index finds the items that have its key, with what the index holds", async () => {
    const { Items } = await client.send(
      new QueryCommand({
        TableName: "orders",
        IndexName: "by-state",
        KeyConditionExpression: "#s = :s AND #n > :n",
        ExpressionAttributeNames: { "#s": "state", "#n": "number" },
        ExpressionAttributeValues: { ":s": { S: "open" }, ":n": { N: "3" } },
        Limit: 2,
      }),
    );
    const entry = (number: string) => ({
      customer: { S: "ann" },
      number: { N: number },
      state: { S: "open" },
    });
    expect(Items).toEqual([entry("6"), entry("9")]);
  });

  it.each([
    ["without its partition key", { KeyConditionExpression: "amount = :c" }],
    ["with an inequality of its partition key", { KeyConditionExpression: "customer > :c" }],
    ["with a filter on its key", { FilterExpression: "customer = :c" }],
    ["of an index that is not there", { IndexName: "none" }],
  ])("%s is refused", async (_what, over) => {
    expect(await refusal(query(over))).toBe("ValidationException");
  });

  it("of an index is never consistent", async () => {
    const over = {
      IndexName: "by-state",
      ConsistentRead: true,
      KeyConditionExpression: "#s = :c",
      ExpressionAttributeNames: { "#s": "state" },
    };
    expect(await refusal(query(over))).toBe("ValidationException");
  });
});

describe("Scan (API Reference: Scan)", () => {
  const scan = (over: Partial<ScanCommandInput> = {}) =>
    client.send(new ScanCommand({ TableName: "scanned", ...over }));
  const ids = (items: readonly Item[] | undefined) => items?.map((item) => item["id"]?.S ?? "") ?? [];

  it("comes in pages that hold every item once", async () => {
    const seen: string[] = [];
    let from: Item | undefined;
    do {
      const page = await scan({ Limit: 3, ExclusiveStartKey: from });
      expect(page.Items?.length ?? 0).toBeLessThanOrEqual(3);
      seen.push(...ids(page.Items));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    expect(seen.sort()).toEqual(["s0", "s1", "s2", "s3", "s4", "s5", "s6"]);
  });

  it("filters, projects and counts", async () => {
    const over = { FilterExpression: "n >= :n", ExpressionAttributeValues: { ":n": { N: "5" } } };
    const { Items } = await scan({ ...over, ProjectionExpression: "id" });
    expect(Items?.toSorted((a, b) => String(a["id"]?.S).localeCompare(String(b["id"]?.S)))).toEqual([
      { id: { S: "s5" } },
      { id: { S: "s6" } },
    ]);
    const { Items: none, Count, ScannedCount } = await scan({ ...over, Select: "COUNT" });
    expect([none, Count, ScannedCount]).toEqual([undefined, 2, 7]);
  });

  it("in segments gives every item to one segment", async () => {
    const segments = await Promise.all(
      [0, 1, 2].map((Segment) => scan({ Segment, TotalSegments: 3 }).then(({ Items }) => ids(Items))),
    );
    expect(segments.flat().sort()).toEqual(["s0", "s1", "s2", "s3", "s4", "s5", "s6"]);
  });

  it("ends a page at 1 MB", async () => {
    await dynamodb.createTables([table("heavy")]);
    for (const id of ["a", "b", "c", "d"]) {
      await put(client, "heavy", { id: { S: id }, text: { S: "x".repeat(350_000) } });
    }
    const page = await scan({ TableName: "heavy" });
    const rest = await scan({ TableName: "heavy", ExclusiveStartKey: page.LastEvaluatedKey });
    // AWS does not say whether the item that goes over the limit is in the page.
    expect([2, 3]).toContain(page.Items?.length);
    expect(page.LastEvaluatedKey).toEqual({ id: page.Items?.at(-1)?.["id"] });
    expect([...ids(page.Items), ...ids(rest.Items)].sort()).toEqual(["a", "b", "c", "d"]);
  });
});

describe("batches (API Reference: BatchWriteItem, BatchGetItem)", () => {
  const putting = (id: string): WriteRequest => ({ PutRequest: { Item: { id: { S: id } } } });
  const write = (requests: WriteRequest[], tableName = "plain") =>
    client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
  const read = (ids: readonly string[]) =>
    client.send(
      new BatchGetItemCommand({ RequestItems: { plain: { Keys: ids.map((id) => ({ id: { S: id } })) } } }),
    );
  const many = (count: number) => Array.from({ length: count }, (_, index) => `b${index}`);

  it("write up to 25 items, with nothing left to do", async () => {
    expect((await write(many(25).map(putting))).UnprocessedItems).toEqual({});
    expect(await refusal(write(many(26).map(putting)))).toBe("ValidationException");
    await write([{ DeleteRequest: { Key: { id: { S: "b0" } } } }, putting("new")]);
    const { Responses } = await read(["b0", "b1", "new"]);
    expect(Responses?.["plain"]?.map((item) => item["id"]?.S).sort()).toEqual(["b1", "new"]);
  });

  it("read up to 100 items, leaving out what is not there", async () => {
    const { Responses, UnprocessedKeys } = await read(many(100));
    expect(Responses?.["plain"]?.length).toBe(24);
    expect(UnprocessedKeys).toEqual({});
    expect(await refusal(read(many(101)))).toBe("ValidationException");
  });

  it.each([
    ["an empty batch", () => write([])],
    ["an item twice", () => write([putting("x"), putting("x")])],
    [
      "a put and a delete of one item",
      () => write([putting("x"), { DeleteRequest: { Key: { id: { S: "x" } } } }]),
    ],
    ["a key twice", () => read(["x", "x"])],
  ])("refuse %s", async (_what, request) => {
    expect(await refusal(request())).toBe("ValidationException");
  });

  it("refuse a table that is not there", async () => {
    expect(await refusal(write([putting("x")], "nowhere"))).toBe("ResourceNotFoundException");
  });

  it("leave what goes over 16 MB for the next request", async () => {
    await dynamodb.createTables([table("wide")]);
    const ids = Array.from({ length: 45 }, (_, index) => `w${index}`);
    for (const id of ids) await put(client, "wide", { id: { S: id }, text: { S: "x".repeat(399_000) } });
    const Keys = ids.map((id) => ({ id: { S: id } }));
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { wide: { Keys } } }),
    );
    const done = Responses?.["wide"]?.length ?? 0;
    expect(done * 399_000).toBeLessThanOrEqual(16 * 1_024 * 1_024);
    expect(done + (UnprocessedKeys?.["wide"]?.Keys?.length ?? 0)).toBe(45);
  });
});
