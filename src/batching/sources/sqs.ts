import { type BatchSource, recordsMember } from "../source.ts";
import type { SqsRecord } from "./sqs-event.ts";

/** SQS, standard and FIFO. Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda". */
export const sqs: BatchSource<SqsRecord> = {
  name: "sqs",
  expected: "an SQS event, { Records: [{ messageId, body, … }] }",
  origins: ["aws:sqs"],
  stopsAt: "lane",
  records: recordsMember,
  identifier: (record) => record.messageId,
  // A standard queue's messages may have a group as well (fair queues); only a FIFO queue's groups have an order.
  laneOf: (first) => (isFifo(first.eventSourceARN) ? groupOf : undefined),
  attempt(record) {
    const given: unknown = record.attributes?.ApproximateReceiveCount;
    if (given === "1") return 1;
    const count = typeof given === "string" ? Number(given) : given;
    return typeof count === "number" && Number.isInteger(count) && count > 0 ? count : undefined;
  },
  trace: (record) => record.attributes?.AWSTraceHeader,
  body: (record) => record.body,
};

/** SQS, FIFO alone. */
export const sqsFifo: BatchSource<SqsRecord> = {
  ...sqs,
  expected:
    "an SQS event of a FIFO queue, { Records: [{ messageId, body, attributes: { MessageGroupId }, … }] }",
  refuse(record) {
    if (!isFifo(record.eventSourceARN)) return "came from a standard queue, whose messages have no order";
    const group: unknown = record.attributes?.MessageGroupId;
    return typeof group === "string" && group !== "" ? undefined : "has no MessageGroupId";
  },
};

function groupOf(record: SqsRecord): string {
  return record.attributes?.MessageGroupId ?? "(no group)";
}

function isFifo(queueArn: unknown): boolean {
  return typeof queueArn === "string" && queueArn.endsWith(".fifo");
}
