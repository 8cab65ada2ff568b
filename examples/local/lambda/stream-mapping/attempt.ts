import type { Verdict } from "./checkpoint.ts";

/** Records on their way through the function together. */
export interface Attempt<R> {
  readonly records: readonly R[];
  /** Failures that used up retries. */
  readonly failures: number;
  /** Times the function ran with these records. */
  readonly invocations: number;
}

export interface RetrySettings {
  readonly bisectOnFunctionError: boolean;
  /** -1: without end. */
  readonly maximumRetryAttempts: number;
}

/** What follows an invocation: `again` comes before everything that waits, in this order. */
export interface Step<R> {
  readonly done: readonly R[];
  readonly again: readonly Attempt<R>[];
  /** Retried as often as may be. */
  readonly discarded?: Attempt<R>;
}

export function firstAttempt<R>(records: readonly R[]): Attempt<R> {
  return { records, failures: 0, invocations: 0 };
}

/**
 * The retry policy of a stream. A batch that could not be given to the function is tried again without counting.
 * Bisecting cuts a failed batch at its checkpoint, or in halves where that is its first record; cutting uses up no
 * retry ('BisectBatchOnFunctionError': splitting batches does not consume the retry quota).
 */
export function afterInvocation<R>(attempt: Attempt<R>, verdict: Verdict, settings: RetrySettings): Step<R> {
  const { records, failures } = attempt;
  if (verdict.next === "done") return { done: records, again: [] };
  if (!verdict.ran) return { done: [], again: [attempt] };
  const invocations = attempt.invocations + 1;
  const done = records.slice(0, verdict.from);
  const left = records.slice(verdict.from);
  if (settings.bisectOnFunctionError && verdict.from > 0) {
    return { done, again: [{ records: left, failures, invocations }] };
  }
  if (settings.bisectOnFunctionError && left.length > 1) {
    const middle = Math.ceil(left.length / 2);
    const halves = [left.slice(0, middle), left.slice(middle)];
    return { done, again: halves.map((half) => ({ records: half, failures, invocations })) };
  }
  const tried: Attempt<R> = { records: left, failures: failures + 1, invocations };
  const exhausted = settings.maximumRetryAttempts >= 0 && tried.failures > settings.maximumRetryAttempts;
  return exhausted ? { done, again: [], discarded: tried } : { done, again: [tried] };
}

/** Takes out the records at the beginning that are too old; a shard's records grow younger. */
export function withoutOld<R>(
  attempt: Attempt<R>,
  isTooOld: (record: R) => boolean,
): { readonly old: readonly R[]; readonly left: Attempt<R> } {
  const young = attempt.records.findIndex((record) => !isTooOld(record));
  const cut = young === -1 ? attempt.records.length : young;
  return { old: attempt.records.slice(0, cut), left: { ...attempt, records: attempt.records.slice(cut) } };
}

/** A second, doubled with each failure in a row, up to a minute: in milliseconds of the cloud's time. */
export function backoffMs(failuresInARow: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(failuresInARow - 1, 6));
}
