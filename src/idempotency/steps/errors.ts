import { HoldfastError } from "../../core/errors.ts";

export function nameReused(operation: string, name: string): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STEP_NAME_REUSED",
    `Operation "${operation}": this run has begun step "${name}" before. Give each step a name of its own ` +
      "(in a loop: the item's id in it); to try one again, put retry inside it: wrap(fn, retry()).",
  );
}

/** A later run would find the outer step done, and never come to the inner one. */
export function stepWithin(operation: string, name: string): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STEP_NESTED",
    `Operation "${operation}": step "${name}" was begun by another step, and was not run: once that one is done, no later run would come ` +
      "to this one. Put them one after the other; or make the outer step's work a resumable function of its own.",
  );
}

/** Not retryable by itself: the code and the record disagree, and both stay as they are until one is changed. */
export function stepsChanged(operation: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STEPS_CHANGED",
    `Operation "${operation}": ${what}, so nothing more was run, and what was recorded is kept. ` +
      "Steps keep their names and the order in which they begin while units of an older deployment are unfinished: deploy " +
      "the old order again, or give the new one another operation. Steps side by side begin together, in one Promise.all.",
    { cause },
  );
}

export function stepsUnreadable(operation: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STEPS_UNREADABLE",
    `Operation "${operation}": the record's steps are damaged, so nothing was run. See the cause; somebody has to settle this key.`,
    { cause },
  );
}

export function stepLate(operation: string, name: string): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STEP_LATE",
    `Operation "${operation}": step "${name}" was begun after unit.transact, or after the function had answered, and was not run. ` +
      "Begin every step before, and await it.",
  );
}

export function stepsRunning(operation: string, names: readonly string[]): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STEP_RUNNING",
    `Operation "${operation}": unit.transact was called while steps were running (${names.join(", ")}), so nothing was applied. ` +
      "Await them before.",
  );
}

/** The effect has happened and its result is gone: the same answer in this run and in all later ones. */
export function stepResultNotStored(operation: string, name: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STEP_RESULT_NOT_STORED",
    `Operation "${operation}": step "${name}" is done, but its result cannot be kept (too large, or not made of plain data). ` +
      "It is not done again. Return plain data, or less of it; large results need `results` with an object store.",
    { cause },
  );
}

/** The unit has failed for good, and what it did is not yet taken back: the next delivery goes on with that. */
export function compensationPending(operation: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_COMPENSATION_PENDING",
    `Operation "${operation}": the unit has failed, and not all that it did could be taken back yet; see the cause. ` +
      "Deliver the event again: it goes on where it stopped.",
    { cause, retryable: true },
  );
}

/** Final as it is, nothing may be taken back while something of the unit may or may not have been done: the next run finds out. */
export function outcomeOpen(operation: string, names: readonly string[], cause: unknown): HoldfastError {
  const what =
    names.length === 0
      ? "its transaction was applied"
      : `${names.map((name) => `"${name}"`).join(", ")} was done`;
  return new HoldfastError(
    "IDEMPOTENCY_COMPENSATION_PENDING",
    `Operation "${operation}": the unit has failed, see the cause; but whether ${what} is not known, so nothing is taken back yet. ` +
      "Deliver the event again: the next run finds out first.",
    { cause, retryable: true },
  );
}

/** All that is known to be done is taken back; what is not known, somebody has to find out. */
export function caughtOpen(operation: string, name: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_COMPENSATION_FAILED",
    `Operation "${operation}": the unit has failed, and what it is known to have done is taken back. But step "${name}" failed without a clear answer ` +
      "(see the cause), and the function went on: whether it was done is not known. Find out, take it back if it was, then settle it as failed: " +
      "npx holdfast idempotency inspect, settle.",
    { cause },
  );
}

/** Compensating keeps failing: the unit is parked as an unknown outcome, which somebody has to settle. */
export function compensationFailed(
  operation: string,
  name: string,
  attempts: number,
  cause: unknown,
): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_COMPENSATION_FAILED",
    `Operation "${operation}": the unit has failed, and taking back step "${name}" has failed too (attempt ${attempts}); see the cause. ` +
      "Nothing is tried any more. Look at it, take back what is left, then settle it: npx holdfast idempotency inspect, settle.",
    { cause },
  );
}
