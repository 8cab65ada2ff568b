import type { SqsEvent, SqsRecord } from "holdfast/batching";

/** The fields of an SQS record as the Lambda Developer Guide describes them, with values of our own. */
export function sqsRecord(given: Partial<SqsRecord> & { group?: string; receives?: number } = {}): SqsRecord {
  const { group, receives = 1, ...rest } = given;
  const fifo = group !== undefined;
  return {
    messageId: "m-1",
    receiptHandle: "handle",
    body: "{}",
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: "1700000000000",
      SenderId: "sender",
      ApproximateFirstReceiveTimestamp: "1700000000001",
      ...(fifo ? { MessageGroupId: group, SequenceNumber: "1" } : {}),
    },
    messageAttributes: {},
    md5OfBody: "0",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:orders${fifo ? ".fifo" : ""}`,
    awsRegion: "eu-central-1",
    ...rest,
  };
}

/** Records m-0, m-1, … with these bodies as JSON. */
export function sqsEvent(bodies: readonly unknown[], groups: readonly string[] = []): SqsEvent {
  return {
    Records: bodies.map((body, index) => {
      const group = groups[index];
      const record = { messageId: `m-${index}`, body: JSON.stringify(body) };
      return sqsRecord(group === undefined ? record : { ...record, group });
    }),
  };
}

export function failedIds(response: { batchItemFailures: { itemIdentifier: string }[] }): string[] {
  return response.batchItemFailures.map((failure) => failure.itemIdentifier);
}
