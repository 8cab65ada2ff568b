import { type Call, deriveCall, isObserved, runtimeOf, scopeOf } from "../../core/call.ts";
import { at } from "../at.ts";
import { EarlierRecordFailedError } from "../errors.ts";
import { SetAside } from "../set-aside.ts";
import type { ReceivedBatch } from "./received-batch.ts";
import type { RecordCall } from "./record-call.ts";
import {
  isDone,
  type RecordOutcome,
  recordCalls,
  reportBatch,
  reportNotStarted,
  reportRecord,
} from "./record-facts.ts";
import { scheduleOf } from "./schedule.ts";

export interface RunLimits {
  /** Records under way at once. */
  readonly concurrency: number;
  /** Milliseconds before the call's deadline at which the batch answers, whatever its records do. */
  readonly marginMs: number;
}

/** How a batch ended. */
export interface BatchEnd {
  /** One for each record, in their order. */
  readonly outcomes: readonly RecordOutcome[];
  /** Where the first record is that comes again; `Infinity` when none does. */
  readonly firstFailed: number;
  /** Why it does: what it threw, or what kept it from its end. */
  readonly firstError: unknown;
}

/** One of those that take one record after the other, and what it is at. */
interface Worker<Rec> {
  index: number;
  call: RecordCall<Rec> | undefined;
  startedMs: number;
}

/** Turns of the microtask queue after which a batch listens for its call's end; until then it asks. */
const TURNS_UNHEARD = 8;

/** Records in a row that may start without a look at the clock. */
const MOST_UNASKED = 15;
/** So near to its end a batch asks before every record. */
const NEAR_MS = 1_000;

/** What a record's work may be: usually a promise of anything. */
export type Work<Rec> = (record: Rec, call: RecordCall<Rec>) => unknown;

/**
 * Runs every record of a batch and gives one outcome for each, in their order. Never rejects.
 *
 * When the call is over, or `marginMs` before its deadline, nothing more starts, what runs is aborted, and the
 * answer is given without it. As many workers as `concurrency` take one record after the other, so that what a batch
 * costs beside its own list is theirs, however long it is.
 */
export function runRecords<Rec>(
  batch: ReceivedBatch<Rec>,
  work: Work<Rec>,
  call: Call,
  limits: RunLimits,
): Promise<BatchEnd> {
  const { records } = batch;
  const runtime = runtimeOf(call);
  const schedule = scheduleOf(batch);
  const outcomes = new Array<RecordOutcome>(records.length).fill("not-started");
  const common = deriveCall(call, { deadlineMs: call.deadlineMs - limits.marginMs });
  const scope = scopeOf(common);
  const callOf = recordCalls(batch, common);
  // What nobody hears is not put together: of a large batch that would be most of the cost.
  const isHeard = isObserved(call);
  const workers: Worker<Rec>[] = [];
  let firstFailed = Number.POSITIVE_INFINITY;
  let firstError: unknown;
  let atWork = 0;
  let started = 0;
  let answered = false;
  let isListening = false;
  const beganMs = runtime.now();
  let nowMs = beganMs;
  let mayBeUnasked = 1;
  let unasked = 1;

  return new Promise((resolve) => {
    let leave = (): void => {};
    const reason = scope.refusalAt(beganMs);
    if (reason !== undefined) stop(reason);
    while (atWork < limits.concurrency) {
      const first = take();
      if (first === undefined) break;
      atWork += 1;
      const worker: Worker<Rec> = { index: first, call: undefined, startedMs: 0 };
      workers.push(worker);
      void runOneAfterOther(worker);
    }
    answerWhenIdle();
    void listenSoon();

    /** Most small batches are done before anything could interrupt them: they need no timer, and no place in the scope's list. */
    async function listenSoon(): Promise<void> {
      for (let turn = 0; turn < TURNS_UNHEARD && !answered; turn += 1) await undefined;
      if (answered) return;
      isListening = true;
      // `stop` is called at once when the call is over by now.
      leave = scope.listen(stop, () => {
        const reason = scope.refusal();
        if (reason !== undefined) stop(reason);
      });
    }

    /** Undefined when there is nothing for this worker any more: see `Schedule.settled`. */
    function take(): number | undefined {
      if (!answered) lookAtClock();
      return answered ? undefined : schedule.next();
    }

    /**
     * Records that never leave the processor keep the deadline's timer from firing: only asking is reliable. To ask for each
     * costs as much as the rest of its start, so where several start within a millisecond, and the end is far, fewer and fewer ask.
     */
    function lookAtClock(): void {
      if (unasked > 0) {
        unasked -= 1;
        return;
      }
      const lastMs = nowMs;
      nowMs = runtime.now();
      const reason = isListening && nowMs < scope.boundMs ? undefined : scope.refusalAt(nowMs);
      if (reason !== undefined) stop(reason);
      const isFar = nowMs + NEAR_MS < scope.boundMs;
      mayBeUnasked = isFar && nowMs === lastMs ? Math.min(2 * mayBeUnasked + 1, MOST_UNASKED) : 0;
      unasked = mayBeUnasked;
    }

    async function runOneAfterOther(worker: Worker<Rec>): Promise<void> {
      for (let index: number | undefined = worker.index; index !== undefined; index = take()) {
        started += 1;
        worker.index = index;
        const own = callOf(index);
        worker.call = own;
        if (isHeard) worker.startedMs = runtime.now();
        let outcome: RecordOutcome = "ok";
        let error: unknown;
        try {
          const result = await work(at(records, index), own);
          if (result instanceof SetAside) {
            outcome = "set-aside";
            error = result.error;
          }
        } catch (thrown) {
          outcome = "failed";
          error = thrown;
        }
        if (answered) return;
        worker.call = undefined;
        end(worker, own, outcome, error);
        schedule.settled(index, isDone(outcome));
      }
      atWork -= 1;
      answerWhenIdle();
    }

    function end(
      { index, startedMs }: Worker<Rec>,
      own: RecordCall<Rec>,
      outcome: RecordOutcome,
      error: unknown,
    ): void {
      outcomes[index] = outcome;
      if (!isDone(outcome)) noteFailure(index, error);
      if (isHeard) reportRecord(batch, index, own, { outcome, durationMs: runtime.now() - startedMs, error });
      scopeOf(own).end();
    }

    function noteFailure(index: number, error: unknown): void {
      if (index >= firstFailed) return;
      firstFailed = index;
      firstError = error;
    }

    /** Heard from the scope, and found by asking it, which makes the scope tell as well. */
    function stop(reason: unknown): void {
      if (answered) return;
      answered = true;
      for (const worker of workers) {
        if (worker.call === undefined) continue;
        scopeOf(worker.call).abort(reason);
        end(worker, worker.call, "unfinished", reason);
      }
      answer(() => reason);
    }

    function answerWhenIdle(): void {
      if (!answered && atWork === 0) answer(() => new EarlierRecordFailedError());
    }

    function answer(why: () => unknown): void {
      answered = true;
      leave();
      if (started < records.length) endTheRest(why);
      if (isHeard) reportBatch(batch, outcomes, runtime.now() - beganMs, call);
      resolve({ outcomes, firstFailed, firstError });
    }

    function endTheRest(why: () => unknown): void {
      outcomes.forEach((outcome, index) => {
        if (outcome !== "not-started") return;
        const error = isHeard || index < firstFailed ? why() : undefined;
        noteFailure(index, error);
        if (isHeard) reportNotStarted(batch, index, callOf(index), error);
      });
    }
  });
}
