import type { Queue } from "../template/stack.ts";

/** SQS's attributes of a template's queue, but for its redrive policy: the other queue has to be there first. */
export function queueAttributes(queue: Queue): Readonly<Record<string, string>> {
  return {
    VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
    DelaySeconds: String(queue.delaySeconds),
    MessageRetentionPeriod: String(queue.retentionSeconds),
    MaximumMessageSize: String(queue.maximumMessageBytes),
    ReceiveMessageWaitTimeSeconds: String(queue.receiveWaitSeconds),
    ...(queue.fifo
      ? { FifoQueue: "true", ContentBasedDeduplication: String(queue.contentBasedDeduplication) }
      : {}),
    ...(queue.deduplicationScope === undefined ? {} : { DeduplicationScope: queue.deduplicationScope }),
    ...(queue.throughputLimit === undefined ? {} : { FifoThroughputLimit: queue.throughputLimit }),
    ...(queue.redriveAllowPolicy === undefined
      ? {}
      : { RedriveAllowPolicy: JSON.stringify(queue.redriveAllowPolicy) }),
  };
}
