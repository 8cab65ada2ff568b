import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type Call, deadline, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { aggregate, type BulkResult, bulkSender, json, sqsBatch } from "holdfast/batching";
import { dynamoDBBatchWriter } from "holdfast/batching/targets/dynamodb";
import { logged } from "holdfast/observability";
import { required } from "../environment.ts";
import { type Reading, readingItems, readingSchema } from "../reading.ts";
import { setAsideIn } from "../set-aside.ts";

const readings = bulkSender(
  dynamoDBBatchWriter({
    transport: dynamoDBTransport(new DynamoDBClient({ maxAttempts: 1 })),
    tableName: required("READINGS_TABLE"),
    key: ["sensor", "at"],
  }),
);

const readingItem = readingItems();

/** Needs no record of what was done: a repeat writes the same bytes to the same key. */
async function storeReadings(some: readonly Reading[], call: Call): Promise<readonly BulkResult[]> {
  return readings.send(some.map(readingItem), call);
}

export const handler = wrapHandler(
  sqsBatch(aggregate(storeReadings, { maxRecords: 100, maxMs: 50 }), {
    // Three writes at once, and the next already coming together.
    concurrency: 400,
    body: json(readingSchema),
    poison: { to: setAsideIn(new SQSClient({}), required("DEAD_LETTERS_URL")) },
  }),
  logged(),
  deadline({ reserveMs: 500 }),
);
