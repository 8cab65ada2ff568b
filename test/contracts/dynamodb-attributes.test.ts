import { GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../support/dynamodb.ts";

/** What the table holds, which other versions of the package read as well. */
describe("a record's attributes in DynamoDB", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  const nowMs = 1_800_000_000_000;
  const request = {
    id: "op#key",
    owner: "a",
    payloadHash: "p",
    version: 1,
    takesAbandoned: true,
    nowMs,
    leaseUntilMs: nowMs + 10_000,
    expiresAtMs: nowMs + 60_001,
  };
  const lease = { id: "op#key", owner: "a", fence: nowMs + 1 };
  const call = rootCall();

  async function setUp() {
    const TableName = await dynamo.newTable();
    const client = dynamo.clientFor();
    const Key = { id: { S: "op#key" } };
    return {
      store: dynamoDBStore({ transport: dynamoDBTransport(client), tableName: TableName }),
      item: async () =>
        (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item,
      noteStep: () =>
        client.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: "SET steps.charge = :done",
            ExpressionAttributeValues: { ":done": { S: "done" } },
          }),
        ),
      put: (Item: Record<string, { S: string }>) =>
        client.send(new PutItemCommand({ TableName, Item: { ...Key, ...Item } })),
    };
  }

  test("a claim writes the format's version, lease in milliseconds, expiry in whole seconds and no steps", async () => {
    const { store, item } = await setUp();
    await store.claim(request, call);
    expect(await item()).toEqual({
      id: { S: "op#key" },
      v: { N: "1" },
      state: { S: "IN_PROGRESS" },
      owner: { S: "a" },
      fence: { N: String(nowMs + 1) },
      lease: { N: String(nowMs + 10_000) },
      expiresAt: { N: "1800000061" },
      payload: { S: "p" },
      steps: { M: {} },
      at: { N: String(nowMs) },
    });
  });

  test("a release and the takeover after it keep the steps that the failed run had done", async () => {
    const { store, item, noteStep } = await setUp();
    await store.claim(request, call);
    await noteStep();
    await store.write(lease, { state: "RELEASED", atMs: nowMs + 5 }, call);
    await store.claim({ ...request, owner: "b" }, call);
    expect((await item())?.["steps"]).toEqual({ M: { charge: { S: "done" } } });
  });

  test("a completion drops lease and steps, and keeps owner, fence and payload", async () => {
    const { store, item } = await setUp();
    await store.claim(request, call);
    const change = {
      state: "COMPLETED",
      result: "42",
      atMs: nowMs + 5,
      expiresAtMs: nowMs + 90_000,
    } as const;
    await store.write(lease, change, call);
    expect(await item()).toEqual({
      id: { S: "op#key" },
      v: { N: "1" },
      state: { S: "COMPLETED" },
      owner: { S: "a" },
      fence: { N: String(nowMs + 1) },
      expiresAt: { N: "1800000090" },
      payload: { S: "p" },
      result: { S: "42" },
      at: { N: String(nowMs + 5) },
    });
  });

  test("a replacement of an expired record begins without its steps and result", async () => {
    const { store, item, noteStep } = await setUp();
    await store.claim(request, call);
    await noteStep();
    await store.claim({ ...request, owner: "b", nowMs: nowMs + 90_000, replacesFence: lease.fence }, call);
    expect(await item()).toMatchObject({
      owner: { S: "b" },
      steps: { M: {} },
      fence: { N: String(nowMs + 2) },
    });
  });

  test("a replacement does not round the time up: half a second before its expiry a record stays", async () => {
    const { store } = await setUp();
    await store.claim(request, call);
    const early = { ...request, owner: "b", nowMs: nowMs + 60_500, replacesFence: lease.fence };
    expect((await store.claim(early, call)).claimed).toBe(false);
  });

  test("another use of the key is left alone, and said", async () => {
    const { store, put } = await setUp();
    await put({ total: { S: "5" } });
    await expect(store.claim(request, call)).rejects.toThrow(/not an idempotency record/);
  });
});
