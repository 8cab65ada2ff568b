import type { Call } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { checkOptions } from "../core/options.ts";
import { decodingRecord } from "./decode-record.ts";
import { type Decoder, json } from "./decoder.ts";
import { checkBatch, DEFAULT_MARGIN_MS, enteredBatch } from "./options.ts";
import { receiveBatch } from "./received-batch.ts";
import type { RecordCall } from "./record-call.ts";
import { runRecords } from "./run-records.ts";
import { sqs } from "./sources/sqs.ts";
import type { SqsBatchResponse, SqsEvent, SqsRecord } from "./sources/sqs-event.ts";
import { sqsResponse } from "./sqs-response.ts";

export interface SqsBatchOptions<T> {
  /** How to read a message's body. Default: `json()`. */
  readonly body?: Decoder<T>;
  /** Messages under way at once. Default: 10. */
  readonly concurrency?: number;
  /**
   * Milliseconds before the call's deadline at which the batch answers, whatever its messages do. Default: 200. A
   * `deadline()` outside is counted from, not added to.
   */
  readonly marginMs?: number;
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
  checkOptions("sqsBatch", options, ["body", "concurrency", "marginMs"]);
  const { body = json<T>(), concurrency = 10, marginMs = DEFAULT_MARGIN_MS } = options;
  checkBatch("sqsBatch", fn, { body, concurrency, marginMs });
  const work = decodingRecord(sqs, body, fn);
  return async function sqsBatchFn(event, given) {
    const call = enteredBatch("sqsBatch", given);
    const batch = receiveBatch(sqs, event);
    return sqsResponse(batch, await runRecords(batch, work, call, { concurrency, marginMs }));
  };
}
