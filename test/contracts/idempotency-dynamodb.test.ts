import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import {
  idempotencyStepContract,
  idempotencyStepTransactionContract,
  idempotencyStoreContract,
  idempotencyTransactionContract,
} from "holdfast/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../support/dynamodb.ts";

describe("DynamoDB store", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  async function setUp() {
    const tableName = await dynamo.newTable();
    const store = dynamoDBStore({ transport: dynamoDBTransport(dynamo.clientFor()), tableName });
    return { store, tableName };
  }

  for (const rule of [...idempotencyStoreContract, ...idempotencyStepContract]) {
    test(rule.name, async () => rule.run(await setUp()));
  }
  for (const rule of [...idempotencyTransactionContract, ...idempotencyStepTransactionContract]) {
    test(rule.name, async () => {
      const { store, tableName } = await setUp();
      await rule.run({
        store,
        addOne: () => ({
          Update: {
            TableName: tableName,
            Key: { id: { S: "sum" } },
            UpdateExpression: "ADD #n :one",
            ExpressionAttributeNames: { "#n": "n" },
            ExpressionAttributeValues: { ":one": { N: "1" } },
          },
        }),
        fails: () => ({
          ConditionCheck: {
            TableName: tableName,
            Key: { id: { S: "absent" } },
            ConditionExpression: "attribute_exists(id)",
          },
        }),
        sum: () => dynamo.numberOf(tableName, "sum", "n"),
      });
    });
  }
});
