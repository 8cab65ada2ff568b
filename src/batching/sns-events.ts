import type { Call } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { bodyReader, readingRecord } from "./decoding/decode-record.ts";
import { type Decoder, json } from "./decoding/decoder.ts";
import { batchFn } from "./engine/batch-fn.ts";
import type { RecordCall } from "./engine/record-call.ts";
import { rejectFailures } from "./engine/whole-event.ts";
import { type BatchOptions, checkDecoder, checkedLimits } from "./options.ts";
import { sns } from "./sources/sns.ts";
import type { SnsEvent, SnsRecord } from "./sources/sns-event.ts";

export interface SnsEventsOptions<T> extends BatchOptions<SnsRecord> {
  /** How to read a message. Default: `json()`. */
  readonly body?: Decoder<T>;
}

/**
 * Turns a function of one message into one of an SNS event.
 *
 * SNS knows no partial response: all messages are run (in practice an event has one), then the call rejects when any failed, and
 * Lambda sends the event again. For messages that a topic puts into a queue: `sqsBatch` with `snsMessage(json())`.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs; RecordsFailedError (`RECORDS_FAILED`).
 * @example
 * ```ts
 * export const handler = wrapHandler(snsEvents(storeOrder), logged());
 * ```
 */
export function snsEvents<T>(
  fn: Fn<T, unknown, RecordCall<SnsRecord>>,
  options: SnsEventsOptions<T> = {},
): Fn<SnsEvent, void, Call> {
  const where = "snsEvents";
  const limits = checkedLimits(where, fn, options, { known: ["body"] });
  const { body = json<T>(), poison } = options;
  checkDecoder(where, "body", body);
  const work = readingRecord(bodyReader(sns, body), fn);
  return batchFn({ where, source: sns, work, limits, poison, respond: rejectFailures });
}
