import { refusal, report } from "../../core/call.ts";
import { InvalidOptionError } from "../../core/errors.ts";
import { dropRejection } from "../../core/observer.ts";
import { checkOptions } from "../../core/options.ts";
import { settled } from "../../core/wrap.ts";
import type { ExtendedUnit } from "../unit-extension.ts";
import { type Begun, hasFailed } from "./begun.ts";
import { entryText, type StepEntry } from "./entry.ts";
import { stepResultNotStored, stepWithin } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { StepKeeper } from "./keep.ts";
import { stepKey } from "./step-key.ts";
import type { StepContext, StepUnit } from "./unit.ts";

const MOST_STEPS = 100;

/** `unit.step` of one run, and what it has under way. */
export interface StepRunner {
  readonly step: StepUnit["step"];
  /** Those that go on: each settles as its step does. */
  readonly running: ReadonlyMap<string, Promise<unknown>>;
}

/** `failureError` gives the error that the unit has failed with for good; then no step is run any more. */
export function stepRunner(
  unit: ExtendedUnit,
  steps: Journal,
  keeper: StepKeeper,
  failureError: () => Promise<unknown>,
): StepRunner {
  const { operation, call } = unit;
  const { id, fence } = unit.lease;
  const running = new Map<string, Promise<unknown>>();
  let isWithin = false;
  let caughtRecorded: Promise<void> = Promise.resolve();
  const recordedAsCaught = new Set<Begun>();

  function tell(type: string, step: string): void {
    report(call, { type: `idempotency.${type}`, operation, id, fence, step });
  }

  async function replay<T>(one: Begun, entry: StepEntry): Promise<T> {
    if (entry.state === "lost") throw stepResultNotStored(operation, one.name);
    const value = await keeper.value(entry.kept);
    one.state = "answered";
    tell("step-replayed", one.name);
    if (entry.state !== "caught") return value as T;
    one.error = value;
    throw value;
  }

  async function run<T>(one: Begun, fn: (context: StepContext) => Promise<T>): Promise<T> {
    await checkRuns(one);
    const context: StepContext = { idempotencyKey: stepKey(id, "step", one.name) };
    let value: T;
    try {
      value = await started(fn, context);
    } catch (error) {
      one.state = "failed";
      one.error = error;
      throw error;
    }
    try {
      one.entry = await recorded(one, value);
    } catch (error) {
      // It is done, and no later run would know: nothing may be built upon it.
      one.state = "unsure";
      steps.stop(error);
      throw error;
    }
    one.state = "answered";
    tell("step-done", one.name);
    if (one.entry.state === "lost") throw stepResultNotStored(operation, one.name);
    return value;
  }

  /** What a step begins at once is within it. What it begins after an await cannot be told from a step beside it. */
  function started<T>(fn: (context: StepContext) => Promise<T>, context: StepContext): Promise<T> {
    isWithin = true;
    try {
      return settled((given) => fn(given), context, call);
    } finally {
      isWithin = false;
    }
  }

  async function checkRuns(one: Begun): Promise<void> {
    try {
      if (steps.failure() !== undefined) throw await failureError();
      await recordCaught();
      // Either may have taken its time.
      const refused = refusal(call);
      if (refused !== undefined) throw refused;
    } catch (error) {
      one.state = "refused";
      throw error;
    }
  }

  /**
   * Failures that the function has seen, and went on from. Were they not recorded before the next step runs, a later run
   * might see the same steps succeed, and take another way over what was done on this one.
   */
  function recordCaught(): Promise<void> {
    const seen = Array.from(steps.begun.values()).filter(
      (one) => one.state === "failed" && !recordedAsCaught.has(one),
    );
    if (seen.length === 0) return caughtRecorded;
    for (const one of seen) recordedAsCaught.add(one);
    caughtRecorded = caughtRecorded.then(() => recordThese(seen));
    caughtRecorded.catch((error: unknown) => steps.stop(error));
    return caughtRecorded;
  }

  async function recordThese(seen: readonly Begun[]): Promise<void> {
    const entries = new Map<Begun, StepEntry>();
    for (const one of seen) {
      const kept = await keeper.keepError(one.error);
      entries.set(one, { state: "caught", position: one.position, kept });
    }
    await unit.record(
      Object.fromEntries(Array.from(entries, ([one, entry]) => [one.name, entryText(entry)])),
    );
    for (const [one, entry] of entries) one.entry = entry;
  }

  async function recorded(one: Begun, value: unknown): Promise<StepEntry> {
    const kept = await keeper.keep(value);
    const done = one.compensate === undefined ? "done" : "owed";
    const entry: StepEntry = {
      state: kept === undefined ? "lost" : done,
      position: one.position,
      kept: kept ?? "",
    };
    await unit.record({ [one.name]: entryText(entry) });
    return entry;
  }

  /**
   * Whoever forgets to await a step hears of its failure: from Node.js, as of any promise, while the function goes on; from the
   * unit, which waits for it, when the function has answered.
   */
  function begin<T>(one: Begun, fn: (context: StepContext) => Promise<T>): Promise<T> {
    const { entry } = one;
    one.after = Array.from(steps.begun.values()).filter((other) => other !== one && hasFailed(other));
    const answer = entry === undefined || entry.state === "begun" ? run(one, fn) : replay<T>(one, entry);
    const rest = (): void => {
      running.delete(one.name);
    };
    answer.then(rest, rest);
    const given = answer.then((value) => value);
    running.set(one.name, given);
    return given;
  }

  return {
    running,
    step(name, fn, options = {}) {
      try {
        checkStep(name, fn, options, steps.begun.size);
        if (isWithin) throw stepWithin(operation, name);
      } catch (mistake) {
        steps.disagree(mistake);
      }
      try {
        return begin(steps.begin(name, options.compensate), fn);
      } catch (error) {
        const refused = Promise.reject(error);
        // The unit fails with it, also when nobody awaits the step.
        if (steps.disagreement() !== undefined) dropRejection(refused);
        return refused;
      }
    },
  };
}

function checkStep(name: unknown, fn: unknown, options: { compensate?: unknown }, begun: number): void {
  if (typeof name !== "string" || !/^[\p{L}\p{N}]\P{C}{0,99}$/u.test(name)) {
    throw new InvalidOptionError(
      "unit.step",
      "name must be 1 to 100 characters, the first a letter or digit, and none of them invisible",
    );
  }
  if (typeof fn !== "function")
    throw new InvalidOptionError("unit.step", `"${name}" needs a function to run`);
  checkOptions("unit.step", options, ["compensate"]);
  if (options.compensate !== undefined && typeof options.compensate !== "function") {
    throw new InvalidOptionError(
      "unit.step",
      `compensate of "${name}" must be a function of the step's result`,
    );
  }
  if (begun === MOST_STEPS) {
    throw new InvalidOptionError(
      "unit.step",
      `"${name}" is one too many: a unit has up to ${MOST_STEPS} steps`,
    );
  }
}
