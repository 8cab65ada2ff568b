import type { Call } from "../../core/call.ts";
import { InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { EventStore } from "./event-store.ts";
import { checkFollowed, type Follower, followerId, followerOf } from "./follow.ts";
import type { StoredEvent } from "./stored-event.ts";

export interface ProjectionOptions {
  /** Of letters, digits and `_-.`: `order-summaries`. */
  readonly name: string;
  /** Which of the read models that this projection has made: a new one begins at zero. Default: 1. */
  readonly generation?: number;
  /** Where events are read that have not come, or came out of order. */
  readonly store: EventStore;
  readonly checkpoints: Checkpoints;
  /**
   * The writes that an event makes of the read model, up to 99, as TransactWriteItems takes them: `{ Put }`, `{ Update }`, `{ Delete }`,
   * `{ ConditionCheck }`. They are applied once, so an `ADD` is fine. Made of the event alone, or a replay ends elsewhere. None: `[]`.
   */
  readonly apply: (event: StoredEvent, call: Call) => readonly object[] | Promise<readonly object[]>;
}

const WHERE = "projection";

/**
 * Keeps a read model in DynamoDB that is what the events make of it: each applied once, in its stream's order, whatever comes twice,
 * out of order, or not at all.
 *
 * The read model's writes and the checkpoint of the event's stream are one transaction, whose condition is that the event before was
 * the last one applied. An event that is missing is read from the store. Streams are independent of each other.
 *
 * To build it anew, give it another `generation`, and tables or keys of that generation: let `follow` run, `replay` beside it, and when that
 * is through switch the readers over.
 *
 * @throws ProjectionItemRefusedError (`PROJECTION_ITEM_REFUSED`) from `follow` and `replay`. EventStreamIncompleteError (`EVENT_STREAM_INCOMPLETE`).
 * @example
 * ```ts
 * const summaries = projection({
 *   name: "order-summaries", store: eventStore, checkpoints,
 *   apply: (event) => (isEvent(orderPlaced, event) ? [putOrder(event.detail)] : []),
 * });
 * export const handler = wrapHandler(eventStoreBatch(summaries.follow), logged());
 * ```
 */
export function projection(options: ProjectionOptions): Follower {
  checkRequiredOptions(WHERE, options, ["name", "generation", "store", "checkpoints", "apply"]);
  const { name, generation = 1, store, checkpoints, apply } = options;
  const id = followerId(WHERE, name, generation);
  checkFollowed(WHERE, store, checkpoints);
  if (typeof apply !== "function") throw new InvalidOptionError(WHERE, "apply must be a function");
  return followerOf({
    where: WHERE,
    id,
    store,
    checkpoints,
    looksFirst: false,
    async step(event, call) {
      const items = await apply(event, call);
      if (!Array.isArray(items)) throw new InvalidOptionError(WHERE, "apply must return a list of items");
      return checkpoints.advance(id, event.stream, event.version, items, call);
    },
  });
}
