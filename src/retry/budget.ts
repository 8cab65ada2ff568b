import { checkNumber } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { Runtime } from "../core/runtime/runtime.ts";

export const DEFAULT_TOKENS = 3;

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
  take(runtime: Runtime): boolean;
  /** The retry that a token was taken for is not sent. */
  giveBack(runtime: Runtime): void;
  /** A call has succeeded: after so many retries. */
  succeeded(runtime: Runtime, retries: number): void;
}

/** A bucket that has been left alone for so long is full again: what was spent on the last trouble says nothing of the next. */
const FULL_AFTER_MS = 60_000;

interface Bucket {
  tokens: number;
  lastTakenMs: number;
}

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
  const { tokens: capacity = DEFAULT_TOKENS, ratio = 0.1 } = options;
  checkNumber("retryBudget", "tokens", capacity, { min: 1 });
  checkNumber("retryBudget", "ratio", ratio, { min: 0, max: 1 });
  /** A process has one runtime; a test that plays several processes gives each its own, and so its own bucket. */
  const buckets = new WeakMap<Runtime, Bucket>();
  /** Until somebody has retried, nobody need look. */
  let isTouched = false;

  function bucketOf(runtime: Runtime): Bucket {
    const known = buckets.get(runtime);
    if (known !== undefined) return known;
    const full = { tokens: capacity, lastTakenMs: Number.NEGATIVE_INFINITY };
    buckets.set(runtime, full);
    return full;
  }

  function bringIn(runtime: Runtime, tokens: number): void {
    const bucket = isTouched ? buckets.get(runtime) : undefined;
    if (bucket === undefined || bucket.tokens >= capacity) return;
    bucket.tokens = Math.min(capacity, bucket.tokens + tokens);
  }

  return {
    take(runtime) {
      isTouched = true;
      const bucket = bucketOf(runtime);
      const nowMs = runtime.now();
      // A clock that was put back must not keep an empty bucket empty.
      if (Math.abs(nowMs - bucket.lastTakenMs) >= FULL_AFTER_MS) bucket.tokens = capacity;
      // Ten tenths are a little less than one.
      if (bucket.tokens < 1 - 1e-9) return false;
      bucket.lastTakenMs = nowMs;
      bucket.tokens -= 1;
      return true;
    },
    giveBack: (runtime) => bringIn(runtime, 1),
    succeeded: (runtime, retries) => bringIn(runtime, retries === 0 ? ratio : 1),
  };
}
