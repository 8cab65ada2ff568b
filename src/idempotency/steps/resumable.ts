import type { Call } from "../../core/call.ts";
import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import type { Fn } from "../../core/fn.ts";
import type { IdempotentOptions } from "../options.ts";
import { protect } from "../protect.ts";
import type { WithUnit } from "../unit.ts";
import { steps } from "./open-steps.ts";
import type { WithSteps } from "./unit.ts";

/** The options of `idempotent`, and what becomes of compensations. */
export interface ResumableOptions<I, S = never> extends IdempotentOptions<I, S> {
  /**
   * How many runs may fail to take a step back before the unit is parked as an unknown outcome, which somebody has to settle; an error that
   * says `retryable: false` parks it at once. Default: 3.
   */
  readonly maxCompensationAttempts?: number;
}

/**
 * `idempotent` for a function of several steps: a run that follows a crash, a failure or a takeover goes on where the last
 * one stopped, and one that fails for good takes back what was done.
 *
 * The function itself runs from its beginning each time; `unit.step` gives the results of steps that are done. What it does
 * outside of steps must be the same each time: take time, chance and what others say inside a step.
 *
 * A failure is final when `onError` says "remember" or, without `onError`, when the error says `retryable: false`, as
 * `TerminalError` does and a unit within whose own outcome is unknown does not. Before its error is remembered, the finished steps that have `compensate` are taken back, the last one
 * first; a crash in between goes on there. Where there are none, the key is released unless `onError` says otherwise. Any other failure keeps the steps for the next run. `unit.transact` is refused
 * once a unit has failed for good. With the kill switch on, or without a key, steps run and are taken back, and nothing is kept.
 *
 * The store must keep steps: each of ours does. Each step that is run costs one write more.
 *
 * Source of the pattern: H. Garcia-Molina, K. Salem, "Sagas" (1987).
 *
 * @example
 * ```ts
 * const fulfil = resumable(async (order: Order, call) => {
 *   const paid = await call.unit.step("charge", ({ idempotencyKey }) => chargeCard({ order, idempotencyKey }, call), {
 *     compensate: (receipt, { idempotencyKey }) => refund({ receipt, idempotencyKey }, call),
 *   });
 *   await call.unit.step("ship", ({ idempotencyKey }) => ship({ order, idempotencyKey }, call));
 *   return { paid };
 * }, { store, operation: "fulfil-order", key: (order) => order.orderId });
 * ```
 */
export function resumable<I, R, C extends Call, const S = never>(
  fn: Fn<I, R, C & WithSteps>,
  options: ResumableOptions<I, S>,
): Fn<I, R | S, C> {
  const { maxCompensationAttempts = 3, ...rest } = { ...options };
  checkNumber("resumable", "maxCompensationAttempts", maxCompensationAttempts, { min: 1, integer: true });
  // The unit has `step`: the extension gives it that.
  const plain = fn as unknown as Fn<I, R, C & WithUnit>;
  const run = protect("resumable", plain, rest as IdempotentOptions<I, S>, steps(maxCompensationAttempts));
  if (rest.store.keepsSteps !== true) {
    throw new InvalidOptionError(
      "resumable",
      `the store (${rest.store.name}) does not keep steps; DynamoDB, PostgreSQL, Redis do`,
    );
  }
  return run;
}
