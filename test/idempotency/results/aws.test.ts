import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { kmsTransport } from "holdfast/aws/kms";
import { s3Transport } from "holdfast/aws/s3";
import { kmsKeyProvider } from "holdfast/crypto";
import { idempotent } from "holdfast/idempotency";
import { type DynamoDBTransactItem, dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { resultKeeper } from "holdfast/idempotency/results";
import { s3ObjectStore } from "holdfast/object-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey, setUp as setUpKms } from "../../examples/local/kms/set-up.ts";
import { setUpInside as setUpS3 } from "../../examples/local/s3/set-up.ts";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";

/** Records in DynamoDB, large results in S3, keys of KMS: all of it through AWS's own clients. */
interface Order {
  readonly id: string;
  readonly lines: number;
}

let dynamo: TestDynamoDB;
beforeAll(async () => {
  dynamo = await startTestDynamoDB();
});
afterAll(() => dynamo.stop());

async function setUp() {
  const [{ client: kms }, { client: s3, s3: served }] = [await setUpKms(), await setUpS3()];
  const kmsRequests: unknown[] = [];
  kms.middlewareStack.add(
    (next, context) => (args) => {
      kmsRequests.push(context.commandName);
      return next(args);
    },
    { step: "initialize" },
  );
  const keyId = await newKey(kms);
  kmsRequests.length = 0;
  const tableName = await dynamo.newTable();
  const store = dynamoDBStore({ transport: dynamoDBTransport(dynamo.clientFor()), tableName });
  /** As another process would make it: it remembers nothing. */
  const results = () =>
    resultKeeper({
      objectStore: s3ObjectStore({ transport: s3Transport(s3), bucket: "bucket", prefix: "results/" }),
      keyProvider: kmsKeyProvider({ transport: kmsTransport(kms), keyId }),
    });
  const addOne: DynamoDBTransactItem = {
    Update: {
      TableName: tableName,
      Key: { id: { S: "sum" } },
      UpdateExpression: "ADD n :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    },
  };
  const post = (keeper = results()) =>
    idempotent(
      async (order: Order, call) =>
        call.unit.transact(
          [addOne],
          Array.from({ length: order.lines }, () => Math.random()),
        ),
      { store, operation: "post", key: ({ id }) => id, results: keeper },
    );
  return { served, s3, kmsRequests, post, results, sum: () => dynamo.numberOf(tableName, "sum", "n") };
}

test("a result of a megabyte comes back to a process that has neither seen it nor its key", async () => {
  const { s3, kmsRequests, post, sum } = await setUp();
  const order = { id: "1", lines: 55_000 };
  const first = await post()(order, rootCall());
  expect(JSON.stringify(first).length).toBeGreaterThan(1_000_000);
  expect(await post()(order, rootCall())).toEqual(first);
  expect(await sum()).toBe(1);
  expect(kmsRequests).toEqual(["GenerateDataKeyCommand", "DecryptCommand"]);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "bucket" }));
  expect(Contents).toMatchObject([{ Key: expect.stringMatching(/^results\/post\.0023/) }]);
});

test("one request to KMS serves many new calls and their repeats, and short results ask nothing of S3", async () => {
  const { s3, kmsRequests, post, results, sum } = await setUp();
  const handle = post(results());
  for (let id = 0; id < 20; id += 1) {
    const order = { id: `${id}`, lines: 3 };
    expect(await handle(order, rootCall())).toEqual(await handle(order, rootCall()));
  }
  expect(await sum()).toBe(20);
  expect(kmsRequests).toEqual(["GenerateDataKeyCommand"]);
  expect((await s3.send(new ListObjectsV2Command({ Bucket: "bucket" }))).KeyCount).toBe(0);
});

test("when S3 is gone nothing is applied, and a repeat of what was applied before is an error, not a second effect", async () => {
  const { served, post, sum } = await setUp();
  const order = { id: "1", lines: 20_000 };
  await post()(order, rootCall());
  await served.stop();
  await expect(post()(order, rootCall())).rejects.toMatchObject({
    code: "IDEMPOTENCY_RESULT_UNREADABLE",
    retryable: true,
  });
  await expect(post()({ ...order, id: "2" }, rootCall())).rejects.toThrow();
  expect(await sum()).toBe(1);
});
