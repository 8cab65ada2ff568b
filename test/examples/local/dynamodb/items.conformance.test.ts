import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
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
  await dynamodb.createTables([table("items")]);
});
afterAll(() => dynamodb.stop());

const NEW = "attribute_not_exists(id)";
const putIf = (item: Record<string, AttributeValue>, over: Partial<PutItemCommandInput>) =>
  client.send(new PutItemCommand({ TableName: "items", Item: item, ...over }));
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
const removeIf = (id: string, condition: string, value: AttributeValue) =>
  client.send(
    new DeleteItemCommand({
      TableName: "items",
      Key: { id: { S: id } },
      ConditionExpression: condition,
      ExpressionAttributeValues: { ":v": value },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      ReturnValues: "ALL_OLD",
    }),
  );

describe("a condition (Developer Guide: Condition expressions, API Reference: PutItem)", () => {
  it("that fails leaves the item, and tells it when ALL_OLD is asked for", async () => {
    const old = { id: { S: "kept" }, owner: { S: "first" }, at: { N: "1" } };
    await put(client, "items", old);
    const error = await failure(
      putIf(
        { id: { S: "kept" } },
        { ConditionExpression: NEW, ReturnValuesOnConditionCheckFailure: "ALL_OLD" },
      ),
    );
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: old, message: "The conditional request failed" });
    expect(await get(client, "items", "kept")).toEqual(old);
  });

  it("that fails does not tell the item when it is not asked for", async () => {
    await put(client, "items", { id: { S: "secret" } });
    const error = await failure(putIf({ id: { S: "secret" } }, { ConditionExpression: NEW }));
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).not.toHaveProperty("Item", expect.anything());
  });

  it("on an item that is not there fails without an item", async () => {
    const error = await failure(
      putIf(
        { id: { S: "absent" } },
        { ConditionExpression: "attribute_exists(id)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" },
      ),
    );
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).not.toHaveProperty("Item", expect.anything());
    expect(await get(client, "items", "absent")).toBeUndefined();
  });

  it("guards an update, which would make the item otherwise", async () => {
    const over = {
      ConditionExpression: "attribute_exists(id)",
      ExpressionAttributeValues: { ":v": { S: "x" } },
    };
    expect(await refusal(update("unmade", "SET v = :v", over))).toBe("ConditionalCheckFailedException");
    expect(await get(client, "items", "unmade")).toBeUndefined();
    await update("made", "SET v = :v", { ExpressionAttributeValues: { ":v": { S: "x" } } });
    expect(await get(client, "items", "made")).toEqual({ id: { S: "made" }, v: { S: "x" } });
  });

  it("that fails tells the old item to an update and to a delete", async () => {
    const old = { id: { S: "owned" }, holder: { S: "mine" } };
    await put(client, "items", old);
    const updated = update("owned", "SET n = :v", {
      ConditionExpression: "holder = :v",
      ExpressionAttributeValues: { ":v": { S: "yours" } },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    expect(await failure(updated)).toMatchObject({ name: "ConditionalCheckFailedException", Item: old });
    const removed = removeIf("owned", "holder = :v", { S: "yours" });
    expect(await failure(removed)).toMatchObject({ name: "ConditionalCheckFailedException", Item: old });
    expect((await removeIf("owned", "holder = :v", { S: "mine" })).Attributes).toEqual(old);
    expect(await get(client, "items", "owned")).toBeUndefined();
  });

  it("compares, combines and calls functions as they are described", async () => {
    const item = {
      id: { S: "judged" },
      n: { N: "10" },
      s: { S: "abcdef" },
      entries: { L: [{ S: "x" }] },
      tags: { SS: ["a", "b"] },
    };
    await put(client, "items", item);
    const values = {
      ":five": { N: "5" },
      ":nine": { N: "9" },
      ":abc": { S: "abc" },
      ":a": { S: "a" },
      ":S": { S: "S" },
      ":one": { N: "1" },
    };
    const holds = (condition: string) => {
      const used = Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(condition));
      return refusal(
        putIf(item, { ConditionExpression: condition, ExpressionAttributeValues: Object.fromEntries(used) }),
      );
    };
    const accepted = [
      // As numbers: as text, "10" would come before "9".
      "n > :nine",
      "n BETWEEN :five AND n AND begins_with(s, :abc)",
      "contains(tags, :a) AND contains(s, :abc)",
      "attribute_type(s, :S) AND size(entries) = :one",
      "NOT n < :five",
      "n IN (:five, n) AND (n = :five OR attribute_not_exists(gone))",
    ];
    for (const condition of accepted)
      expect([condition, await holds(condition)]).toEqual([condition, "accepted"]);
    const failed = ["n < :nine", "gone = :five", "gone < :five", "n = :abc", "contains(tags, :abc)"];
    for (const condition of failed) {
      expect([condition, await holds(condition)]).toEqual([condition, "ConditionalCheckFailedException"]);
    }
  });

  it.each([
    ["that is empty", { ConditionExpression: "" }],
    ["of more than 4 KB", { ConditionExpression: Array(299).fill(NEW).join(" OR ") }],
    ["with a name that is not given", { ConditionExpression: "attribute_exists(#a)" }],
    ["with a name that is not used", { ConditionExpression: NEW, ExpressionAttributeNames: { "#a": "a" } }],
  ])("%s is refused", async (_what, over) => {
    expect(await refusal(putIf({ id: { S: "expression" } }, over))).toBe("ValidationException");
  });

  it("of two concurrent creations lets exactly one through", async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, () => refusal(putIf({ id: { S: "raced" } }, { ConditionExpression: NEW }))),
    );
    expect(results.filter((result) => result === "accepted")).toHaveLength(1);
    expect(new Set(results)).toEqual(new Set(["accepted", "ConditionalCheckFailedException"]));
  });
});

