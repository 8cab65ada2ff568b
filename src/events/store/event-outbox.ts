import { InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { EventDefinition, OutgoingEvent } from "../definition.ts";
import type { EventPublisher } from "../publisher.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { EventStore } from "./event-store.ts";
import { checkFollowed, type Follower, followerId, followerOf } from "./follow.ts";
import type { StoredEvent } from "./stored-event.ts";

export interface EventOutboxOptions {
  /** Of letters, digits and `_-.`, where a store has several outboxes. Default: `outbox`. */
  readonly name?: string;
  /** Where events are read that have not come, or came out of order. */
  readonly store: EventStore;
  readonly checkpoints: Checkpoints;
  /** `eventPublisher(…)`. */
  readonly publisher: Pick<EventPublisher, "publishOne">;
  /**
   * What others are told of an event, made of the event alone; undefined: nothing. It has the stored event's id, time, correlation and causation
   * unless it says otherwise. Default: the event as it was stored, which is not checked a second time.
   */
  readonly as?: (event: StoredEvent) => OutgoingEvent | undefined;
}

const WHERE = "eventOutbox";

/**
 * Publishes what was appended: each event at least once, in the order of its stream, each time under the same id.
 *
 * A checkpoint for each stream says what was published. DynamoDB hands the events of one append over in any order, and a stream's
 * record may be dropped when its day is over: so whatever comes, what is missing before it is read from the store and published first.
 * An event whose publication fails stops those after it in its stream. A repeat is published when the process stops between the
 * publication and its checkpoint: consumers deduplicate by the event's id.
 *
 * `replay` publishes what is still unpublished, of streams too to which nothing was appended since.
 *
 * Source: Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works" (stream records of a transaction).
 *
 * @example
 * ```ts
 * const publisher = eventPublisher({ transport: eventBridgeTransport(new EventBridgeClient({})), busName: "OrderBus" });
 * const outbox = eventOutbox({ store: eventStore, checkpoints, publisher });
 * export const handler = wrapHandler(eventStoreBatch(outbox.follow), logged());
 * ```
 */
export function eventOutbox(options: EventOutboxOptions): Follower {
  checkRequiredOptions(WHERE, options, ["name", "store", "checkpoints", "publisher", "as"]);
  const { name = "outbox", store, checkpoints, publisher, as = asStored } = options;
  const id = followerId(WHERE, name, 1);
  checkFollowed(WHERE, store, checkpoints);
  if (typeof publisher?.publishOne !== "function") {
    throw new InvalidOptionError(WHERE, "publisher must be made by eventPublisher(…)");
  }
  if (typeof as !== "function") throw new InvalidOptionError(WHERE, "as must be a function");
  return followerOf({
    where: WHERE,
    id,
    store,
    checkpoints,
    looksFirst: true,
    async step(event, call) {
      const outgoing = as(event);
      if (outgoing !== undefined) await publisher.publishOne(withMeta(outgoing, event), call);
      return checkpoints.advance(id, event.stream, event.version, [], call);
    },
  });
}

/** Whatever is left out, or undefined, is the stored event's: an id above all, or each publication would have one of its own. */
function withMeta(outgoing: OutgoingEvent, event: StoredEvent): OutgoingEvent {
  const { meta } = outgoing;
  return {
    ...outgoing,
    meta: {
      ...meta,
      id: meta.id ?? event.id,
      correlationId: meta.correlationId ?? event.correlationId,
      causationId: meta.causationId ?? event.causationId,
      time: meta.time ?? new Date(event.time),
    },
  };
}

/** It was checked when it was appended, and has to go out as it is, whatever has become of its definition since. */
function asStored(event: StoredEvent): OutgoingEvent {
  const definition: EventDefinition<unknown> = {
    source: event.source,
    type: event.type,
    version: event.schemaVersion,
    schema: true,
    of: (detail, meta = {}) => ({ definition, detail, meta }),
    check: async (value) => ({ ok: true, value }),
  };
  return definition.of(event.detail, event.resources === undefined ? {} : { resources: event.resources });
}
