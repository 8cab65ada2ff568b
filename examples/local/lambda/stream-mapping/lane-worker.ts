import type { CloudClock, Observe } from "../../services.ts";
import type { StreamMapping } from "../../template/stack.ts";
import type { InvokeResult } from "../invocation.ts";
import { limits } from "../limits.ts";
import { pause } from "../pause.ts";
import { type Attempt, afterInvocation, backoffMs, firstAttempt, withoutOld } from "./attempt.ts";
import { cutBatch } from "./batch.ts";
import type { BatchInvoke } from "./batch-invoke.ts";
import { createBell } from "./bell.ts";
import { type Verdict, verdictOf } from "./checkpoint.ts";
import type { Discard } from "./discard.ts";
import type { StreamRecord, StreamSource } from "./source.ts";
import {
  afterAnswer,
  inOneWindow,
  isOver,
  MAX_STATE_BYTES,
  type OpenWindow,
  stateBytes,
  windowFields,
  windowOf,
} from "./tumbling-window.ts";

/** Room for what stands around the records of a window's event. */
const WINDOW_FIELDS_BYTES = 4_096;

/** Works on one shard, or on the part of it that is this lane's: one batch at a time, in order. */
export interface LaneWorker {
  /** Takes what was read; also told when nothing was, since a window may be over now. */
  take(records: readonly StreamRecord[]): void;
  /** Records taken and neither done nor discarded, and the window that is still open. */
  outstanding(): number;
  /** Settles once the signal has ended the work. */
  readonly ended: Promise<void>;
}

