import {
  CreateBackupCommand,
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import { type Difference, refusal } from "../differences.ts";
import { dynamoDb, get, put, table } from "./fixtures.ts";

let dynamodb: DynamoDb;
let client: DynamoDBClient;
beforeAll(async () => {
  dynamodb = await dynamoDb();
  client = dynamodb.client;
  await dynamodb.createTables([table("items"), table("expiring", { ttlAttribute: "expiresAt" })]);
});
afterAll(() => dynamodb.stop());

const key = (id: string) => ({ id: { S: id } });

/** Where dynoxide and AWS part. A newer dynoxide that changes one makes this list wrong, and its test says which. */
const differs: Readonly<Record<string, Difference>> = {
  "a projection in TransactGetItems": {
    aws: "Get: ProjectionExpression names the attributes to return, here n",
    here: "id, n",
    async see() {
      await put(client, "items", { ...key("projected"), n: { N: "1" } });
      const Get = { TableName: "items", Key: key("projected"), ProjectionExpression: "n" };
      const { Responses } = await client.send(new TransactGetItemsCommand({ TransactItems: [{ Get }] }));
      return Object.keys(Responses?.[0]?.Item ?? {})
        .sort()
        .join(", ");
    },
  },
  "transactions on one item at the same time": {
    aws: "Amazon DynamoDB Transactions: one that meets another is cancelled with TransactionConflict",
    here: "accepted 40 times",
    async see() {
      const Update = {
        TableName: "items",
        Key: key("busy"),
        UpdateExpression: "ADD n :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      };
      const add = () => refusal(client.send(new TransactWriteItemsCommand({ TransactItems: [{ Update }] })));
      const results = await Promise.all(Array.from({ length: 40 }, add));
      return `${[...new Set(results)].join(", ")} ${results.length} times`;
    },
  },
  "a read without ConsistentRead after a write": {
    aws: "DynamoDB read consistency: it may not show the write yet",
    here: "20 of 20 show it",
    async see() {
      let shown = 0;
      for (let n = 1; n <= 20; n += 1) {
        await put(client, "items", { ...key("fresh"), n: { N: `${n}` } });
        const { Item } = await client.send(new GetItemCommand({ TableName: "items", Key: key("fresh") }));
        if (Item?.["n"]?.N === `${n}`) shown += 1;
      }
      return `${shown} of 20 show it`;
    },
  },
  "an item whose time to live has passed": {
    aws: "Using time to live (TTL): deleted within a few days, with a stream record of its own",
    here: "stays",
    async see() {
      await put(client, "expiring", { ...key("old"), expiresAt: { N: "1" } });
      return (await get(client, "expiring", "old")) === undefined ? "is gone" : "stays";
    },
  },
  "a second change of the time to live within an hour": {
    aws: "UpdateTimeToLive: ValidationException",
    here: "accepted",
    see: () =>
      refusal(
        client.send(
          new UpdateTimeToLiveCommand({
            TableName: "expiring",
            TimeToLiveSpecification: { Enabled: false, AttributeName: "expiresAt" },
          }),
        ),
      ),
  },
  "IN with 101 values": {
    aws: "Comparison operator and function reference: up to 100 values",
    here: "accepted",
    async see() {
      const values = Array.from({ length: 101 }, (_, index) => [`:v${index}`, { N: `${index}` }] as const);
      await put(client, "items", { ...key("in"), n: { N: "1" } });
      const request = new PutItemCommand({
        TableName: "items",
        Item: key("in"),
        ConditionExpression: `n IN (${values.map(([name]) => name).join(", ")})`,
        ExpressionAttributeValues: Object.fromEntries(values),
      });
      return refusal(client.send(request));
    },
  },
  "point-in-time recovery": {
    aws: "API Reference: DescribeContinuousBackups",
    here: "UnknownOperationException",
    see: () => refusal(client.send(new DescribeContinuousBackupsCommand({ TableName: "items" }))),
  },
  backups: {
    aws: "API Reference: CreateBackup",
    here: "UnknownOperationException",
    see: () => refusal(client.send(new CreateBackupCommand({ TableName: "items", BackupName: "once" }))),
  },
};

describe("dynoxide and AWS differ in", () => {
  it.each(Object.entries(differs))("%s", async (_rule, { here, see }) => {
    expect(await see()).toBe(here);
  });
});
