import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";

/** How long to wait after the nth failed attempt, n from 1. A pure value: chance comes in as an argument. */
export interface Backoff {
  delayMs(failedAttempts: number, random: () => number): number;
}

export interface ExponentialOptions {
  /** The longest wait after the first failure. Default: 100. */
  readonly initialDelayMs?: number;
  /** No wait is longer. Default: 20,000. */
  readonly maxDelayMs?: number;
  /** How much longer each next one may be. Default: 2. */
  readonly factor?: number;
  /** `full`: anywhere between nothing and the limit, which keeps a crowd apart best. `none`: the limit. */
  readonly jitter?: "full" | "none";
}

/**
 * Doubles the limit with every failure, caps it, and then draws the wait from below it.
 *
 * Capped first and jittered afterwards: jitter before the cap piles the crowd up on the cap.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 *
 * @example
 * ```ts
 * retry({ maxAttempts: 5, backoff: exponential({ initialDelayMs: 50, maxDelayMs: 2_000 }) });
 * ```
 */
export function exponential(options: ExponentialOptions = {}): Backoff {
  checkOptions("exponential", options, ["initialDelayMs", "maxDelayMs", "factor", "jitter"]);
  const { initialDelayMs = 100, maxDelayMs = 20_000, factor = 2, jitter = "full" } = options;
  checkNumber("exponential", "initialDelayMs", initialDelayMs, { min: 0 });
  checkNumber("exponential", "maxDelayMs", maxDelayMs, { min: 0 });
  checkNumber("exponential", "factor", factor, { min: 1 });
  if (jitter !== "full" && jitter !== "none") {
    throw new InvalidOptionError("exponential", 'jitter must be "full" or "none"');
  }
  return {
    delayMs(failedAttempts, random) {
      // factor ** 1,024 is Infinity, which the cap brings back; 0 × Infinity would be NaN.
      const limitMs =
        initialDelayMs === 0 ? 0 : Math.min(maxDelayMs, initialDelayMs * factor ** (failedAttempts - 1));
      return jitter === "full" ? random() * limitMs : limitMs;
    },
  };
}
