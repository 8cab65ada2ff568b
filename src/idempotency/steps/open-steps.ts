import { TerminalError } from "../../core/errors.ts";
import type { Extended, ExtendedUnit, UnitExtension } from "../unit-extension.ts";
import { stepsRunning } from "./errors.ts";
import { journal } from "./journal.ts";
import { stepKeeper } from "./keep.ts";
import { stepRunner } from "./run-step.ts";
import { unwind } from "./unwind.ts";

/** Gives units `step`. */
export function steps(maxCompensationAttempts: number): UnitExtension {
  return { open: (unit) => openSteps(unit, maxCompensationAttempts) };
}

function openSteps(unit: ExtendedUnit, maxCompensationAttempts: number): Extended {
  const steps = journal(unit);
  const keeper = stepKeeper(unit);
  let failureRead: Promise<unknown> | undefined;

  /** One object in one run, so that it is known again. */
  function failureError(): Promise<unknown> {
    failureRead ??= keeper.value(steps.failure()?.kept ?? "").catch(() => unreadableFailure(unit.operation));
    return failureRead;
  }

  const { step, running } = stepRunner(unit, steps, keeper, failureError);

  return {
    members: { step },
    async checkTransact() {
      if (running.size > 0) throw stepsRunning(unit.operation, Array.from(running.keys()));
      if (steps.failure() !== undefined) throw await failureError();
      steps.checkComplete();
    },
    async finish() {
      await Promise.all(running.values());
      if (steps.failure() !== undefined) throw await failureError();
      steps.checkComplete();
    },
    fail: (error, isTransactUnknown) =>
      unwind(
        { unit, steps, keeper, running, failureError, maxCompensationAttempts },
        error,
        isTransactUnknown,
      ),
  };
}

function unreadableFailure(operation: string): TerminalError {
  return new TerminalError(
    `Operation "${operation}": the unit had failed for good, and its error cannot be read any more.`,
  );
}
