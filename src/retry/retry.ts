import { type Call, deriveCall, refusal, report, runtimeOf, scopeOf } from "../core/call.ts";
import { checkNumber, hasCode, InvalidOptionError } from "../core/errors.ts";
import { dropRejection } from "../core/observer.ts";
import { checkOptions } from "../core/options.ts";
import type { Policy } from "../core/policy.ts";
import { sleep } from "../core/sleep.ts";
import { within } from "../core/within.ts";
import { started } from "../core/wrap.ts";
import { type Backoff, exponential } from "./backoff.ts";
import { DEFAULT_TOKENS, type RetryBudget, retryBudget } from "./budget.ts";
import { classify } from "./classify.ts";
import type { GaveUp, RetryAttempt, RetryFact, WhyNoRetry } from "./facts.ts";
import { retryAfterMs } from "./retry-after.ts";

export interface RetryOptions {
  /** Attempts in all, the first one included. Default: 3. */
  readonly maxAttempts?: number;
  /** No attempt begins later than so many milliseconds after the first one. Default: no such limit, besides the call's deadline. */
  readonly maxElapsedMs?: number;
  /** How long to wait between them. Default: `exponential()`. */
  readonly backoff?: Backoff;
  /** Decides for errors of your own. Default: `mayRetry`. */
  readonly retryWhen?: (error: unknown) => boolean;
  /**
   * How many retries this process may spend: `retryBudget(…)`, to be shared; false: as many as there are attempts. Default: a budget of its own
   * of three tokens, or as many as one call may need, which calls that succeed fill again, and a minute without a retry.
   */
  readonly budget?: RetryBudget | false;
  /** Is told of every wait before it begins, and of giving up; what it throws is dropped. */
  readonly onRetry?: (attempt: RetryAttempt, call: Call) => unknown;
  readonly onGiveUp?: (end: GaveUp, call: Call) => unknown;
}

/**
 * Tries again after a failure, with growing, jittered waits.
 *
 * Stops when the error says that trying again cannot help (`classify` says why), when the call is aborted (a wait ends at once and the
 * function is not called again), when a circuit breaker inside is open (`CIRCUIT_OPEN`), when the budget is spent, and when the next wait
 * would end past the deadline, or past `maxElapsedMs`: then the last error is thrown right away, while there is still time to answer. What
 * the other side asks to wait is waited for (`retryAfterMs`, `Retry-After`). Each attempt has its own signal, which aborts when that
 * attempt has failed, so nothing of it goes on beside the next one. It settles by the call's deadline, whatever an attempt does.
 *
 * @example
 * ```ts
 * const charge = wrap(callBank, retry({ maxAttempts: 4 }), timeout({ ms: 2_000 }));
 * ```
 */
