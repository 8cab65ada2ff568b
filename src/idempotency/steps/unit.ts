import type { Unit } from "../unit.ts";

/** What a step, and a compensation, is given. */
export interface StepContext {
  /** A UUID: the same in every run of this unit, another for each step and each compensation. Hand it to the target. */
  readonly idempotencyKey: string;
}

export interface StepOptions<T> {
  /**
   * Takes the step back when the unit fails for good after it; told what the step's result was. May run again after a crash,
   * with the same key; what it answers is not used. Default: there is nothing to take back.
   */
  readonly compensate?: (result: T, context: StepContext) => unknown;
}

/** The unit of a function that goes on where it stopped. */
export interface StepUnit extends Unit {
  /**
   * Runs `fn` once and keeps its result: a later run of this unit gets the result, and `fn` is not called.
   *
   * A run that dies in the middle of `fn` leaves nothing, so the next one calls it again: at least once, and once if the
   * target honours `idempotencyKey`. What `fn` throws is not kept, and the step runs again in the next run; a function that
   * catches it and begins another step has made it part of what happened, and every later run gets the same error.
   *
   * Names are 1 to 100 characters, the first a letter or digit, each used once (`IDEMPOTENCY_STEP_NAME_REUSED`), and
   * begin in the same order in every run (`IDEMPOTENCY_STEPS_CHANGED` otherwise, and nothing runs); at most 100, none within another
   * (`IDEMPOTENCY_STEP_NESTED`). Such a mistake of the code takes nothing back: the key is released, and the steps are kept. Steps that
   * run side by side begin together, in one `Promise.all`. Results are plain data (`IDEMPOTENCY_STEP_RESULT_NOT_STORED`), up to 32 KB each and 256 KB
   * in all as the record keeps them: gzipped beyond 8 KB, elsewhere with the option `results`.
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
  step<T>(
    name: string,
    fn: (context: StepContext) => Promise<T>,
    options?: StepOptions<NoInfer<T>>,
  ): Promise<T>;
}

/**
 * What the call of a resumable function carries besides. For functions that are declared apart; one written inside
 * `resumable(…)` needs no types.
 *
 * @example
 * ```ts
 * async function fulfil(order: Order, call: Call & WithSteps) {
 *   return call.unit.step("ship", ({ idempotencyKey }) => ship({ order, idempotencyKey }, call));
 * }
 * ```
 */
export interface WithSteps {
  readonly unit: StepUnit;
}
