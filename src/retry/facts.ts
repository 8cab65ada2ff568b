import type { Fact } from "../core/observer.ts";

/** Why there is no further attempt. */
export type WhyNoRetry =
  | "attempts"
  | "terminal"
  | "elapsed"
  | "deadline"
  | "aborted"
  | "budget"
  | "circuit-open";

/** A further attempt that is about to be waited for. */
export interface RetryAttempt {
  /** The number of the attempt to come: 2 for the first retry. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
  /** Why it may help, in words. */
  readonly reason: string;
}

/** That nothing more is tried. */
export interface GaveUp {
  /** How many attempts there were. */
  readonly attempt: number;
  readonly why: WhyNoRetry;
  readonly error: unknown;
  /** What the error was taken for, in words. */
  readonly reason: string;
}

/**
 * What observers are told by `retry`, by `type`: `retry.attempt` before each wait, and `retry.gave-up` when nothing more is tried.
 *
 * A first attempt that is not tried again is no giving up, unless it was for want of budget.
 */
export type RetryFact =
  | ({ readonly type: "retry.attempt" } & Pick<RetryAttempt, keyof RetryAttempt>)
  | ({ readonly type: "retry.gave-up" } & Pick<GaveUp, keyof GaveUp>);

/** The compiler holds it equal to the types above. */
const TYPES: Readonly<Record<RetryFact["type"], true>> = { "retry.attempt": true, "retry.gave-up": true };

/**
 * Whether a fact is of a retry: its fields have types then, by `fact.type`.
 *
 * @example
 * ```ts
 * const watched = observed((fact) => {
 *   if (isRetryFact(fact) && fact.type === "retry.gave-up") metrics.count(`gave up: ${fact.why}`);
 * });
 * ```
 */
export function isRetryFact(fact: Fact): fact is RetryFact {
  return Object.hasOwn(TYPES, fact.type);
}
