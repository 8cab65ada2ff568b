import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { idempotencyStoreContract } from "holdfast/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../support/dynamodb.ts";

describe("DynamoDB store", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  for (const rule of idempotencyStoreContract) {
    test(rule.name, async () => {
      const tableName = await dynamo.newTable();
      const key = { id: { S: "sum" } };
      await rule.run({
        store: dynamoDBStore({ transport: dynamoDBTransport(dynamo.clientFor()), tableName }),
        addOne: () => ({
          Update: {
            TableName: tableName,
            Key: key,
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
