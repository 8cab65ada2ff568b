import { type AwsClient, type AwsCommands, commandTransport } from "./command-transport.ts";
import type { AwsTransport } from "./transport.ts";

export type { AwsClient, AwsCommands } from "./command-transport.ts";
export type { AwsTransport } from "./transport.ts";

/**
 * A transport over any AWS SDK v3 client, for the commands given by the name of their operation.
 *
 * @example
 * ```ts
 * const transport = clientTransport(new SNSClient({}), { PublishBatch: PublishBatchCommand });
 * const topic = snsTarget({ transport, topicArn });
 * ```
 */
export function clientTransport(client: AwsClient, commands: AwsCommands): AwsTransport {
  return commandTransport("clientTransport", client, commands);
}
