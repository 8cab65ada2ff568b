import { type Call, report } from "../../core/call.ts";
import { checkNumber } from "../../core/errors.ts";
import type { Fn } from "../../core/fn.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { RecordCall } from "../engine/record-call.ts";
import { BodyInvalidError } from "../errors.ts";
import type { BatchOptions } from "../options.ts";
import type { KinesisRecord } from "../sources/kinesis-event.ts";
import { checkFunctions, type TumblingWindowOptions, tumblingWindow } from "./tumbling-window.ts";
import type { KinesisWindowEvent, WindowResponse } from "./window-event.ts";

/** A window of event time, or the part of one, whose state is complete. */
export interface EventTimeWindow {
  /** The same whenever this part is closed, and no other's. */
  readonly id: string;
  /** Epoch milliseconds; the end is not part of it. */
  readonly startMs: number;
  readonly endMs: number;
  /**
   * Whether the watermark had passed the end. If not, the arrival window that carries the state was over first, and another
   * part of this window may follow.
   */
  readonly isComplete: boolean;
}

export interface EventTimeWindowOptions<T, S>
  extends Omit<BatchOptions<KinesisRecord>, "concurrency">,
    Pick<TumblingWindowOptions<T, S>, "body"> {
  /** How long a window is, in milliseconds; windows follow each other from the epoch on. */
  readonly lengthMs: number;
  /** How much later than the latest record another one may be, in milliseconds, and still be counted in its window. Default: 0. */
  readonly latenessMs?: number;
  /** When it happened, epoch milliseconds. */
  readonly timeOf: (input: T) => number;
  readonly initial: () => S;
  /** As `add` of `tumblingWindow`. */
  readonly add: (state: S, input: T, call: RecordCall<KinesisRecord>) => S | Promise<S>;
  /** Takes the state of a window that is over. */
  readonly close: (state: S, window: EventTimeWindow, call: Call) => Promise<unknown>;
  /** Takes a record that came after its window was closed. Default: it is left out, which is the fact `window.late`. */
  readonly late?: (input: T, call: RecordCall<KinesisRecord>) => Promise<unknown>;
}

/** What Lambda keeps between invocations: the windows that are open, by their beginning, and how far event time has come. */
interface Open<S> {
  readonly watermarkMs: number | null;
  readonly windows: Readonly<Record<string, S>>;
}

/**
 * Counts records by when they happened, not by when they arrived: a window is closed when the watermark (the latest time that was seen, less
 * `latenessMs`) has passed its end.
 *
 * The state of all open windows travels as the state of a `tumblingWindow`, of one shard, and ends with it. So a mapping's
 * `TumblingWindowInSeconds` should be several `lengthMs`, and a window that is still open then is closed as a part (`isComplete: false`): add parts up
 * where they are kept. Source: T. Akidau et al., "The Dataflow Model", VLDB 2015.
 *
 * @throws As `tumblingWindow`. A record without a time (NaN) fails.
 * @example
 * ```ts
 * const clicksPerMinute = eventTimeWindow({
 *   lengthMs: 60_000, latenessMs: 5_000, timeOf: (click: Click) => click.atMs,
 *   initial: () => ({ clicks: 0 }),
 *   add: (state, click) => ({ clicks: state.clicks + click.count }),
 *   close: ({ clicks }, window, call) => saveClicks(window.id, clicks, call),
 * });
 * ```
 */
export function eventTimeWindow<T, S>(
  options: EventTimeWindowOptions<T, S>,
): Fn<KinesisWindowEvent, WindowResponse, Call> {
  const where = "eventTimeWindow";
  const own = ["lengthMs", "latenessMs", "timeOf", "initial", "add", "close", "late"];
  checkRequiredOptions(where, options, [...own, "body", "marginMs", "poison"]);
  const { lengthMs, latenessMs = 0, timeOf, initial, add, close, late, ...rest } = options;
  checkNumber(where, "lengthMs", lengthMs, { min: 1 });
  checkNumber(where, "latenessMs", latenessMs, { min: 0 });
  checkFunctions(where, { timeOf, initial, add, close, late: late ?? timeOf });

  const endOf = (start: string): number => Number(start) + lengthMs;

  async function addInWindow(open: Open<S>, input: T, call: RecordCall<KinesisRecord>): Promise<Open<S>> {
    const atMs = timeOf(input);
    if (!Number.isFinite(atMs))
      throw new BodyInvalidError("one whose timeOf gives a time: milliseconds since the epoch");
    const start = String(Math.floor(atMs / lengthMs) * lengthMs);
    const watermarkMs = Math.max(open.watermarkMs ?? Number.NEGATIVE_INFINITY, atMs - latenessMs);
    if (endOf(start) <= (open.watermarkMs ?? Number.NEGATIVE_INFINITY)) {
      if (late === undefined)
        report(call, { type: "window.late", source: "kinesis", startMs: Number(start), atMs });
      else await late(input, call);
      return { ...open, watermarkMs };
    }
    const state = Object.hasOwn(open.windows, start) ? (open.windows[start] as S) : initial();
    const windows = { ...open.windows, [start]: await add(state, input, call) };
    return { watermarkMs, windows: await closePassed(windows, watermarkMs, call) };
  }

  /** In the order of their time. What was closed is left out. */
  async function closePassed(
    windows: Readonly<Record<string, S>>,
    watermarkMs: number,
    call: RecordCall<KinesisRecord>,
  ): Promise<Readonly<Record<string, S>>> {
    const { eventSourceARN, kinesis } = call.record;
    const part = `${eventSourceARN}/${kinesis.sequenceNumber}`;
    const left: Record<string, S> = {};
    for (const [start, state] of byTime(windows)) {
      if (endOf(start) > watermarkMs) left[start] = state;
      else await close(state, windowAt(start, part, true), call);
    }
    return left;
  }

  function windowAt(start: string, part: string, isComplete: boolean): EventTimeWindow {
    return { id: `${start}/${part}`, startMs: Number(start), endMs: endOf(start), isComplete };
  }

  return tumblingWindow<T, Open<S>>({
    ...rest,
    initial: () => ({ watermarkMs: null, windows: {} }),
    add: addInWindow,
    async close({ windows }, arrival, call) {
      for (const [start, state] of byTime(windows))
        await close(state, windowAt(start, arrival.id, false), call);
    },
  });
}

function byTime<S>(windows: Readonly<Record<string, S>>): readonly (readonly [string, S])[] {
  return Object.entries(windows).sort(([a], [b]) => Number(a) - Number(b));
}
