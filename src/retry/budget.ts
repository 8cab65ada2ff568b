import { checkNumber } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";

export interface RetryBudgetOptions {
  /** Retries that may be spent at once. Default: 3. */
  readonly tokens?: number;
  /** What a call that succeeds at its first attempt brings in. Default: 0.1: one retry for ten such calls. */
  readonly ratio?: number;
}

/**
 * Retries that are left to one process. Each retry takes a token; one that succeeds gives it back, and a call that succeeds at once
 * brings in a part of one. While a dependency is down there is nothing to bring in, and calls fail after one attempt.
 */
export interface RetryBudget {
  /** Takes a token, if there is one. */
  take(nowMs: number): boolean;
  /** A call has succeeded: after so many retries. */
  succeeded(retries: number): void;
}

/** A bucket that has been left alone for so long is full again: what was spent on the last trouble says nothing of the next. */
const FULL_AFTER_MS = 60_000;

/**
 * A budget that several `retry` policies share: of one dependency, say.
 *
 * One bucket of 500 tokens in each of 1,000 environments, as the AWS SDK has it, amplifies an outage threefold; so this one is small. Without
 * one, every `retry` has its own.
 *
 * @example
 * ```ts
 * const budget = retryBudget({ tokens: 5, ratio: 0.2 });
 * const charge = wrap(callBank, retry({ budget }), timeout({ ms: 2_000 }));
 * ```
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  checkOptions("retryBudget", options, ["tokens", "ratio"]);
  const { tokens: capacity = 3, ratio = 0.1 } = options;
  checkNumber("retryBudget", "tokens", capacity, { min: 1 });
  checkNumber("retryBudget", "ratio", ratio, { min: 0, max: 1 });
  let tokens = capacity;
  let lastTakenMs = Number.NEGATIVE_INFINITY;
  return {
    take(nowMs) {
      // A clock that was put back must not keep an empty bucket empty.
      if (Math.abs(nowMs - lastTakenMs) >= FULL_AFTER_MS) tokens = capacity;
      // Ten tenths are a little less than one.
      if (tokens < 1 - 1e-9) return false;
      lastTakenMs = nowMs;
      tokens -= 1;
      return true;
    },
    succeeded(retries) {
      if (tokens < capacity) tokens = Math.min(capacity, tokens + (retries === 0 ? ratio : 1));
    },
  };
}
