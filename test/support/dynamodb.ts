import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { type DynamoDb, startDynamoDb } from "../../examples/local/dynamodb/service.ts";
import { startReaper } from "../../examples/local/process/reaper.ts";

/** A DynamoDB with tables for tests: each `newTable` is empty and keyed by `id`. */
export interface TestDynamoDB {
  readonly endpoint: string;
  clientFor(endpoint?: string): DynamoDBClient;
  newTable(): Promise<string>;
  numberOf(table: string, id: string, attribute: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startTestDynamoDB(): Promise<TestDynamoDB> {
  const reaper = await startReaper();
  const service: DynamoDb = await startDynamoDb({ reaper, region: "us-east-1" });
  let tables = 0;
  const clients: DynamoDBClient[] = [];
  return {
    endpoint: service.endpoint,
    clientFor(endpoint = service.endpoint) {
      const client = new DynamoDBClient({
        endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      });
      clients.push(client);
      return client;
    },
    async newTable() {
      tables += 1;
      const TableName = `test-${tables}`;
      await service.client.send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
      return TableName;
    },
    async numberOf(TableName, id, attribute) {
      const { Item } = await service.client.send(
        new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }),
      );
      return Number(Item?.[attribute]?.N ?? 0);
    },
    async stop() {
      for (const client of clients) client.destroy();
      await service.stop();
      await reaper.stop();
    },
  };
}
