import { refusal, report } from "../../core/call.ts";
import { hasCode, saysRetryable } from "../../core/errors.ts";
import { dropRejection } from "../../core/observer.ts";
import { within } from "../../core/within.ts";
import { settled } from "../../core/wrap.ts";
import type { ExtendedUnit, Verdict } from "../unit-extension.ts";
import { type Begun, type Compensate, hasFailed } from "./begun.ts";
import { entryText, NOWHERE, type StepEntry } from "./entry.ts";
import {
  compensationFailed,
  compensationPending,
  outcomeOpen,
  stepResultNotStored,
  stepsChanged,
} from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { StepKeeper } from "./keep.ts";
import { stepKey } from "./step-key.ts";

/** A step to be taken back. `compensate` is absent where this run has not begun it, or begins it without. */
interface Owed {
  readonly name: string;
  readonly entry: StepEntry;
  readonly compensate: Compensate | undefined;
}

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
  if (steps.disagreement() !== undefined) return releasedWith(steps.disagreement());

  if (steps.failure() === undefined) {
    if (!isFinal(error)) {
      await forget();
      return saysFinal(error) ? releasedWith(error) : { error };
    }
    const open = Array.from(steps.begun.values())
      .filter(mayBeDone)
      .map(({ name }) => name);
    if (isTransactUnknown || open.length > 0) return releasedWith(outcomeOpen(operation, open, error));
    if (owed().length === 0) return { error };
    try {
      const at = Array.from(steps.begun.values()).find((one) => hasFailed(one) && one.error === error)?.name;
      await steps.recordFailure({ at, attempts: 0, kept: await keeper.keepError(error) });
    } catch (cause) {
      return saysRetryable(cause) === true ? releasedWith(cause) : pending(cause);
    }
    report(call, { type: "idempotency.unwinding", operation, id, fence, error });
    return takeBack(error);
  }
  const first = await failureError();
  // This run never came as far as its steps: what kept it from them may pass.
  if (error !== first && saysRetryable(error) !== false && owed().some((one) => !steps.begun.has(one.name)))
    return pending(error);
  return takeBack(first);

  /** What has failed for good, and is half taken back, must not be forgotten before somebody has seen to it. */
  function releasedWith(error: unknown): Verdict {
    return { error, after: "release", isOwing: steps.failure() !== undefined };
  }

  function pending(cause: unknown): Verdict {
    return releasedWith(compensationPending(operation, cause));
  }

  /**
   * A failure that was taken for caught, because another step began after it, and that the unit fails with all the same:
   * of two chains of steps, say, or before a step in a `finally`. It is not part of what happened, and what ran after it has
   * no place among the others.
   */
  async function forget(): Promise<void> {
    const uncaught = Array.from(steps.begun.values()).find(
      (one) => one.entry?.state === "caught" && one.error === error,
    );
    if (uncaught === undefined) return;
    const again: StepEntry = { state: "begun", position: uncaught.position, kept: "" };
    const moved = Array.from(steps.begun.values()).flatMap(({ name, entry, after }) =>
      entry !== undefined && after.includes(uncaught)
        ? [[name, entryText({ ...entry, position: NOWHERE })]]
        : [],
    );
    // Where it cannot be written, the next run fails with the same error, and tries to forget it once more.
    await unit
      .record({ ...Object.fromEntries(moved), [uncaught.name]: entryText(again) })
      .catch(() => undefined);
  }

  /** That the call is over is no failure of the unit, whatever the reason says: an effect may have been left half-way, and the next run finds out. */
  function isFinal(of: unknown): boolean {
    const over = refusal(call);
    const isThat = over !== undefined && (of === over || hasCode(of, "CALL_ENDED"));
    return !isThat && saysFinal(of);
  }

  /**
   * What the options make of an error; by default one that says of itself that trying again cannot help is final. Unless that is
   * because the work may have been done, or was: beneath a step another function may be protected as well.
   */
  function saysFinal(of: unknown): boolean {
    if (onError === undefined) return saysRetryable(of) === false && !isOpenQuestion(of);
    try {
      return onError(of) === "remember";
    } catch {
      return false;
    }
  }

  /** Whether a step is done and no record says so, or would have to be taken back if it were done, which nobody knows. */
  function mayBeDone({ compensate, state, entry, error: why }: Begun): boolean {
    if (state === "unsure") return true;
    if (compensate === undefined || (entry !== undefined && entry.state !== "begun")) return false;
    return state === "running" || (state === "failed" && (!isFinal(why) || isOpenQuestion(why)));
  }

  function owed(): readonly Owed[] {
    const all = new Map<string, Owed>();
    for (const [name, entry] of steps.history.entries) all.set(name, { name, entry, compensate: undefined });
    for (const { name, entry, compensate } of steps.begun.values()) {
      if (entry !== undefined) all.set(name, { name, entry, compensate });
    }
    const place = ({ name, entry }: Owed): number => steps.begun.get(name)?.position ?? entry.position;
    return Array.from(all.values())
      .filter(isOwed)
      .sort((one, other) => place(other) - place(one));
  }

  async function takeBack(failure: unknown): Promise<Verdict> {
    for (const one of owed()) {
      try {
        await compensated(one);
      } catch (cause) {
        return refusal(call) === undefined ? failedAttempt(one.name, cause) : pending(cause);
      }
      const undone: StepEntry = { ...one.entry, state: "undone" };
      try {
        await unit.record({ [one.name]: entryText(undone) });
      } catch (cause) {
        return releasedWith(cause);
      }
      report(call, { type: "idempotency.step-undone", operation, id, fence, step: one.name });
    }
    return { error: failure, after: "remember" };
  }

  async function compensated({ name, entry, compensate }: Owed): Promise<void> {
    if (entry.state === "lost") throw stepResultNotStored(operation, name);
    if (compensate === undefined) {
      const hasBegun = steps.begun.has(name);
      const what = hasBegun ? "has no `compensate` any more" : "this run ended without it (see the cause)";
      throw stepsChanged(
        operation,
        `step "${name}" was done by an earlier run, must be taken back, and ${what}`,
        hasBegun ? undefined : error,
      );
    }
    const result = (await keeper.value(entry.kept)) as never;
    // What keeps results may have taken its time.
    const refused = refusal(call);
    if (refused !== undefined) throw refused;
    const context = { idempotencyKey: stepKey(id, "compensation", name) };
    await settled(async (given) => compensate(result, given), context, call);
  }

  async function failedAttempt(name: string, cause: unknown): Promise<Verdict> {
    const before = steps.failure();
    const attempts = (before?.attempts ?? 0) + 1;
    report(call, {
      type: "idempotency.compensation-failed",
      operation,
      id,
      fence,
      step: name,
      attempts,
      error: cause,
    });
    const isParked = attempts >= maxCompensationAttempts || saysRetryable(cause) === false;
    try {
      if (before !== undefined) await steps.recordFailure({ ...before, attempts });
    } catch (error) {
      return releasedWith(error);
    }
    return isParked
      ? { error: compensationFailed(operation, name, attempts, cause), after: "unknown-outcome" }
      : pending(cause);
  }
}

/**
 * A unit within a step says that it must not be tried again, not that its work was not done: somebody has to look first.
 */
function isOpenQuestion(error: unknown): boolean {
  return OPEN_QUESTIONS.some((code) => hasCode(error, code));
}

const OPEN_QUESTIONS = [
  "IDEMPOTENCY_UNKNOWN_OUTCOME",
  "IDEMPOTENCY_COMPENSATION_FAILED",
  "IDEMPOTENCY_RESULT_NOT_STORED",
  "IDEMPOTENCY_RESULT_UNREADABLE",
];

/** One whose result is lost cannot be taken back by us, if it has to be. */
function isOwed({ entry, compensate }: Owed): boolean {
  return entry.state === "owed" || (entry.state === "lost" && compensate !== undefined);
}
