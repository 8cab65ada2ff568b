import type { Call } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { readingRecord } from "./decoding/decode-record.ts";
import { checkSchema } from "./decoding/decoder.ts";
import { checked, type StandardSchema } from "./decoding/standard-schema.ts";
import { batchFn } from "./engine/batch-fn.ts";
import type { RecordCall } from "./engine/record-call.ts";
import { rejectFailures } from "./engine/whole-event.ts";
import { type BatchOptions, checkedLimits } from "./options.ts";
import { eventBridge } from "./sources/eventbridge.ts";
import type { EventBridgeEvent } from "./sources/eventbridge-event.ts";

export interface EventBridgeEventsOptions<T> extends Omit<BatchOptions<EventBridgeEvent>, "concurrency"> {
  /** What the detail must be. Default: its type is believed. */
  readonly detail?: StandardSchema<T>;
}

/**
 * Turns a function of a detail into one of an EventBridge event, with what batches have: a decoded input, the event as
 * `call.record`, a margin before the deadline, and `poison`.
 *
 * For events that are defined, `onEvent` of `holdfast/events` checks source, type and version as well.
 *
 * @throws WrongEventError (`WRONG_EVENT`); RecordsFailedError (`RECORDS_FAILED`), whose cause is what the function threw.
 * @example
 * ```ts
 * export const handler = wrapHandler(eventBridgeEvents(storeOrder), logged());
 * ```
 */
export function eventBridgeEvents<T>(
  fn: Fn<T, unknown, RecordCall<EventBridgeEvent>>,
  options: EventBridgeEventsOptions<T> = {},
): Fn<EventBridgeEvent, void, Call> {
  const where = "eventBridgeEvents";
  const limits = checkedLimits(where, fn, options, { known: ["detail"] });
  const { detail: schema, poison } = options;
  checkSchema(where, schema);
  const read = ({ detail }: EventBridgeEvent): T | Promise<T> =>
    // Without a schema, the caller says what it is.
    schema === undefined ? (detail as T) : checked(schema, detail, "a detail");
  const work = readingRecord(read, fn);
  return batchFn({ where, source: eventBridge, work, limits, poison, respond: rejectFailures });
}
