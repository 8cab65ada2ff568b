import { type Call, deriveCall, refusal, scopeOf } from "../../core/call.ts";
import type { Fn } from "../../core/fn.ts";
import { within } from "../../core/within.ts";
import { readingRecord } from "../decoding/decode-record.ts";
import { firstFailure } from "../engine/item-failures.ts";
import { receiveBatch } from "../engine/received-batch.ts";
import type { RecordCall } from "../engine/record-call.ts";
import { type RunLimits, runRecords } from "../engine/run-records.ts";
import { WrongEventError } from "../errors.ts";
import { type BatchOptions, enteredBatch } from "../options.ts";
import { settingAside } from "../poison.ts";
import type { BatchSource } from "../source.ts";
import type { WindowFields, WindowResponse } from "./window-event.ts";
import { readState, type WindowState, writeState } from "./window-state.ts";

/** A window, or the part of one, whose state is complete. */
export interface ClosedWindow {
  /**
   * The same whenever this part of this window is closed, and no other's: what to make the close idempotent by. Of a window without a record
   * there is no close.
   */
  readonly id: string;
  /** Epoch milliseconds; the end is not part of it. */
  readonly startMs: number;
  readonly endMs: number;
  readonly shardId: string | undefined;
  /** Records in its state. */
  readonly records: number;
  /** The window was ended before its time, as its state had become too large: another part of it may follow. */
  readonly isEarly: boolean;
}

export interface WindowOptions<T, S, Rec> extends Omit<BatchOptions<Rec>, "concurrency"> {
  /** The state of a window without records: plain data, as it travels as JSON. */
  readonly initial: () => S;
  /**
   * The state with one record more. It returns a new one, and leaves the one that it was given as it is: when the record fails that one is the
   * answer.
   */
  readonly add: (state: S, input: T, call: RecordCall<Rec>) => S | Promise<S>;
  /** Takes the state of a window that is over. When it rejects, Lambda invokes it again with the same. */
  readonly close: (state: S, window: ClosedWindow, call: Call) => Promise<unknown>;
}

/** One record after the other into a state, which Lambda hands from one invocation of the window to the next. */
export function windowFn<E extends WindowFields, T, S, Rec>(setup: {
  readonly where: string;
  readonly source: BatchSource<Rec>;
  readonly read: (record: Rec) => T | Promise<T>;
  readonly limits: RunLimits;
  readonly options: WindowOptions<T, S, Rec>;
}): Fn<E, WindowResponse, Call> {
  const { where, limits, options } = setup;
  const { initial, add, close, poison } = options;
  // All records change one state, so all of them are one lane.
  const source: BatchSource<Rec> = { ...setup.source, laneOf: () => () => "window" };

  return async function runWindow(event, given) {
    const call = enteredBatch(where, given);
    const batch = receiveBatch(source, event);
    checkWindow(source, event);
    let state = readState(event.state, initial);
    const work = readingRecord(setup.read, async (input: T, own: RecordCall<Rec>) => {
      const value = await add(state.value, input, own);
      // The batch has answered with the state before, and this record comes again.
      const reason = refusal(own);
      if (reason !== undefined) throw reason;
      state = { value, records: state.records + 1, last: String(source.identifier(own.record)) };
    });
    const whole = poison === undefined ? work : settingAside(source, poison, work);
    const end = await runRecords(batch, whole, call, { ...limits, concurrency: 1 });
    const { batchItemFailures } = firstFailure(batch, end);
    if (!isOver(event) || batchItemFailures.length > 0) {
      return { state: writeState(state), batchItemFailures };
    }
    await closeInTime(state, event, call);
    return { state: {}, batchItemFailures };
  };

  /** A window without a record has nothing to tell. */
  async function closeInTime(state: WindowState<S>, event: E, call: Call): Promise<void> {
    if (state.last === undefined) return;
    const window = closedWindow(event, state);
    await within(call, call.deadlineMs - limits.marginMs, undefined, async (outer) => {
      const own = deriveCall(outer);
      try {
        await close(state.value, window, own);
      } finally {
        scopeOf(own).end();
      }
    });
  }
}

/** An early end is one as well, whether it is called final or not: closed as a part, its state is neither lost nor counted twice. */
function isOver({ isFinalInvokeForWindow, isWindowTerminatedEarly }: WindowFields): boolean {
  return isFinalInvokeForWindow || isWindowTerminatedEarly === true;
}

function closedWindow(event: WindowFields, { records, last }: WindowState<unknown>): ClosedWindow {
  const { window, shardId, isWindowTerminatedEarly } = event;
  return {
    id: [shardId ?? "shard", window.start, last].join("/"),
    startMs: Date.parse(window.start),
    endMs: Date.parse(window.end),
    shardId,
    records,
    isEarly: isWindowTerminatedEarly === true,
  };
}

function checkWindow(source: BatchSource<never>, event: Partial<WindowFields>): void {
  const { window, isFinalInvokeForWindow } = event;
  if (
    typeof window?.start === "string" &&
    typeof window.end === "string" &&
    typeof isFinalInvokeForWindow === "boolean"
  ) {
    return;
  }
  throw new WrongEventError(
    `${source.expected}, with window, state and isFinalInvokeForWindow beside its Records`,
    "what came has no window: the event source mapping needs TumblingWindowInSeconds",
  );
}
