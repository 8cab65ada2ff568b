import type { Steps } from "../record.ts";
import { historyOf, type StepState } from "../steps/entry.ts";

/** The steps of a unit, as a person looks at them. */
export interface InspectedSteps {
  /** In the order in which they began. */
  readonly list: readonly InspectedStep[];
  /**
   * That the unit has failed for good: its steps are taken back, the last one first. `at`: the step that failed; `attempts`: how
   * often taking back has failed.
   */
  readonly failure?: InspectedFailure;
}

export interface InspectedFailure {
  readonly at?: string;
  readonly attempts: number;
  /** The error, in the form that the record keeps. */
  readonly kept: string;
}

/**
 * `done`; `owed`: done, and to be taken back if the unit fails for good; `undone`: taken back; `caught`: it failed, and the function
 * went on; `lost`: done, and its result could not be kept; `begun`: it failed, and the next run runs it again.
 */
export interface InspectedStep {
  readonly name: string;
  readonly state: StepState;
  /** Its result, or its error, in the form that the record keeps; absent where there is none. */
  readonly kept?: string;
}

export function inspectedSteps(steps: Steps | undefined): InspectedSteps | undefined {
  if (steps === undefined) return undefined;
  try {
    const { entries, failure } = historyOf(steps);
    const list = Array.from(entries)
      .sort(([, one], [, other]) => one.position - other.position)
      .map(([name, { state, kept }]) => (kept === "" ? { name, state } : { name, state, kept }));
    if (failure === undefined) return { list };
    const { at, ...rest } = failure;
    return { list, failure: at === undefined ? rest : { at, ...rest } };
  } catch {
    // A person who looks at a damaged record must see the rest of it.
    return undefined;
  }
}
