/** What an asynchronous event has been through so far. */
export interface AsyncProgress {
  /** Runs that ended in a function error. */
  readonly errors: number;
  /** Attempts refused for lack of concurrency. */
  readonly throttles: number;
  /** Milliseconds of the cloud's time since the event was accepted. */
  readonly ageMs: number;
}

export type AsyncDecision =
  | { readonly next: "retry"; readonly delayMs: number }
  | { readonly next: "give-up"; readonly condition: GiveUpCondition };

export type GiveUpCondition = "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency";

const MINUTE = 60_000;

/**
 * What Lambda does with an asynchronous event that failed or found no concurrency (AWS page 'How Lambda handles
 * errors and retries with asynchronous invocation'). Function errors are retried `maximumRetryAttempts` times,
 * after one minute and then two; throttled events wait from 1 second up to 5 minutes, doubling, for as long as
 * the event may live. An event whose next attempt would come after its maximum age is given up now.
 */
export function afterAsyncFailure(
  failure: "error" | "throttled",
  progress: AsyncProgress,
  config: {
    readonly maximumRetryAttempts: number;
    readonly maximumEventAgeSeconds: number;
    readonly reservedConcurrency?: number | undefined;
  },
): AsyncDecision {
  if (config.reservedConcurrency === 0) return { next: "give-up", condition: "ZeroReservedConcurrency" };
  if (failure === "error" && progress.errors > config.maximumRetryAttempts) {
    return { next: "give-up", condition: "RetriesExhausted" };
  }
  const delayMs =
    failure === "error"
      ? progress.errors * MINUTE
      : Math.min(5 * MINUTE, 1_000 * 2 ** Math.max(0, progress.throttles - 1));
  if (progress.ageMs + delayMs > config.maximumEventAgeSeconds * 1_000) {
    return { next: "give-up", condition: "EventAgeExceeded" };
  }
  return { next: "retry", delayMs };
}