export function startLane(options: {
  readonly mapping: StreamMapping;
  readonly source: StreamSource;
  readonly shardId: string;
  /** How far the shard was read: at which real millisecond, and whether to its end. */
  readonly progress: () => { readonly atMs: number; readonly ended: boolean };
  /** Asks for the shard to be read. */
  readonly readOn: () => void;
  readonly batchInvoke: BatchInvoke;
  readonly discard: Discard;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}): LaneWorker {
  const { mapping, source, shardId, batchInvoke, clock, observe, signal } = options;
  const real = (cloudMs: number): number => cloudMs / clock.speed;
  const tumbling = mapping.tumblingWindowSeconds > 0;
  const windowMs = real(mapping.tumblingWindowSeconds * 1_000);
  const batchBytes = limits.batchPayloadBytes - (tumbling ? MAX_STATE_BYTES + WINDOW_FIELDS_BYTES : 0);
  const maxAgeMs =
    mapping.maximumRecordAgeSeconds < 0
      ? source.retentionMs
      : Math.min(source.retentionMs, mapping.maximumRecordAgeSeconds * 1_000);
  const ageMs = (sinceMs: number): number => (clock.now() - sinceMs) * clock.speed;
  const bell = createBell(clock, signal);

  const waiting: { readonly record: StreamRecord; readonly seenAtMs: number }[] = [];
  let begun: readonly Attempt<StreamRecord>[] = [];
  let open: OpenWindow | undefined;
  let unsettled = 0;
  let duplicates = 0;
  let failuresInARow = 0;
  let lastFailure: InvokeResult | undefined;

  function batchDueAtMs(): number | undefined {
    const oldest = waiting[0];
    return oldest === undefined ? undefined : oldest.seenAtMs + real(mapping.windowSeconds * 1_000);
  }

  function nextBatch(): Attempt<StreamRecord> | undefined {
    const next = waiting.slice(0, mapping.batchSize + 1).map(({ record }) => record);
    const possible = tumbling ? inOneWindow(next, open, windowMs) : next;
    const { count, full } = cutBatch(possible, mapping.batchSize, batchBytes);
    if (count === 0) return undefined;
    const complete = full || possible.length < next.length || options.progress().ended;
    if (!complete && clock.now() < (batchDueAtMs() ?? 0)) return undefined;
    const records = waiting.splice(0, count).map(({ record }) => record);
    const [first] = records;
    if (tumbling && first !== undefined) {
      open ??= { window: windowOf(first.arrivedAtMs, windowMs), state: {} };
    }
    return firstAttempt(records);
  }

  function windowIsOver(): boolean {
    return open !== undefined && isOver(open, waiting[0]?.record, options.progress());
  }

  function fieldsOf(final: boolean, early: boolean) {
    return open === undefined
      ? {}
      : windowFields(open, { shardId, streamArn: source.streamArn, final, early });
  }

  async function perform(attempt: Attempt<StreamRecord>): Promise<void> {
    const { old, left } = withoutOld(attempt, ({ arrivedAtMs }) => ageMs(arrivedAtMs) > maxAgeMs);
    if (old.length > 0) {
      // The last failure is of these records only if the function ever ran with them.
      const { invocations } = attempt;
      await giveUp(old, "RecordAgeExceeded", invocations, invocations === 0 ? undefined : lastFailure);
    }
    if (left.records.length === 0) return;
    const fields = fieldsOf(false, false);
    const result = await batchInvoke.run(left.records, left.invocations + 1, fields);
    if (signal.aborted) return;
    const verdict = answered(result, judge(result, left.records));
    const step = afterInvocation(left, verdict, mapping);
    begun = [...step.again, ...begun];
    unsettled -= step.done.length;
    if (verdict.next === "done") {
      failuresInARow = 0;
      lastFailure = undefined;
      if (open !== undefined && stateBytes(open.state) > MAX_STATE_BYTES) await endWindow(true);
      duplicates += 1;
      await batchInvoke.duplicate(left.records, left.invocations + 1, fields);
      duplicates -= 1;
      return;
    }
    if (step.discarded !== undefined) {
      await giveUp(step.discarded.records, "RetryAttemptsExhausted", step.discarded.invocations, result);
      failuresInARow = 0;
      return;
    }
    lastFailure = result;
    failuresInARow = step.done.length > 0 ? 1 : failuresInARow + 1;
    if (step.again.length > 0) await pause(clock, real(backoffMs(failuresInARow)), signal);
  }

  function judge(result: InvokeResult, records: readonly StreamRecord[]): Verdict {
    const numbers = records.map(({ sequenceNumber }) => sequenceNumber);
    return verdictOf(result, numbers, mapping.reportBatchItemFailures);
  }

  function answered(result: InvokeResult, verdict: Verdict): Verdict {
    if (open === undefined) return verdict;
    const after = afterAnswer(open, result, verdict);
    open = after.open;
    return after.verdict;
  }

  /** The last invocation of a window, with its state and without records. It is retried as a batch would be. */
  async function endWindow(early: boolean): Promise<void> {
    let attempt = firstAttempt<StreamRecord>([]);
    while (open !== undefined && !signal.aborted) {
      const result = await batchInvoke.run([], attempt.invocations + 1, fieldsOf(true, early));
      if (signal.aborted) return;
      const verdict = judge(result, []);
      const [retry] = afterInvocation(attempt, verdict, mapping).again;
      if (retry === undefined || ageMs(open.window.endMs) > maxAgeMs) {
        if (verdict.next === "again") {
          const reason = `the state of a window of ${shardId} was given up after ${attempt.invocations + 1} invocations`;
          observe({ type: "dropped", from: source.name, reason });
        }
        open = early ? { window: open.window, state: {} } : undefined;
        failuresInARow = 0;
        return;
      }
      attempt = retry;
      failuresInARow += 1;
      await pause(clock, real(backoffMs(failuresInARow)), signal);
    }
  }

  async function giveUp(
    records: readonly StreamRecord[],
    condition: "RetryAttemptsExhausted" | "RecordAgeExceeded",
    invocations: number,
    last: InvokeResult | undefined,
  ): Promise<void> {
    await options.discard(shardId, {
      records,
      condition,
      invocations,
      ...(last === undefined ? {} : { last }),
    });
    unsettled -= records.length;
  }

  async function work(): Promise<void> {
    let idle = true;
    while (!signal.aborted) {
      const [retried, ...later] = begun;
      begun = later;
      const attempt = retried ?? nextBatch();
      if (attempt !== undefined) await perform(attempt);
      else if (windowIsOver()) await endWindow(false);
      else {
        // After work there may be more, and a child shard may be waiting for this one.
        if (!idle && unsettled === 0) options.readOn();
        await untilDue();
        idle = true;
        continue;
      }
      idle = false;
    }
  }

  /** Until something is taken, a batching window is over, or a tumbling window is. */
  async function untilDue(): Promise<void> {
    const nowMs = clock.now();
    const windowEndMs = open?.window.endMs;
    if (windowEndMs !== undefined && waiting.length === 0 && nowMs >= windowEndMs) options.readOn();
    const dueMs = [batchDueAtMs(), windowEndMs].filter((at) => at !== undefined).filter((at) => at > nowMs);
    await bell.wait(dueMs.length === 0 ? undefined : Math.min(...dueMs) - nowMs);
  }

  const ended = work();
  return {
    take(records) {
      const seenAtMs = clock.now();
      unsettled += records.length;
      for (const record of records) waiting.push({ record, seenAtMs });
      bell.ring();
    },
    outstanding: () => unsettled + duplicates + (open === undefined ? 0 : 1),
    ended,
  };
}
