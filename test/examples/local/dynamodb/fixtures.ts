import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type DynamoDb, startDynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import { startReaper } from "../../../../examples/local/process/reaper.ts";
import type { Table } from "../../../../examples/local/template/stack.ts";
import { place, region } from "../lambda/fixtures.ts";

/** A table as the template loader describes it, with a key `id` of type String. */
export function table(name: string, over: Partial<Table> = {}): Table {
  return {
    logicalId: name,
    name,
    arn: `arn:aws:dynamodb:${region}:000000000000:table/${name}`,
    place,
    keySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    attributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    globalSecondaryIndexes: [],
    localSecondaryIndexes: [],
    ...over,
  };
}

/** A DynamoDB whose `stop` leaves nothing behind. */
export async function dynamoDb(): Promise<DynamoDb> {
  const reaper = startReaper();
  const running = await startDynamoDb({ reaper, region });
  return {
    ...running,
    async stop() {
      await running.stop();
      await reaper.stop();
    },
  };
}

export type Item = Record<string, AttributeValue>;

export async function put(client: DynamoDBClient, tableName: string, item: Item): Promise<void> {
  await client.send(new PutItemCommand({ TableName: tableName, Item: item }));
}

export async function get(client: DynamoDBClient, tableName: string, id: string): Promise<Item | undefined> {
  const request = new GetItemCommand({ TableName: tableName, Key: { id: { S: id } }, ConsistentRead: true });
  return (await client.send(request)).Item;
}

/** The error that a request is refused with. */
export function failure(request: Promise<unknown>): Promise<unknown> {
  return request.then(
    () => {
      throw new Error("The request was accepted.");
    },
    (error: unknown) => error,
  );
}
