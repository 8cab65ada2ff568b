import type { BatchSource } from "../source.ts";
import type { SqsRecord } from "./sqs-event.ts";

/** SQS, standard and FIFO. Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda". */
export const sqs: BatchSource<SqsRecord> = {
  name: "sqs",
  expected: "an SQS event, { Records: [{ messageId, body, … }] }",
  eventSource: "aws:sqs",
  identifier: (record) => record.messageId,
  // A standard queue's messages may have a group as well (fair queues); only a FIFO queue's groups have an order.
  lane: (record) =>
    isFifo(record.eventSourceARN) ? (record.attributes?.MessageGroupId ?? "(no group)") : undefined,
  attempt(record) {
    const count = Number(record.attributes?.ApproximateReceiveCount);
    return Number.isInteger(count) && count > 0 ? count : undefined;
  },
  body: (record) => record.body,
};

function isFifo(queueArn: unknown): boolean {
  return typeof queueArn === "string" && queueArn.endsWith(".fifo");
}
