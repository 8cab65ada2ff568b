import { randomUUID } from "node:crypto";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { defineEvent, type OutgoingMeta } from "holdfast/events";
import { dynamoDBEventStore, type EventStore, type StoredEvent } from "holdfast/events/store";
import { memoryEventStore } from "holdfast/testing";
import type { TestDynamoDB } from "../../support/dynamodb.ts";
import {
  type MemoryDynamoDB,
  type MemoryDynamoDBOptions,
  memoryDynamoDB,
} from "../../support/memory-dynamodb/index.ts";

export const counted = defineEvent({
  source: "test.counter",
  type: "Counted",
  version: 1,
  schema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
});
export const reset = defineEvent({
  source: "test.counter",
  type: "Reset",
  version: 2,
  schema: { type: "object", properties: { why: { type: "string" } } },
});

/** Of the same type, from elsewhere. */
export const countedElsewhere = defineEvent({
  source: "test.elsewhere",
  type: "Counted",
  version: 1,
  schema: true,
});

/** Counted events, one a number; with ids of their own where a prefix is given. */
export const counts = (numbers: readonly number[], id?: string, meta: OutgoingMeta = {}) =>
  numbers.map((n) => counted.of({ n }, id === undefined ? meta : { ...meta, id: `${id}-${n}` }));

/** Of the tables that the tests use. */
export const TABLES = {
  Events: ["stream", "version"],
  Checkpoints: ["id"],
  Model: ["id"],
  Records: ["id"],
} as const;

/** An event store on a DynamoDB in this process. */
export function inMemoryDynamoDB(options: Omit<MemoryDynamoDBOptions, "tables"> = {}): {
  readonly dynamo: MemoryDynamoDB;
  readonly store: EventStore;
} {
  const dynamo = memoryDynamoDB({ ...options, tables: TABLES });
  return { dynamo, store: dynamoDBEventStore({ transport: dynamo, tableName: "Events" }) };
}

/** A new, empty table of events. */
export async function newEventTable(dynamo: TestDynamoDB): Promise<string> {
  const TableName = `events-${randomUUID()}`;
  await dynamo.clientFor().send(
    new CreateTableCommand({
      TableName,
      KeySchema: [
        { AttributeName: "stream", KeyType: "HASH" },
        { AttributeName: "version", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "stream", AttributeType: "S" },
        { AttributeName: "version", AttributeType: "N" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  return TableName;
}

/** The stores that keep the contract, each of them empty. `started` gives the emulator. */
export const subjects: readonly (readonly [string, (started: () => TestDynamoDB) => Promise<EventStore>])[] =
  [
    ["memory", async () => memoryEventStore()],
    ["DynamoDB in this process", async () => inMemoryDynamoDB().store],
    [
      "DynamoDB",
      async (started) =>
        dynamoDBEventStore({
          transport: dynamoDBTransport(started().clientFor()),
          tableName: await newEventTable(started()),
        }),
    ],
  ];

export async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of iterable) list.push(one);
  return list;
}

/** The number in a counted event. */
export const numberIn = (event: StoredEvent): number => (event.detail as { readonly n: number }).n;
