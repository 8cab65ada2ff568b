import type { Call } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { readingRecord } from "./decoding/decode-record.ts";
import { type ItemDecoder, unmarshalItem, unmarshalled } from "./decoding/unmarshalled.ts";
import { batchFn } from "./engine/batch-fn.ts";
import { firstFailure } from "./engine/item-failures.ts";
import type { RecordCall } from "./engine/record-call.ts";
import { BodyInvalidError } from "./errors.ts";
import { type BatchOptions, checkDecoder, checkedLimits } from "./options.ts";
import { dynamoDBStream, dynamoDBStreamBy } from "./sources/dynamodb-stream.ts";
import type { DynamoDBStreamEvent, DynamoDBStreamRecord } from "./sources/dynamodb-stream-event.ts";
import type { StreamBatchResponse } from "./sources/kinesis-event.ts";

/** What happened to an item. */
export interface DynamoDBChange<T> {
  readonly kind: "INSERT" | "MODIFY" | "REMOVE";
  /** The item's key attributes, as plain values. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** The item as it was; undefined for a new one, and where the stream has no old images. */
  readonly before: T | undefined;
  /** The item as it is; undefined for one that is gone, and where the stream has no new images. */
  readonly after: T | undefined;
}

export interface DynamoDBStreamBatchOptions<T> extends BatchOptions<DynamoDBStreamRecord> {
  /** How to read the images. Default: `unmarshalled()`. */
  readonly item?: ItemDecoder<T>;
  /**
   * The key attribute whose equal values run in order: a table's partition key. Default: the whole key, so the changes of one item.
   *
   * In the order in which they came. DynamoDB promises that order for one item alone: items of one transaction come in any order,
   * and with a `ParallelizationFactor` above 1 those of one partition key come side by side.
   */
  readonly orderBy?: string;
}

/**
 * Turns a function of one change into one of a DynamoDB stream's event, which reports from where on the shard comes again.
 *
 * Changes of one item (with `orderBy`, of one partition key) run in order, items beside each other up to `concurrency`. As with `kinesisBatch`, everything from the lowest
 * failure on comes again.
 *
 * The event source mapping must say `FunctionResponseTypes: [ReportBatchItemFailures]`: without it Lambda takes every answer for success.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs, for an event that is not of a DynamoDB stream.
 * @example
 * ```ts
 * const project = dynamoStreamBatch<Order>(async ({ after }, call) => (after === undefined ? undefined : indexOrder(after, call)));
 * export const handler = wrapHandler(project, logged());
 * ```
 */
export function dynamoStreamBatch<T = Readonly<Record<string, unknown>>>(
  fn: Fn<DynamoDBChange<T>, unknown, RecordCall<DynamoDBStreamRecord>>,
  options: DynamoDBStreamBatchOptions<T> = {},
): Fn<DynamoDBStreamEvent, StreamBatchResponse, Call> {
  const where = "dynamoStreamBatch";
  const limits = checkedLimits(where, fn, options, { known: ["item", "orderBy"] });
  const { item = unmarshalled<T>(), orderBy, poison } = options;
  checkDecoder(where, "item", item, "decodeItem");
  if (orderBy !== undefined && (typeof orderBy !== "string" || orderBy === "")) {
    throw new InvalidOptionError(where, "orderBy must be the name of a key attribute");
  }
  const source = orderBy === undefined ? dynamoDBStream : dynamoDBStreamBy(orderBy);
  const work = readingRecord((record: DynamoDBStreamRecord) => readChange(record, item), fn);
  return batchFn({ where, source, work, limits, poison, respond: firstFailure });
}

export function readChange<T>(
  { eventName, dynamodb = {} }: DynamoDBStreamRecord,
  item: ItemDecoder<T>,
): DynamoDBChange<T> | Promise<DynamoDBChange<T>> {
  const { Keys = {}, OldImage, NewImage } = dynamodb;
  if (eventName === undefined) throw new BodyInvalidError("a change with its eventName");
  const about = { kind: eventName, keys: item.decodeKeys?.(Keys) ?? unmarshalItem(Keys) };
  const before = OldImage === undefined ? undefined : item.decodeItem(OldImage);
  const after = NewImage === undefined ? undefined : item.decodeItem(NewImage);
  return before instanceof Promise || after instanceof Promise
    ? Promise.all([before, after]).then(([was, is]) => ({ ...about, before: was, after: is }))
    : { ...about, before, after };
}
