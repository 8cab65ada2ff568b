import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { commandTransport } from "./command-transport.ts";
import type { AwsTransport } from "./transport.ts";

export type { AwsTransport } from "./transport.ts";

/**
 * What a bulk sender to a queue needs of SQS, done by an AWS SDK v3 client.
 *
 * @example
 * ```ts
 * const queue = sqsTarget({ transport: sqsTransport(new SQSClient({})), queueUrl });
 * ```
 */
export function sqsTransport(client: SQSClient): AwsTransport {
  return commandTransport("sqsTransport", client, { SendMessageBatch: SendMessageBatchCommand });
}
