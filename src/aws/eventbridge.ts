import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { commandTransport } from "./command-transport.ts";
import type { AwsTransport } from "./transport.ts";

export type { AwsTransport } from "./transport.ts";

/**
 * What the event publisher needs of EventBridge, done by an AWS SDK v3 client.
 *
 * @example
 * ```ts
 * const publisher = eventPublisher({ transport: eventBridgeTransport(new EventBridgeClient({})), busName: "OrderBus" });
 * ```
 */
export function eventBridgeTransport(client: EventBridgeClient): AwsTransport {
  return commandTransport("eventBridgeTransport", client, { PutEvents: PutEventsCommand });
}
