/** One consumer a source, all with the same work: a record's id says what is to become of it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { wrapHandler } from "holdfast";
import {
  dynamoStreamBatch,
  eventBridgeEvents,
  kinesisBatch,
  type PoisonedRecord,
  type SqsRecord,
  s3Events,
  snsEvents,
  sqsBatch,
  sqsFifoBatch,
  text,
} from "holdfast/batching";

/** What failed in this process, the only one of its function. */
const failed = new Set<string>();

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** `B-1-once` fails the first time, `B-2-never` each time. `place` is what a stream's destination knows it by. */
async function work(id: string, place = ""): Promise<void> {
  say({ began: id, place });
  // Whatever may begin beside it has begun.
  await nextTurn();
  const fails = id.endsWith("-never") || (id.endsWith("-once") && !failed.has(id));
  failed.add(id);
  say({ ended: id, ok: !fails });
  if (fails) throw new Error(`${id} fails.`);
}

/** Into the queue's own dead-letter queue. Plain HTTP instead of a client keeps the bundle, and so the cold start, small. */
async function toDeadLetters({ record }: PoisonedRecord<SqsRecord>): Promise<void> {
  const { AWS_ENDPOINT_URL_SQS = "", DEAD_URL } = process.env;
  const response = await fetch(AWS_ENDPOINT_URL_SQS, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.SendMessage",
      "x-amz-date": "20260101T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify({ QueueUrl: DEAD_URL, MessageBody: record.body, MessageGroupId: "dead" }),
  });
  if (!response.ok) throw new Error(await response.text());
}

const body = text();

export const standard = wrapHandler(sqsBatch((id) => work(id), { body }));
export const fifo = wrapHandler(
  sqsFifoBatch((id) => work(id), {
    body,
    poison: { to: toDeadLetters, afterReceives: 2, maxReceiveCount: 5 },
  }),
);
export const strict = wrapHandler(sqsFifoBatch((id) => work(id), { body }));
export const kinesis = wrapHandler(
  kinesisBatch((id, { record }) => work(id, record.kinesis.sequenceNumber), { body }),
);
export const dynamodb = wrapHandler(
  dynamoStreamBatch(({ after }, { record }) => work(String(after?.["id"]), record.dynamodb?.SequenceNumber)),
);
export const s3 = wrapHandler(s3Events(({ key }) => work(key)));
export const sns = wrapHandler(snsEvents((id) => work(id), { body }));
export const eventBridge = wrapHandler(eventBridgeEvents(({ id }: { readonly id: string }) => work(id)));
