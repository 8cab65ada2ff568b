import type { Call } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { bodyReader, readingRecord } from "./decoding/decode-record.ts";
import { type Decoder, json } from "./decoding/decoder.ts";
import { batchFn } from "./engine/batch-fn.ts";
import { firstFailure } from "./engine/item-failures.ts";
import type { RecordCall } from "./engine/record-call.ts";
import { type BatchOptions, checkDecoder, checkedLimits } from "./options.ts";
import { kinesis } from "./sources/kinesis.ts";
import type { KinesisEvent, KinesisRecord, StreamBatchResponse } from "./sources/kinesis-event.ts";

export interface KinesisBatchOptions<T> extends BatchOptions<KinesisRecord> {
  /** How to read a record's data, whose base64 is taken off. Default: `json()`. */
  readonly body?: Decoder<T>;
}

/**
 * Turns a function of one record into one of a Kinesis event, which reports from where on the shard comes again.
 *
 * Records of one partition key run in order, keys beside each other up to `concurrency`. Lambda's checkpoint is the lowest failure, and
 * everything from there on comes again, what succeeded included: so nothing past it is started any more, and each record's
 * work should be idempotent (`batch.repeats` says so once, to observers). A record that fails for good blocks its shard until Lambda gives
 * it up, unless `poison` takes it.
 *
 * The event source mapping must say `FunctionResponseTypes: [ReportBatchItemFailures]`: without it Lambda takes every answer for success.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs, for an event that is not of Kinesis.
 * @example
 * ```ts
 * const countOnce = idempotent(countClick, { store, operation: "count-click", key: (click) => click.id });
 * export const handler = wrapHandler(kinesisBatch(countOnce), logged());
 * ```
 */
export function kinesisBatch<T>(
  fn: Fn<T, unknown, RecordCall<KinesisRecord>>,
  options: KinesisBatchOptions<T> = {},
): Fn<KinesisEvent, StreamBatchResponse, Call> {
  const where = "kinesisBatch";
  const limits = checkedLimits(where, fn, options, { known: ["body"] });
  const { body = json<T>(), poison } = options;
  checkDecoder(where, "body", body);
  const work = readingRecord(bodyReader(kinesis, body), fn);
  return batchFn({ where, source: kinesis, work, limits, poison, respond: firstFailure });
}
