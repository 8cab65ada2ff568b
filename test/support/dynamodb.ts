import { randomUUID } from "node:crypto";
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { startDynamoDb } from "../../examples/local/dynamodb/service.ts";
import { startReaper } from "../../examples/local/process/reaper.ts";

/** Another DynamoDB to run the tests on, of which `npm run test:services` tells. */
const OUTSIDE = process.env["HOLDFAST_TEST_DYNAMODB"];

/** A DynamoDB with tables for tests: each `newTable` is empty and keyed by `id`, or as it says. */
export interface TestDynamoDB {
  readonly endpoint: string;
  clientFor(endpoint?: string): DynamoDBClient;
  newTable(key?: string): Promise<string>;
  numberOf(table: string, id: string, attribute: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startTestDynamoDB(): Promise<TestDynamoDB> {
  const { endpoint: served, stop } = OUTSIDE === undefined ? await startOurs() : outside(OUTSIDE);
  const clients: DynamoDBClient[] = [];
  const clientFor = (endpoint = served): DynamoDBClient => {
    const client = new DynamoDBClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    clients.push(client);
    return client;
  };
  const own = clientFor();
  return {
    endpoint: served,
    clientFor,
    async newTable(key = "id") {
      const TableName = `test-${randomUUID()}`;
      await own.send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
      return TableName;
    },
    async numberOf(TableName, id, attribute) {
      const { Item } = await own.send(
        new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }),
      );
      return Number(Item?.[attribute]?.N ?? 0);
    },
    async stop() {
      for (const client of clients) client.destroy();
      await stop();
    },
  };
}

type Served = Pick<TestDynamoDB, "endpoint" | "stop">;

async function startOurs(): Promise<Served> {
  const reaper = startReaper();
  const service = await startDynamoDb({ reaper, region: "us-east-1" });
  return {
    endpoint: service.endpoint,
    async stop() {
      await service.stop();
      await reaper.stop();
    },
  };
}

function outside(endpoint: string): Served {
  return { endpoint, stop: () => Promise.resolve() };
}
