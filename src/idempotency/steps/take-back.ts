import { refusal, report } from "../../core/call.ts";
import { saysRetryable } from "../../core/errors.ts";
import { settled } from "../../core/wrap.ts";
import type { ExtendedUnit, Verdict } from "../unit-extension.ts";
import { entryText, type StepEntry } from "./entry.ts";
import { compensationFailed, stepResultNotStored, stepsChanged } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { StepKeeper } from "./keep.ts";
import { type Owed, owedBy } from "./owed.ts";
import { stepKey } from "./step-key.ts";
import { pendingFor, releasedWith } from "./verdicts.ts";

/** What taking back needs to know. */
export interface TakingBack {
  readonly unit: ExtendedUnit;
  readonly steps: Journal;
  readonly keeper: StepKeeper;
  readonly maxCompensationAttempts: number;
  /** What this run ended with. */
  readonly ending: unknown;
}

/** Takes back what is owed; undefined when all of it is. Each compensation is recorded before the next one begins. */
export async function takeBack(of: TakingBack): Promise<Verdict | undefined> {
  const { unit, steps } = of;
  const { operation, call, lease } = unit;
  for (const one of owedBy(steps)) {
    try {
      await compensated(one, of);
    } catch (cause) {
      return refusal(call) === undefined
        ? failedAttempt(one.name, cause, of)
        : pendingFor(cause, operation, steps);
    }
    const undone: StepEntry = { ...one.entry, state: "undone" };
    try {
      await unit.record({ [one.name]: entryText(undone) });
    } catch (cause) {
      return releasedWith(cause, steps);
    }
    const { id, fence } = lease;
    report(call, { type: "idempotency.step-undone", operation, id, fence, step: one.name });
  }
  return undefined;
}

async function compensated({ name, entry, compensate }: Owed, of: TakingBack): Promise<void> {
  const { operation, call, lease } = of.unit;
  if (entry.state === "lost") throw stepResultNotStored(operation, name);
  if (compensate === undefined) {
    const hasBegun = of.steps.begun.has(name);
    const what = hasBegun ? "has no `compensate` any more" : "this run ended without it (see the cause)";
    throw stepsChanged(
      operation,
      `step "${name}" was done by an earlier run, must be taken back, and ${what}`,
      hasBegun ? undefined : of.ending,
    );
  }
  const result = (await of.keeper.value(entry.kept)) as never;
  // What keeps results may have taken its time.
  const refused = refusal(call);
  if (refused !== undefined) throw refused;
  const context = { idempotencyKey: stepKey(lease.id, "compensation", name) };
  await settled(async (given) => compensate(result, given), context, call);
}

async function failedAttempt(step: string, cause: unknown, of: TakingBack): Promise<Verdict> {
  const { unit, steps, maxCompensationAttempts } = of;
  const { operation, call, lease } = unit;
  const { id, fence } = lease;
  const before = steps.failure();
  const attempts = (before?.attempts ?? 0) + 1;
  report(call, {
    type: "idempotency.compensation-failed",
    operation,
    id,
    fence,
    step,
    attempts,
    error: cause,
  });
  try {
    if (before !== undefined) await steps.recordFailure({ ...before, attempts });
  } catch (error) {
    return releasedWith(error, steps);
  }
  const isParked = attempts >= maxCompensationAttempts || saysRetryable(cause) === false;
  return isParked
    ? { error: compensationFailed(operation, step, attempts, cause), after: "unknown-outcome" }
    : pendingFor(cause, operation, steps);
}
