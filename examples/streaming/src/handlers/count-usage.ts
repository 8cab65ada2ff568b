import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { deadline, type LambdaCall, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import {
  bulkSender,
  json,
  type KinesisEvent,
  kinesisBatch,
  type StreamBatchResponse,
} from "holdfast/batching";
import { batchLines } from "../batch-lines.ts";
import { required } from "../environment.ts";
import { setAsideIn } from "../set-aside.ts";
import { lowest, type Usage, usageFold, usageSchema } from "../usage.ts";
import { usageTable } from "../usage-table.ts";

// The sender repeats by itself, and within the deadline.
const dynamodb = dynamoDBTransport(new DynamoDBClient({ maxAttempts: 1 }));
const table = bulkSender(usageTable(dynamodb, required("USAGE_TABLE")), { concurrency: 20 });
const poison = { to: setAsideIn(new SQSClient({}), required("DEAD_LETTERS_URL")) };

/** Reads a batch into one sum for each account and day, and adds each sum in one write. What was not added comes again. */
async function countUsage(event: KinesisEvent, call: LambdaCall): Promise<StreamBatchResponse> {
  const fold = usageFold();
  const read = kinesisBatch(async (usage: Usage, { record }) => fold.add(usage, record), {
    body: json(usageSchema),
    poison,
  });
  const { batchItemFailures: unread } = await read(event, call);
  const days = fold.days();
  const results = await table.send(days, call);
  const unwritten = days.filter((_, index) => results[index]?.ok !== true);
  // The shard has one checkpoint. What was added beyond it comes again, and its item knows that it has counted it.
  const checkpoint = lowest([
    ...unread.map(({ itemIdentifier }) => itemIdentifier),
    ...unwritten.flatMap(({ events: [first] }) => (first === undefined ? [] : [first.sequenceNumber])),
  ]);
  return { batchItemFailures: checkpoint === undefined ? [] : [{ itemIdentifier: checkpoint }] };
}

export const handler = wrapHandler(countUsage, batchLines("usage"), deadline({ reserveMs: 500 }));
