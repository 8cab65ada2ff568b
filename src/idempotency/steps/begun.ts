import type { StepEntry } from "./entry.ts";
import type { StepContext } from "./unit.ts";

/** A compensation, of whatever result. */
export type Compensate = (result: never, context: StepContext) => unknown;

/** In this run, or in an earlier one as this one was told: `undefined` may be what was thrown. */
export function hasFailed({ state, entry }: Begun): boolean {
  return state === "failed" || entry?.state === "caught";
}

/** A step that this run has begun. */
export interface Begun {
  readonly name: string;
  readonly position: number;
  readonly compensate: Compensate | undefined;
  /** What the record has of it. */
  entry: StepEntry | undefined;
  /**
   * `running`; `answered`, as the record says; `failed`, with `error`; `unsure`: it is done, and that could not be recorded;
   * `refused`: it was not run.
   */
  state: "running" | "answered" | "failed" | "unsure" | "refused";
  error: unknown;
  /** Those that had failed when it began: the way that led to it may be another in the next run. */
  after: readonly Begun[];
}
