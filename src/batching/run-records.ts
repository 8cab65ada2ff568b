import { type Call, deriveCall, runtimeOf, scopeOf } from "../core/call.ts";
import { settled } from "../core/wrap.ts";
import { at } from "./at.ts";
import { EarlierRecordFailedError } from "./errors.ts";
import type { ReceivedBatch } from "./received-batch.ts";
import type { RecordCall } from "./record-call.ts";
import { closeRecord, openRecordCall, type RecordOutcome, reportBatch } from "./record-facts.ts";
import { scheduleOf } from "./schedule.ts";

export interface RunLimits {
  /** Records under way at once. */
  readonly concurrency: number;
  /** Milliseconds before the call's deadline at which the batch answers, whatever its records do. */
  readonly marginMs: number;
}

interface Running<Rec> {
  readonly call: RecordCall<Rec>;
  readonly startedMs: number;
}

/**
 * Runs every record of a batch and gives one outcome for each, in their order. Never rejects.
 *
 * When the call is over, or `marginMs` before its deadline, nothing more starts, what runs is aborted, and the
 * answer is given without it.
 */
export function runRecords<Rec>(
  batch: ReceivedBatch<Rec>,
  work: (record: Rec, call: RecordCall<Rec>) => Promise<unknown>,
  call: Call,
  limits: RunLimits,
): Promise<readonly RecordOutcome[]> {
  const { records, lanes } = batch;
  const runtime = runtimeOf(call);
  const beganMs = runtime.now();
  const schedule = scheduleOf(lanes);
  const running = new Map<number, Running<Rec>>();
  const outcomes = new Array<RecordOutcome | undefined>(records.length).fill(undefined);
  const common = deriveCall(call, { deadlineMs: call.deadlineMs - limits.marginMs });
  const scope = scopeOf(common);

  return new Promise((resolve) => {
    let answered = false;
    // `stop` is called at once when the call is over already.
    let leave = (): void => {};
    leave = scope.listen(stop);
    startWhatMay();

    function startWhatMay(): void {
      while (!answered && running.size < limits.concurrency) {
        const index = schedule.next();
        if (index === undefined) break;
        // Records that never leave the processor keep the deadline's timer from firing: only asking is reliable.
        const reason = scope.refusal();
        if (reason === undefined) start(index);
        else stop(reason);
      }
      if (!answered && running.size === 0) answer(() => new EarlierRecordFailedError());
    }

    function start(index: number): void {
      const own = openRecordCall(batch, index, common);
      running.set(index, { call: own, startedMs: runtime.now() });
      Promise.resolve(settled(work, at(records, index), own)).then(
        () => settle(index, "ok"),
        (error) => settle(index, "failed", { error }),
      );
    }

    function settle(index: number, outcome: RecordOutcome, why?: { readonly error: unknown }): void {
      const one = running.get(index);
      // Gone when the batch has answered without it.
      if (one === undefined) return;
      running.delete(index);
      outcomes[index] = outcome;
      schedule.settled(index, outcome === "ok");
      closeRecord(batch, index, one.call, { outcome, durationMs: runtime.now() - one.startedMs, ...why });
      startWhatMay();
    }

    /** Heard from the scope, and found by asking it, which makes the scope tell as well. */
    function stop(reason: unknown): void {
      if (answered) return;
      answered = true;
      for (const [index, one] of running) {
        outcomes[index] = "unfinished";
        scopeOf(one.call).abort(reason);
        const durationMs = runtime.now() - one.startedMs;
        closeRecord(batch, index, one.call, { outcome: "unfinished", durationMs, error: reason });
      }
      running.clear();
      answer(() => reason);
    }

    /** What has no outcome by now was not started. */
    function answer(why: () => unknown): void {
      answered = true;
      leave();
      const final = outcomes.map((outcome, index) => {
        if (outcome !== undefined) return outcome;
        const own = openRecordCall(batch, index, common);
        closeRecord(batch, index, own, { outcome: "not-started", durationMs: 0, error: why() });
        return "not-started";
      });
      reportBatch(batch, final, runtime.now() - beganMs, call);
      resolve(final);
    }
  });
}
