import { type Call, deriveCall, refusal, report, runtimeOf, scopeOf } from "../core/call.ts";
import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { Policy } from "../core/policy.ts";
import { sleep } from "../core/sleep.ts";
import { settled } from "../core/wrap.ts";
import { type Backoff, exponential } from "./backoff.ts";
import { mayRetry } from "./classify.ts";

export interface RetryOptions {
  /** Attempts in all, the first one included. Default: 3. */
  readonly maxAttempts?: number;
  /** How long to wait between them. Default: `exponential()`. */
  readonly backoff?: Backoff;
  /** Decides for errors of your own. Default: `mayRetry`: what says that it is not retryable is not retried. */
  readonly retryWhen?: (error: unknown) => boolean;
}

/**
 * Tries again after a failure, with growing, jittered waits.
 *
 * Stops when the error says that trying again cannot help, when the call is aborted (a wait ends at once and the
 * function is not called again), and when the next wait would end past the deadline: then the last error is thrown
 * right away, while there is still time to answer. An error's `retryAfterMs` is obeyed. Each attempt has its own
 * signal, which aborts when that attempt has failed, so nothing of it goes on beside the next one.
 *
 * @example
 * ```ts
 * const charge = wrap(callBank, retry({ maxAttempts: 4 }), timeout({ ms: 2_000 }));
 * ```
 */
export function retry(options: RetryOptions = {}): Policy {
  checkOptions("retry", options, ["maxAttempts", "backoff", "retryWhen"]);
  const { maxAttempts = 3, backoff = exponential(), retryWhen = mayRetry } = options;
  checkNumber("retry", "maxAttempts", maxAttempts, { min: 1, integer: true });
  if (typeof backoff?.delayMs !== "function") {
    throw new InvalidOptionError("retry", "backoff must be a backoff such as exponential()");
  }
  if (typeof retryWhen !== "function") throw new InvalidOptionError("retry", "retryWhen must be a function");

  /** The wait before the next attempt in ms, or why there is none. */
  function nextDelay(call: Call, error: unknown, attempt: number): number | string {
    if (attempt >= maxAttempts) return "attempts";
    if (!retryWhen(error)) return "terminal";
    const runtime = runtimeOf(call);
    const backoffMs = backoff.delayMs(attempt, runtime.random);
    const delayMs = Math.max(backoffMs > 0 ? backoffMs : 0, retryAfterMs(error));
    if (runtime.now() + delayMs >= call.deadlineMs) return "deadline";
    return refusal(call) === undefined ? delayMs : "aborted";
  }

  return {
    name: "retry",
    run(_input, call, next) {
      const begin = (attempt: number): ReturnType<typeof next> => {
        const own = deriveCall(call, { attempt });
        const scope = scopeOf(own);
        return settled((_, c: typeof own) => next(c), undefined, own).then(
          (result) => {
            scope.rest();
            return result;
          },
          async (error) => {
            scope.abort(error);
            const delayMs = nextDelay(call, error, attempt);
            if (typeof delayMs === "string") {
              if (attempt > 1) report(call, { type: "retry.gave-up", attempt, why: delayMs, error });
              throw error;
            }
            report(call, { type: "retry.attempt", attempt: attempt + 1, delayMs, error });
            await sleep(call, delayMs);
            return begin(attempt + 1);
          },
        );
      };
      return begin(1);
    },
  };
}

function retryAfterMs(error: unknown): number {
  const ms = (error as { readonly retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  return typeof ms === "number" && ms > 0 ? ms : 0;
}
