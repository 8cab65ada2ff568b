import { GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { operateCircuit } from "holdfast/circuit-breaker";
import { dynamoDBCircuitStore } from "holdfast/circuit-breaker/dynamodb";
import { circuitStoreContract } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../support/dynamodb.ts";

const call = rootCall();

describe("the DynamoDB circuit store", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  async function setUp() {
    const tableName = await dynamo.newTable();
    const client = dynamo.clientFor();
    const store = dynamoDBCircuitStore({ transport: dynamoDBTransport(client), tableName });
    return { store, client, TableName: tableName };
  }

  test.each(circuitStoreContract.map((rule) => [rule.name, rule] as const))("%s", async (_name, rule) => {
    await rule.run(await setUp());
  });

  test("a circuit's item has its state under a key and names that others can read, and no TTL", async () => {
    const { store, client, TableName } = await setUp();
    await operateCircuit({ store, name: "bank", to: "isolated" }, call);
    const Key = { id: { S: "CIRCUIT#bank" } };
    const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
    expect(Item).toMatchObject({
      state: { S: "ISOLATED" },
      epoch: { N: expect.stringMatching(/^\d+$/) },
      untilMs: { N: "0" },
    });
    expect(Item).not.toHaveProperty("expiresAt");
  });

  test("what others have added to a circuit's item stays there", async () => {
    const { store, client, TableName } = await setUp();
    await operateCircuit({ store, name: "bank", to: "open" }, call);
    const Key = { id: { S: "CIRCUIT#bank" } };
    const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
    await client.send(new PutItemCommand({ TableName, Item: { ...Item, note: { S: "ours" } } }));
    await operateCircuit({ store, name: "bank", to: "closed" }, call);
    const after = await client.send(new GetItemCommand({ TableName, Key }));
    expect(after.Item).toMatchObject({ state: { S: "CLOSED" }, note: { S: "ours" } });
  });

  test("an alert's count has a TTL in whole seconds", async () => {
    const { store, client, TableName } = await setUp();
    await store.count("bank", "a", { weight: 1, expiresAtMs: 1_800_000_000_001 }, call);
    const { Items } = await client.send(new ScanCommand({ TableName }));
    expect(Items).toMatchObject([{ expiresAt: { N: "1800000001" }, score: { N: "1" } }]);
  });

  test("an item that is no circuit's is an error, never a closed circuit", async () => {
    const { store, client, TableName } = await setUp();
    await client.send(new PutItemCommand({ TableName, Item: { id: { S: "CIRCUIT#bank" }, v: { N: "1" } } }));
    await expect(store.read("bank", call)).rejects.toThrow(/not a circuit's/);
  });
});

test.each<[object, RegExp]>([
  [{}, /transport must be/],
  [{ transport: { call() {} }, tableName: "" }, /tableName is missing/],
  [{ transport: { call() {} }, tableName: "T", partitionKey: "" }, /partitionKey/],
  [{ transport: { call() {} }, tableName: "T", table: "T" }, /there is no option "table"/],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => dynamoDBCircuitStore(options as never)).toThrow(message);
});
