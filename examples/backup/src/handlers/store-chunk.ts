import { HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { deadline, wrapHandler } from "holdfast";
import { clientTransport } from "holdfast/aws/client";
import { json, type RecordCall, type SqsRecord, sqsBatch } from "holdfast/batching";
import { logged } from "holdfast/observability";
import { type ChunkMessage, checkedChunk, chunkMessage } from "../chunk.ts";
import { chunkLines } from "../chunk-lines.ts";
import { deadLetters } from "../dead-letters.ts";
import { required } from "../environment.ts";
import { stagingBucket } from "../staging.ts";

const s3 = new S3Client({
  // `stagingBucket` tries again, and knows the deadline.
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, socketTimeout: 2_000 },
});
const store = stagingBucket({
  transport: clientTransport(s3, { PutObject: PutObjectCommand, HeadObject: HeadObjectCommand }),
  bucket: required("STAGING_BUCKET"),
  once: required("WRITE_ONCE") === "true",
});
const setAside = deadLetters(
  clientTransport(new SQSClient({}), { SendMessage: SendMessageCommand }),
  required("DEAD_CHUNKS_URL"),
);
const lines = chunkLines();

/** Needs no record of what was done: the object is the record. */
async function storeChunk(message: ChunkMessage, call: RecordCall<SqsRecord>): Promise<void> {
  lines.read(call.record, message);
  lines.ended(call.record, await store(checkedChunk(message), call));
}

export const handler = wrapHandler(
  sqsBatch(storeChunk, {
    body: json(chunkMessage),
    concurrency: 5,
    // What can never be stored goes at once; whatever else fails, S3 or us, when it was received three times.
    poison: { to: setAside, afterReceives: 3, maxReceiveCount: Number(required("MAX_RECEIVE_COUNT")) },
  }),
  logged(lines.options),
  deadline({ reserveMs: 500 }),
);
