import {
  type DynamoDBClient,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import { refusal } from "../differences.ts";
import { dynamoDb, failure, get, type Item, put, table } from "./fixtures.ts";

let dynamodb: DynamoDb;
let client: DynamoDBClient;
beforeAll(async () => {
  dynamodb = await dynamoDb();
  client = dynamodb.client;
  await dynamodb.createTables([table("items"), table("others")]);
});
afterAll(() => dynamodb.stop());

const putting = (
  id: string,
  over: Partial<NonNullable<TransactWriteItem["Put"]>> = {},
): TransactWriteItem => ({
  Put: { TableName: "items", Item: { id: { S: id } }, ...over },
});
const ifNew = {
  ConditionExpression: "attribute_not_exists(id)",
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
} as const;
const adding = (id: string, number: string): TransactWriteItem => ({
  Update: {
    TableName: "items",
    Key: { id: { S: id } },
    UpdateExpression: "ADD n :n",
    ExpressionAttributeValues: { ":n": { N: number } },
  },
});
const write = (items: readonly TransactWriteItem[], token?: string) =>
  client.send(
    new TransactWriteItemsCommand({
      TransactItems: [...items],
      ...(token === undefined ? {} : { ClientRequestToken: token }),
    }),
  );

describe("TransactWriteItems (API Reference: TransactWriteItems, Developer Guide: Amazon DynamoDB Transactions)", () => {
  it("puts, updates, deletes and checks in two tables, all at once", async () => {
    await put(client, "items", { id: { S: "gone" } });
    await put(client, "others", { id: { S: "checked" } });
    await write([
      putting("put"),
      adding("updated", "2"),
      { Delete: { TableName: "items", Key: { id: { S: "gone" } } } },
      {
        ConditionCheck: {
          TableName: "others",
          Key: { id: { S: "checked" } },
          ConditionExpression: "attribute_exists(id)",
        },
      },
    ]);
    const found = await Promise.all(["put", "updated", "gone"].map((id) => get(client, "items", id)));
    expect(found).toEqual([{ id: { S: "put" } }, { id: { S: "updated" }, n: { N: "2" } }, undefined]);
  });

  it("does nothing when one condition fails, and gives a reason for each action, in order", async () => {
    const old: Item = { id: { S: "taken" }, owner: { S: "first" } };
    await put(client, "items", old);
    const error = await failure(
      write([putting("before"), putting("taken", ifNew), adding("after", "1"), putting("fresh", ifNew)]),
    );
    expect(error).toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [
        { Code: "None" },
        { Code: "ConditionalCheckFailed", Message: "The conditional request failed", Item: old },
        { Code: "None" },
        { Code: "None" },
      ],
    });
    expect(String(error)).toContain("[None, ConditionalCheckFailed, None, None]");
    const ids = ["before", "after", "fresh"];
    expect(await Promise.all(ids.map((id) => get(client, "items", id)))).toEqual(ids.map(() => undefined));
  });

  it("tells every condition that failed, and the item only to who asked", async () => {
    await put(client, "items", { id: { S: "one" } });
    await put(client, "items", { id: { S: "two" } });
    const quiet = { ConditionExpression: "attribute_not_exists(id)" };
    const error = await failure(write([putting("one", quiet), putting("two", ifNew)]));
    const { CancellationReasons: reasons } = error as {
      CancellationReasons: { Code: string; Item?: Item }[];
    };
    expect(reasons.map(({ Code, Item }) => [Code, Item])).toEqual([
      ["ConditionalCheckFailed", undefined],
      ["ConditionalCheckFailed", { id: { S: "two" } }],
    ]);
  });

  it("takes 100 actions and no more", async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => putting(`many-${count}-${index}`));
    expect(await refusal(write(many(100)))).toBe("accepted");
    expect(await get(client, "items", "many-100-99")).toBeDefined();
    expect(await refusal(write(many(101)))).toBe("ValidationException");
    expect(await get(client, "items", "many-101-0")).toBeUndefined();
  });

  it.each([
    ["no action", "ValidationException", () => write([])],
    [
      "an action on a table that is not there",
      "ResourceNotFoundException",
      () => write([putting("x"), putting("x", { TableName: "nowhere" })]),
    ],
    ["a key that is empty", "ValidationException", () => write([putting("")])],
    [
      "a token of more than 36 characters",
      "ValidationException",
      () => write([putting("x")], "t".repeat(37)),
    ],
    [
      "more than 4 MB",
      "ValidationException",
      () =>
        write(
          Array.from({ length: 12 }, (_, index) =>
            putting("", { Item: { id: { S: `mb-${index}` }, text: { S: "x".repeat(399_000) } } }),
          ),
        ),
    ],
  ])("refuses %s", async (_what, code, request) => {
    expect(await refusal(request())).toBe(code);
  });

  it("is cancelled by an update that does not fit the item, with ValidationError as the reason", async () => {
    await put(client, "items", { id: { S: "text" }, n: { S: "x" } });
    const error = await failure(write([putting("unwritten"), adding("text", "1")]));
    expect(error).toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [{ Code: "None" }, { Code: "ValidationError" }],
    });
    expect(await get(client, "items", "unwritten")).toBeUndefined();
  });

  it("refuses two actions on one item", async () => {
    const error = await failure(write([putting("twice"), adding("twice", "1")]));
    expect(error).toMatchObject({ name: "ValidationException" });
    expect(String(error)).toMatch(/multiple operations on one item/);
  });

  it("with a token is done once, and the token is for one request only", async () => {
    await write([adding("tokened", "1")], "token-1");
    await write([adding("tokened", "1")], "token-1");
    expect((await get(client, "items", "tokened"))?.["n"]).toEqual({ N: "1" });
    expect(await refusal(write([adding("tokened", "5")], "token-1"))).toBe(
      "IdempotentParameterMismatchException",
    );
    await write([adding("tokened", "1")], "token-2");
    expect((await get(client, "items", "tokened"))?.["n"]).toEqual({ N: "2" });
  });

  it("of many at once on one item loses none", async () => {
    const until = async (): Promise<void> => {
      const result = await refusal(write([adding("busy", "1"), putting(`busy-${Math.random()}`)]));
      if (result !== "accepted") await until();
    };
    await Promise.all(Array.from({ length: 20 }, until));
    expect((await get(client, "items", "busy"))?.["n"]).toEqual({ N: "20" });
  });
});

describe("TransactGetItems (API Reference: TransactGetItems)", () => {
  it("answers in the order of the request, with nothing for what is not there", async () => {
    await put(client, "items", { id: { S: "a" }, n: { N: "1" } });
    await put(client, "others", { id: { S: "b" } });
    const { Responses } = await client.send(
      new TransactGetItemsCommand({
        TransactItems: [
          { Get: { TableName: "others", Key: { id: { S: "b" } } } },
          { Get: { TableName: "items", Key: { id: { S: "absent" } } } },
          { Get: { TableName: "items", Key: { id: { S: "a" } } } },
        ],
      }),
    );
    expect(Responses).toEqual([
      { Item: { id: { S: "b" } } },
      {},
      { Item: { id: { S: "a" }, n: { N: "1" } } },
    ]);
  });

  it("takes 100 items and no more", async () => {
    const read = (count: number) =>
      client.send(
        new TransactGetItemsCommand({
          TransactItems: Array.from({ length: count }, (_, index) => ({
            Get: { TableName: "items", Key: { id: { S: `${index}` } } },
          })),
        }),
      );
    expect((await read(100)).Responses).toHaveLength(100);
    expect(await refusal(read(101))).toBe("ValidationException");
  });
});
