import type { Call } from "../../core/call.ts";
import { InvalidOptionError } from "../../core/errors.ts";
import type { Fn } from "../../core/fn.ts";
import { bodyReader } from "../decoding/decode-record.ts";
import { type Decoder, json } from "../decoding/decoder.ts";
import { checkDecoder, checkedLimits } from "../options.ts";
import { kinesis } from "../sources/kinesis.ts";
import type { KinesisRecord } from "../sources/kinesis-event.ts";
import type { KinesisWindowEvent, WindowResponse } from "./window-event.ts";
import { type WindowOptions, windowFn } from "./window-fn.ts";

export interface TumblingWindowOptions<T, S> extends WindowOptions<T, S, KinesisRecord> {
  /** How to read a record's data. Default: `json()`. */
  readonly body?: Decoder<T>;
}

/**
 * Counts the records of a Kinesis shard together, window by window, by their time of arrival: `add` puts one record after the other into
 * a state that Lambda keeps, `close` takes it when the window is over.
 *
 * A record that fails stops the batch: the answer is the state before it, and from it on the shard comes again. Both functions may run again for the
 * same record or window; what `close` does should honour `window.id`. Lambda keeps 1 MiB of state for a window and shard: a larger one
 * is refused, with the batch that made it so.
 *
 * The event source mapping needs `TumblingWindowInSeconds` and `FunctionResponseTypes: [ReportBatchItemFailures]`.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs; WindowStateTooLargeError (`WINDOW_STATE_TOO_LARGE`); what `close` throws.
 * @example
 * ```ts
 * const clicksPerMinute = tumblingWindow({
 *   initial: () => ({ clicks: 0 }),
 *   add: (state, click: Click) => ({ clicks: state.clicks + click.count }),
 *   close: ({ clicks }, window, call) => saveClicks(window.id, clicks, call),
 * });
 * ```
 */
export function tumblingWindow<T, S>(
  options: TumblingWindowOptions<T, S>,
): Fn<KinesisWindowEvent, WindowResponse, Call> {
  const where = "tumblingWindow";
  const limits = checkedLimits(where, options?.close, options, {
    known: ["initial", "add", "close", "body"],
  });
  const { body = json<T>(), initial, add } = options;
  checkDecoder(where, "body", body);
  checkFunctions(where, { initial, add });
  return windowFn({ where, source: kinesis, read: bodyReader(kinesis, body), limits, options });
}

export function checkFunctions(where: string, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(functions)) {
    if (typeof value !== "function") throw new InvalidOptionError(where, `${name} must be a function`);
  }
}
