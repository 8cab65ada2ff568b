import type { DynamoDBItem } from "../../aws/dynamodb-item.ts";
import { dynamoStreamBatch } from "../../batching/dynamodb-stream-batch.ts";
import type { RecordCall } from "../../batching/engine/record-call.ts";
import type { BatchOptions } from "../../batching/options.ts";
import type {
  DynamoDBStreamEvent,
  DynamoDBStreamRecord,
  StreamItem,
} from "../../batching/sources/dynamodb-stream-event.ts";
import type { StreamBatchResponse } from "../../batching/sources/kinesis-event.ts";
import type { Call } from "../../core/call.ts";
import { InvalidOptionError } from "../../core/errors.ts";
import type { Fn } from "../../core/fn.ts";
import { StoredEventUnreadableError } from "./errors.ts";
import type { StoredEvent } from "./stored-event.ts";
import { eventOf, STREAM } from "./stores/dynamodb/item.ts";

/**
 * Turns a function of one stored event into one of the table's stream: `follow` of an outbox or of a projection.
 *
 * Events of one stream run in the order in which they come, streams beside each other up to `concurrency`. What comes is not always in
 * the stream's order: a follower sees to that. Changed and deleted items are passed over. A failure keeps back its stream, and from the
 * lowest failure on all of the shard comes again: `poison` lets the others go on.
 *
 * The table needs `StreamViewType: NEW_IMAGE` (or `NEW_AND_OLD_IMAGES`), the event source mapping
 * `FunctionResponseTypes: [ReportBatchItemFailures]`.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs, for an event that is not of a DynamoDB stream.
 * @example
 * ```ts
 * export const handler = wrapHandler(eventStoreBatch(async (event, call) => console.log(event.type, call.attempt)));
 * ```
 */
export function eventStoreBatch(
  fn: Fn<StoredEvent, unknown, RecordCall<DynamoDBStreamRecord>>,
  options: BatchOptions<DynamoDBStreamRecord> = {},
): Fn<DynamoDBStreamEvent, StreamBatchResponse, Call> {
  if (typeof fn !== "function") {
    throw new InvalidOptionError(
      "eventStoreBatch",
      "its first argument must be a function, such as outbox.follow",
    );
  }
  return dynamoStreamBatch<StreamItem>(
    async ({ kind, after }, call) => {
      if (kind !== "INSERT") return undefined;
      if (after === undefined) {
        throw new StoredEventUnreadableError(
          "the table's stream has no new images (StreamViewType: NEW_IMAGE)",
        );
      }
      // As JSON has it, binaries are texts; an event has none.
      return fn(eventOf(after as DynamoDBItem), call);
    },
    { ...options, orderBy: STREAM, item: { decodeItem: (item) => item } },
  );
}
