import { checkNumber } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { checkJitter, type Jitter, jittered } from "./jitter.ts";

/** How long to wait after the nth failed attempt, n from 1. A pure value: chance and the last wait come in as arguments. */
export interface Backoff {
  /** `lastMs` is what the wait before this one was; 0 before the first. */
  delayMs(failedAttempts: number, random: () => number, lastMs?: number): number;
}

export interface ExponentialOptions {
  /** The longest wait after the first failure, in milliseconds. Default: 100. */
  readonly initialDelayMs?: number;
  /** No wait is longer, in milliseconds. Default: 20,000. */
  readonly maxDelayMs?: number;
  /** How much longer each next one may be. Default: 2. */
  readonly factor?: number;
  /** Default: "full". */
  readonly jitter?: Jitter;
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
  checkJitter("exponential", jitter);
  return {
    delayMs(failedAttempts, random, lastMs = 0) {
      // factor ** 1,024 is Infinity, which the cap brings back; 0 × Infinity would be NaN.
      const limitMs =
        initialDelayMs === 0 ? 0 : Math.min(maxDelayMs, initialDelayMs * factor ** (failedAttempts - 1));
      return jittered(jitter, limitMs, random, { initialDelayMs, maxDelayMs, lastMs });
    },
  };
}

export interface LinearOptions {
  /** The longest wait after the first failure, in milliseconds. Default: 100. */
  readonly initialDelayMs?: number;
  /** How much longer each next one may be, in milliseconds. Default: as much as the first. */
  readonly stepMs?: number;
  /** No wait is longer, in milliseconds. Default: 20,000. */
  readonly maxDelayMs?: number;
  /** Default: "full". */
  readonly jitter?: Jitter;
}

/**
 * Raises the limit by the same step with every failure, caps it, and then draws the wait from below it.
 *
 * @example
 * ```ts
 * retry({ backoff: linear({ initialDelayMs: 200, maxDelayMs: 1_000 }) });
 * ```
 */
export function linear(options: LinearOptions = {}): Backoff {
  checkOptions("linear", options, ["initialDelayMs", "stepMs", "maxDelayMs", "jitter"]);
  const { initialDelayMs = 100, stepMs = initialDelayMs, maxDelayMs = 20_000, jitter = "full" } = options;
  checkNumber("linear", "initialDelayMs", initialDelayMs, { min: 0 });
  checkNumber("linear", "stepMs", stepMs, { min: 0 });
  checkNumber("linear", "maxDelayMs", maxDelayMs, { min: 0 });
  checkJitter("linear", jitter);
  return {
    delayMs(failedAttempts, random, lastMs = 0) {
      const limitMs = Math.min(maxDelayMs, initialDelayMs + stepMs * (failedAttempts - 1));
      return jittered(jitter, limitMs, random, { initialDelayMs, maxDelayMs, lastMs });
    },
  };
}

export interface ConstantOptions {
  /** The longest wait, in milliseconds. Default: 100. */
  readonly delayMs?: number;
  /** Default: "full". */
  readonly jitter?: Exclude<Jitter, "decorrelated">;
}

/**
 * Draws every wait from below the same limit.
 *
 * @example
 * ```ts
 * retry({ backoff: constant({ delayMs: 500, jitter: "equal" }) });
 * ```
 */
export function constant(options: ConstantOptions = {}): Backoff {
  checkOptions("constant", options, ["delayMs", "jitter"]);
  const { delayMs: limitMs = 100, jitter = "full" } = options;
  checkNumber("constant", "delayMs", limitMs, { min: 0 });
  checkJitter("constant", jitter, ["none", "full", "equal"]);
  return {
    delayMs: (_, random) =>
      jittered(jitter, limitMs, random, { initialDelayMs: limitMs, maxDelayMs: limitMs, lastMs: 0 }),
  };
}
