import type { AwsTransport } from "../../aws/transport.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { BulkTarget } from "../sender/bulk-target.ts";
import { checkTransport } from "./checks.ts";
import { outcomesByPlace } from "./outcomes.ts";

export type { AwsTransport } from "../../aws/transport.ts";

/** An entry of PutEvents, as the AWS client takes it. */
export interface PutEventsEntry {
  /** Name or ARN of the bus. Default: the account's own. */
  readonly EventBusName?: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time?: Date;
  readonly Resources?: readonly string[];
  readonly TraceHeader?: string;
}

/** PutEvents takes up to 10 entries (API reference, PutEvents). */
const MAX_ENTRIES = 10;

/**
 * The sum of the entries' sizes must be less than 1 MB (API reference, PutEvents). AWS does not say which megabyte;
 * this is the smaller one.
 */
const MAX_BYTES = 999_999;

const TIME_BYTES = 14;

/** Size as EventBridge counts it. Source: EventBridge User Guide, "Calculating PutEvents event entry size". */
function entrySize(entry: PutEventsEntry): number {
  const { Time, Source, DetailType, Detail, Resources = [] } = entry;
  let bytes = Time === undefined ? 0 : TIME_BYTES;
  bytes += Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
  for (const resource of Resources) bytes += Buffer.byteLength(resource);
  return bytes;
}

/**
 * EventBridge's PutEvents as a bulk sender's target, for entries as they are; events that have a definition are published
 * by `eventPublisher` of `holdfast/events`.
 *
 * A bus keeps no order and knows no repeats: an entry whose answer was lost is put again and gets another id. So give its
 * detail an id of its own.
 *
 * @example
 * ```ts
 * const bus = eventBridgeTarget({ transport: eventBridgeTransport(new EventBridgeClient({})) });
 * await bulkSender(bus).send([{ Source: "shop", DetailType: "OrderPlaced", Detail: JSON.stringify(order) }], call);
 * ```
 */
export function eventBridgeTarget(options: {
  /** `eventBridgeTransport(new EventBridgeClient({}))` of `holdfast/aws/eventbridge`. */
  readonly transport: AwsTransport;
}): BulkTarget<PutEventsEntry> {
  checkRequiredOptions("eventBridgeTarget", options, ["transport"]);
  const { transport } = options;
  checkTransport("eventBridgeTarget", transport, "eventBridgeTransport(client) of holdfast/aws/eventbridge");
  return {
    name: "eventbridge",
    maxEntries: MAX_ENTRIES,
    maxBytes: MAX_BYTES,
    sizeOf: entrySize,
    async send(entries, call) {
      const answer = await transport.call("PutEvents", { Entries: entries }, call);
      return outcomesByPlace("EventBridge", answer["Entries"], "EventId");
    },
  };
}
