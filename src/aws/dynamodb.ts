import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { commandTransport } from "./command-transport.ts";
import type { AwsTransport } from "./transport.ts";

export type { AwsTransport } from "./transport.ts";

const commands = {
  GetItem: GetItemCommand,
  PutItem: PutItemCommand,
  UpdateItem: UpdateItemCommand,
  DeleteItem: DeleteItemCommand,
  Query: QueryCommand,
  Scan: ScanCommand,
  BatchWriteItem: BatchWriteItemCommand,
  TransactWriteItems: TransactWriteItemsCommand,
};

/**
 * What the DynamoDB stores and writers need of DynamoDB, done by an AWS SDK v3 client.
 *
 * @example
 * ```ts
 * const transport = dynamoDBTransport(new DynamoDBClient({}));
 * ```
 */
export function dynamoDBTransport(client: DynamoDBClient): AwsTransport {
  return commandTransport("dynamoDBTransport", client, commands);
}