describe("an update (Developer Guide: Update expressions)", () => {
  it("adds to a number that may not be there, also at once", async () => {
    const add = () => update("counter", "ADD n :one", { ExpressionAttributeValues: { ":one": { N: "1" } } });
    await Promise.all(Array.from({ length: 20 }, add));
    expect((await get(client, "items", "counter"))?.["n"]).toEqual({ N: "20" });
  });

  it("adds to and deletes from sets, and an emptied set is gone", async () => {
    const values = (...words: string[]) => ({ ExpressionAttributeValues: { ":v": { SS: words } } });
    await update("set", "ADD tags :v", values("a", "b"));
    const { Attributes } = await update("set", "ADD tags :v", values("b", "c"));
    expect([...(Attributes?.["tags"]?.SS ?? [])].sort()).toEqual(["a", "b", "c"]);
    await update("set", "DELETE tags :v", values("a", "b", "c"));
    expect(await get(client, "items", "set")).toEqual({ id: { S: "set" } });
  });

  it("calculates with if_not_exists, and appends to lists", async () => {
    const next = () =>
      update(
        "calculated",
        "SET n = if_not_exists(n, :zero) + :two, l = list_append(if_not_exists(l, :e), :x)",
        {
          ExpressionAttributeValues: {
            ":zero": { N: "0" },
            ":two": { N: "2" },
            ":e": { L: [] },
            ":x": { L: [{ S: "x" }] },
          },
        },
      );
    await next();
    const { Attributes } = await next();
    expect(Attributes).toMatchObject({ n: { N: "4" }, l: { L: [{ S: "x" }, { S: "x" }] } });
  });

  it("takes every value from before the update", async () => {
    await put(client, "items", { id: { S: "swapped" }, a: { N: "1" }, b: { N: "2" } });
    const { Attributes } = await update("swapped", "SET a = b, b = a");
    expect(Attributes).toMatchObject({ a: { N: "2" }, b: { N: "1" } });
  });

  it("answers with what ReturnValues asks for", async () => {
    await put(client, "items", { id: { S: "returned" }, a: { N: "1" }, b: { N: "2" } });
    const over = (ReturnValues: "UPDATED_OLD" | "UPDATED_NEW" | "NONE") => ({
      ReturnValues,
      ExpressionAttributeValues: { ":one": { N: "1" } },
    });
    const set = "SET a = a + :one";
    expect((await update("returned", set, over("UPDATED_OLD"))).Attributes).toEqual({ a: { N: "1" } });
    expect((await update("returned", set, over("UPDATED_NEW"))).Attributes).toEqual({ a: { N: "3" } });
    expect((await update("returned", set, over("NONE"))).Attributes).toBeUndefined();
  });

  it("needs a name in place of a reserved word", async () => {
    const values = { ExpressionAttributeValues: { ":v": { S: "x" } } };
    for (const word of ["status", "ttl", "data", "name"]) {
      const error = await failure(update("reserved", `SET ${word} = :v`, values));
      expect(error).toMatchObject({ name: "ValidationException" });
      expect(String(error)).toMatch(/reserved keyword/);
    }
    const { Attributes } = await update("reserved", "SET #s = :v", {
      ...values,
      ExpressionAttributeNames: { "#s": "status" },
    });
    expect(Attributes?.["status"]).toEqual({ S: "x" });
  });

  it.each([
    ["of a part and its whole", "SET m.x = :v REMOVE m", { ":v": { S: "x" } }],
    ["of a part of what is not there", "SET gone.x = :v", { ":v": { S: "x" } }],
    ["to more than 400 KB", "SET a = :v", { ":v": { S: "x".repeat(410_000) } }],
    ["of its key", "SET id = :v", { ":v": { S: "x" } }],
    ["with a value that is not used", "REMOVE a", { ":v": { S: "x" } }],
    ["with a value that is not given", "SET a = :v", undefined],
    ["of one path twice", "SET a = :v, a = :v", { ":v": { S: "x" } }],
    ["that adds to a text", "ADD s :v", { ":v": { N: "1" } }],
    ["that calculates with what is not there", "SET a = gone + :v", { ":v": { N: "1" } }],
  ])("%s is refused", async (_what, expression, values) => {
    await put(client, "items", { id: { S: "wrong" }, s: { S: "x" } });
    const over = values === undefined ? {} : { ExpressionAttributeValues: values };
    expect(await refusal(update("wrong", expression, over))).toBe("ValidationException");
  });
});
