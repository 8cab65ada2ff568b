import {
  type AttributeValue,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import { refusal } from "../differences.ts";
import { dynamoDb, failure, get, put, table } from "./fixtures.ts";

let dynamodb: DynamoDb;
let client: DynamoDBClient;
beforeAll(async () => {
  dynamodb = await dynamoDb();
  client = dynamodb.client;
  await dynamodb.createTables([table("items"), table("expiring", { ttlAttribute: "expiresAt" })]);
});
afterAll(() => dynamodb.stop());

const update = (id: string, expression: string, over: Partial<UpdateItemCommandInput> = {}) =>
  client.send(
    new UpdateItemCommand({
      TableName: "items",
      Key: { id: { S: id } },
      UpdateExpression: expression,
      ReturnValues: "ALL_NEW",
      ...over,
    }),
  );
const nested = (levels: number): AttributeValue =>
  levels === 0 ? { S: "x" } : { M: { a: nested(levels - 1) } };

describe("a value (Developer Guide: Data types, Constraints in Amazon DynamoDB)", () => {
  it("keeps binary, sets, nested maps, true, null and empty texts", async () => {
    const item = {
      id: { S: "typed" },
      bytes: { B: new Uint8Array([0, 1, 255]) },
      numbers: { NS: ["1", "2.5"] },
      map: { M: { list: { L: [{ BOOL: true }, { NULL: true }, { S: "" }] } } },
    };
    await put(client, "items", item);
    const { numbers, ...others } = (await get(client, "items", "typed")) ?? {};
    const { numbers: sent, ...same } = item;
    expect(others).toEqual(same);
    expect([...(numbers?.NS ?? [])].sort()).toEqual(sent.NS);
  });

  it("keeps 38 digits of a number, and refuses the 39th", async () => {
    const digits = "12345678901234567890123456789012345678";
    await put(client, "items", { id: { S: "digits" }, n: { N: digits } });
    expect((await get(client, "items", "digits"))?.["n"]).toEqual({ N: digits });
    expect(await refusal(put(client, "items", { id: { S: "x" }, n: { N: `${digits}9` } }))).toBe(
      "ValidationException",
    );
  });

  it("is a number within the range, written the short way", async () => {
    const sent = { id: { S: "numbers" }, a: { N: "007.50" }, b: { N: "1e3" }, c: { N: "-0" } };
    await put(client, "items", sent);
    expect(await get(client, "items", "numbers")).toMatchObject({
      a: { N: "7.5" },
      b: { N: "1000" },
      c: { N: "0" },
    });
  });

  it("adds numbers exactly", async () => {
    await put(client, "items", { id: { S: "exact" }, n: { N: "9007199254740993" }, d: { N: "0.1" } });
    const { Attributes } = await update("exact", "ADD n :one, d :fifth", {
      ExpressionAttributeValues: { ":one": { N: "1" }, ":fifth": { N: "0.2" } },
    });
    expect(Attributes).toMatchObject({ n: { N: "9007199254740994" }, d: { N: "0.3" } });
  });

  it.each([
    ["an empty key", { id: { S: "" } }],
    ["a key of another type", { id: { N: "1" } }],
    ["no key", { other: { S: "x" } }],
    ["a key of more than 2048 bytes", { id: { S: "k".repeat(2_049) } }],
    ["an empty set", { id: { S: "x" }, tags: { SS: [] } }],
    ["a set with a value twice", { id: { S: "x" }, tags: { SS: ["a", "a"] } }],
    ["a set with one number written twice", { id: { S: "x" }, n: { NS: ["1", "1.0"] } }],
    ["a number too large", { id: { S: "x" }, n: { N: "1e126" } }],
    ["a number too close to zero", { id: { S: "x" }, n: { N: "1e-131" } }],
    ["more than 32 levels", { id: { S: "x" }, m: nested(33) }],
    ["a number that is none", { id: { S: "x" }, n: { N: "ten" } }],
  ])("is refused where an item has %s", async (_what, item) => {
    // The parameter's union of literal objects is wider than one item.
    expect(await refusal(put(client, "items", item as Record<string, AttributeValue>))).toBe(
      "ValidationException",
    );
  });

  it("makes an item of up to 400 KB, with names", async () => {
    const limit = 400 * 1_024;
    // "id" + "full" + "text" are the bytes beside the text itself.
    const item = (bytes: number) => ({ id: { S: "full" }, text: { S: "x".repeat(bytes - 10) } });
    expect(await refusal(put(client, "items", item(limit)))).toBe("accepted");
    const error = await failure(put(client, "items", item(limit + 1)));
    expect(error).toMatchObject({ name: "ValidationException" });
    expect(String(error)).toMatch(/Item size has exceeded the maximum allowed size/);
  });

  it("names the time at which items expire", async () => {
    const { TimeToLiveDescription } = await client.send(
      new DescribeTimeToLiveCommand({ TableName: "expiring" }),
    );
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expiresAt" });
    const without = await client.send(new DescribeTimeToLiveCommand({ TableName: "items" }));
    expect(without.TimeToLiveDescription).toEqual({ TimeToLiveStatus: "DISABLED" });
  });

  it("in a table that is not there is refused", async () => {
    expect(await refusal(put(client, "nowhere", { id: { S: "x" } }))).toBe("ResourceNotFoundException");
  });
});
