import type { Call } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { bodyReader, readingRecord } from "./decoding/decode-record.ts";
import { type Decoder, json } from "./decoding/decoder.ts";
import { batchFn } from "./engine/batch-fn.ts";
import { eachFailure } from "./engine/item-failures.ts";
import type { RecordCall } from "./engine/record-call.ts";
import { type BatchOptions, checkDecoder, checkedLimits } from "./options.ts";
import type { SqsPoisonOptions } from "./poison.ts";
import type { BatchSource } from "./source.ts";
import { sqs, sqsFifo } from "./sources/sqs.ts";
import type { SqsBatchResponse, SqsEvent, SqsRecord } from "./sources/sqs-event.ts";

export interface SqsBatchOptions<T> extends BatchOptions<SqsRecord> {
  /** How to read a message's body. Default: `json()`. */
  readonly body?: Decoder<T>;
  /** Where messages go that fail for good, or have been received often enough. */
  readonly poison?: SqsPoisonOptions<SqsRecord>;
}

/**
 * Turns a function of one message into one of an SQS event, which reports the messages that did not succeed.
 *
 * Whatever a message throws is its own failure; so is a body that cannot be decoded. A FIFO queue's groups keep
 * their order: after a failure the rest of the group is reported without being run. Near the deadline, or when
 * the call is aborted, nothing more starts, what runs is aborted, and what did not finish is reported.
 * `call.attempt` is the message's receive count.
 *
 * The event source mapping must say `FunctionResponseTypes: [ReportBatchItemFailures]`: without it Lambda takes
 * every answer for success and deletes the failures.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs, for an event that is not of SQS.
 * @example
 * ```ts
 * export const handler = wrapHandler(sqsBatch(storeOrder), logged());
 * ```
 */
export function sqsBatch<T>(
  fn: Fn<T, unknown, RecordCall<SqsRecord>>,
  options: SqsBatchOptions<T> = {},
): Fn<SqsEvent, SqsBatchResponse, Call> {
  return queueBatch("sqsBatch", sqs, fn, options);
}

/**
 * `sqsBatch` for a function that relies on its queue's order: an event of a standard queue, or a message without a group,
 * is refused before anything runs.
 *
 * (`sqsBatch` keeps the order of a FIFO queue's groups as well; but given a standard queue by a changed template it runs all messages at
 * once, without a word.) Groups run beside each other, up to `concurrency`; after a failure only that group's later messages are reported.
 * A message that is set aside as poison lets its group go on without it.
 *
 * @throws WrongEventError (`WRONG_EVENT`).
 * @example
 * ```ts
 * export const handler = wrapHandler(sqsFifoBatch(storeOrder), logged());
 * ```
 */
export function sqsFifoBatch<T>(
  fn: Fn<T, unknown, RecordCall<SqsRecord>>,
  options: SqsBatchOptions<T> = {},
): Fn<SqsEvent, SqsBatchResponse, Call> {
  return queueBatch("sqsFifoBatch", sqsFifo, fn, options);
}

function queueBatch<T>(
  where: string,
  source: BatchSource<SqsRecord>,
  fn: Fn<T, unknown, RecordCall<SqsRecord>>,
  options: SqsBatchOptions<T>,
): Fn<SqsEvent, SqsBatchResponse, Call> {
  const limits = checkedLimits(where, fn, options, { known: ["body"], countsReceives: true });
  const { body = json<T>(), poison } = options;
  checkDecoder(where, "body", body);
  const work = readingRecord(bodyReader(source, body), fn);
  return batchFn({ where, source, work, limits, poison, respond: eachFailure });
}
