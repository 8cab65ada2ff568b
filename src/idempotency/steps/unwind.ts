import { refusal, report } from "../../core/call.ts";
import { hasCode, saysRetryable } from "../../core/errors.ts";
import { dropRejection } from "../../core/observer.ts";
import { within } from "../../core/within.ts";
import type { ExtendedUnit, Verdict } from "../unit-extension.ts";
import { type Begun, hasFailed } from "./begun.ts";
import { caughtOpen, outcomeOpen } from "./errors.ts";
import { isOpenQuestion, saysFinal } from "./finality.ts";
import { forgetUncaught } from "./forget.ts";
import type { Journal } from "./journal.ts";
import type { StepKeeper } from "./keep.ts";
import { owedBy } from "./owed.ts";
import { takeBack } from "./take-back.ts";
import { pendingFor, releasedWith } from "./verdicts.ts";

/** What the end of a failed run is decided from. */
export interface Unwinding {
  readonly unit: ExtendedUnit;
  readonly steps: Journal;
  readonly keeper: StepKeeper;
  readonly running: ReadonlyMap<string, Promise<unknown>>;
  readonly failureError: () => Promise<unknown>;
  readonly maxCompensationAttempts: number;
}

/**
 * What becomes of a run that failed: it goes on in the next one, or has failed for good and is taken back, the last step first.
 *
 * That it has failed for good is recorded before anything is taken back: from then on no run goes forward again. It is not
 * decided while a step, or a transaction, may or may not have been done: then the next run finds out first.
 */
export async function unwind(
  { unit, steps, keeper, running, failureError, maxCompensationAttempts }: Unwinding,
  error: unknown,
  isTransactUnknown: boolean,
): Promise<Verdict> {
  const { operation, call, lease, onError } = unit;
  const { id, fence } = lease;

  // The unit's own failure is told; theirs would be of promises that nobody handles.
  for (const one of running.values()) dropRejection(one);
  await within(call, Number.POSITIVE_INFINITY, undefined, () => Promise.allSettled(running.values())).catch(
    () => undefined,
  );
  if (steps.disagreement() !== undefined) return releasedWith(steps.disagreement(), steps);
  if (steps.failure() !== undefined) return goOn();

  const begun = Array.from(steps.begun.values());
  if (!isFinal(error)) {
    await forgetUncaught(unit, steps, error);
    return saysFinal(error, onError) ? releasedWith(error, steps) : { error };
  }
  const open = begun.filter(mayBeDone).map(({ name }) => name);
  if (isTransactUnknown || open.length > 0) return releasedWith(outcomeOpen(operation, open, error), steps);
  if (owedBy(steps).length === 0 && !begun.some(wasCaughtOpen)) return { error };
  try {
    const at = begun.find((one) => hasFailed(one) && one.error === error)?.name;
    await steps.recordFailure({ at, attempts: 0, kept: await keeper.keepError(error) });
  } catch (cause) {
    return saysRetryable(cause) === true ? releasedWith(cause, steps) : pendingFor(cause, operation, steps);
  }
  report(call, { type: "idempotency.unwinding", operation, id, fence, error });
  return endWith(error);

  /** An earlier run has failed for good. */
  async function goOn(): Promise<Verdict> {
    const first = await failureError();
    const isLeftOut = owedBy(steps).some(({ name }) => !steps.begun.has(name));
    // This run never came as far as its steps: what kept it from them may pass.
    if (error !== first && saysRetryable(error) !== false && isLeftOut)
      return pendingFor(error, operation, steps);
    return endWith(first);
  }

  async function endWith(failure: unknown): Promise<Verdict> {
    const left = await takeBack({ unit, steps, keeper, maxCompensationAttempts, ending: error });
    if (left !== undefined) return left;
    const caught = Array.from(steps.begun.values()).find(wasCaughtOpen);
    if (caught === undefined) return { error: failure, after: "remember" };
    return { error: caughtOpen(operation, caught.name, caught.error), after: "unknown-outcome" };
  }

  /** That the call is over is no failure of the unit, whatever the reason says: an effect may have been left half-way, and the next run finds out. */
  function isFinal(of: unknown): boolean {
    const over = refusal(call);
    const isThat = over !== undefined && (of === over || hasCode(of, "CALL_ENDED"));
    return !isThat && saysFinal(of, onError);
  }

  /** Whether a step is done and no record says so, or would have to be taken back if it were done, which nobody knows. */
  function mayBeDone({ compensate, state, entry, error: why }: Begun): boolean {
    if (state === "unsure") return true;
    if (compensate === undefined || (entry !== undefined && entry.state !== "begun")) return false;
    return state === "running" || (state === "failed" && (!isFinal(why) || isOpenQuestion(why)));
  }

  /**
   * A failure that the function went on from says nothing of whether the step was done, unless it says no. It runs no more, so no
   * run finds out.
   */
  function wasCaughtOpen({ entry, compensate, error: why }: Begun): boolean {
    if (entry?.state !== "caught" || compensate === undefined) return false;
    return !saysFinal(why, onError) || isOpenQuestion(why);
  }
}