export function retry(options: RetryOptions = {}): Policy {
  checkRetryOptions(options);
  const { maxAttempts = 3, maxElapsedMs, backoff = exponential(), retryWhen, onRetry, onGiveUp } = options;
  // One call may always make the attempts that it was promised.
  const ownTokens = Math.max(DEFAULT_TOKENS, maxAttempts - 1);
  const budget =
    options.budget === false ? undefined : (options.budget ?? retryBudget({ tokens: ownTokens }));

  /** The wait before the next attempt in ms, or why there is none. */
  function nextDelay(call: Call, error: unknown, of: Attempts): number | WhyNoRetry {
    if (hasCode(error, "CIRCUIT_OPEN")) return "circuit-open";
    const runtime = runtimeOf(call);
    const nowMs = runtime.now();
    // A lease that is kept up moves on; what the call cannot outlive does not.
    const { hardBoundMs } = scopeOf(call);
    // What an attempt fails with that was called off says nothing of the other side.
    if (nowMs < hardBoundMs && refusal(call) !== undefined) return "aborted";
    if (of.attempt >= maxAttempts) return "attempts";
    if (!(retryWhen?.(error) ?? classify(error).retryable)) return "terminal";
    const backoffMs = backoff.delayMs(of.attempt, runtime.random, of.lastMs);
    const delayMs = Math.max(backoffMs > 0 ? backoffMs : 0, retryAfterMs(error, nowMs) ?? 0);
    if (nowMs + delayMs >= hardBoundMs) return "deadline";
    if (maxElapsedMs !== undefined && nowMs + delayMs - of.beganMs > maxElapsedMs) return "elapsed";
    return budget === undefined || budget.take(runtime) ? delayMs : "budget";
  }

  function tell(fact: RetryAttempt | GaveUp, call: Call): void {
    const told: RetryFact =
      "why" in fact ? { type: "retry.gave-up", ...fact } : { type: "retry.attempt", ...fact };
    report(call, told);
    try {
      dropRejection("why" in fact ? onGiveUp?.(fact, call) : onRetry?.(fact, call));
    } catch {
      // A hook's failure must never reach the caller.
    }
  }

  function begin<T, C extends Call>(of: Attempts, call: C, next: (call: C) => Promise<T>): Promise<T> {
    const own = deriveCall(call, of);
    const scope = scopeOf(own);
    return started(next, own).then(
      (result) => {
        scope.rest();
        budget?.succeeded(scope.runtime, of.attempt - 1);
        return result;
      },
      (error) => {
        scope.abort(error);
        return failed(error, of, call, next);
      },
    );
  }

  async function failed<T, C extends Call>(
    error: unknown,
    of: Attempts,
    call: C,
    next: (call: C) => Promise<T>,
  ): Promise<T> {
    const { attempt } = of;
    let delayMs: number | WhyNoRetry;
    try {
      delayMs = nextDelay(call, error, of);
    } catch {
      // retryWhen or a backoff has failed: what the caller must know is why the attempt did.
      tell({ attempt, why: "terminal", error, reason: "it could not be judged" }, call);
      throw error;
    }
    if (typeof delayMs === "string") {
      if (attempt > 1 || LIMITS.has(delayMs)) {
        tell({ attempt, why: delayMs, error, reason: classify(error).reason }, call);
      }
      throw error;
    }
    tell({ attempt: attempt + 1, delayMs, error, reason: classify(error).reason }, call);
    try {
      await sleep(call, delayMs);
    } catch (reason) {
      budget?.giveBack(runtimeOf(call));
      throw reason;
    }
    return begin({ attempt: attempt + 1, beganMs: of.beganMs, lastMs: delayMs }, call, next);
  }

  return {
    name: "retry",
    run(_input, given, next) {
      const first = maxElapsedMs === undefined ? FIRST : { ...FIRST, beganMs: runtimeOf(given).now() };
      const { hardBoundMs } = scopeOf(given);
      if (hardBoundMs === Number.POSITIVE_INFINITY) return begin(first, given, next);
      // An attempt that does not listen is left behind when the time is up.
      return within(given, hardBoundMs, undefined, (call) => begin(first, call, next));
    },
  };
}

/** How far a call has come. */
interface Attempts {
  readonly attempt: number;
  readonly beganMs: number;
  /** The wait before this attempt. */
  readonly lastMs: number;
}

/** What cuts a first attempt's retries off, and not the error itself. */
const LIMITS: ReadonlySet<WhyNoRetry> = new Set(["deadline", "elapsed", "budget"]);

const FIRST: Attempts = { attempt: 1, beganMs: 0, lastMs: 0 };

function checkRetryOptions(options: RetryOptions): void {
  checkOptions("retry", options, [
    "maxAttempts",
    "maxElapsedMs",
    "backoff",
    "retryWhen",
    "budget",
    "onRetry",
    "onGiveUp",
  ]);
  const { maxAttempts = 3, maxElapsedMs = 0, backoff, budget } = options;
  checkNumber("retry", "maxAttempts", maxAttempts, { min: 1, integer: true });
  checkNumber("retry", "maxElapsedMs", maxElapsedMs, { min: 0 });
  if (backoff !== undefined && typeof backoff?.delayMs !== "function") {
    throw new InvalidOptionError("retry", "backoff must be a backoff such as exponential()");
  }
  if (budget !== undefined && budget !== false && typeof budget?.take !== "function") {
    throw new InvalidOptionError("retry", "budget must be retryBudget(…), or false");
  }
  for (const name of ["retryWhen", "onRetry", "onGiveUp"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw new InvalidOptionError("retry", `${name} must be a function`);
    }
  }
}
