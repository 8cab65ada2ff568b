import type { Steps } from "../record.ts";

/**
 * What became of a step. `done`: it needs no compensation. `owed`: it has one, which has not been made. `undone`: it has been made.
 * `caught`: it failed, and the function went on all the same. `lost`: done, and its result could not be kept. `begun`: it failed, and
 * so did the unit: the next run runs it again.
 */
export type StepState = (typeof STATES)[number];

const STATES = ["done", "owed", "undone", "caught", "lost", "begun"] as const;

/** A step as the record keeps it. */
export interface StepEntry {
  readonly state: StepState;
  /** It was the first, second, … to begin; or `NOWHERE`. */
  readonly position: number;
  /** Its result, or its error, in the form of the result keeper; empty for one that is lost. */
  readonly kept: string;
}

/** That the unit has failed for good, so that what is owed is to be undone. */
export interface Failure {
  /** The step that failed last; absent where none did. */
  readonly at?: string | undefined;
  /** How often compensating has failed. */
  readonly attempts: number;
  /** The error, in the form of the result keeper. */
  readonly kept: string;
}

/**
 * The place of a step that ran after a failure which the unit failed with: in a `finally`, or beside it. The next run, in which that
 * step may succeed, comes to it at another place, or not at all.
 */
export const NOWHERE = 0;

/** What earlier runs have left. */
export interface History {
  readonly entries: ReadonlyMap<string, StepEntry>;
  readonly failure: Failure | undefined;
}

/** No step can have this name. */
export const FAILURE = "!failure";

/** `done 1 {"receipt":"r-1"}` */
export function entryText({ state, position, kept }: StepEntry): string {
  return `${state} ${position} ${kept}`;
}

export function failureText({ at, attempts, kept }: Failure): string {
  return JSON.stringify({ at, attempts, kept });
}

/** @throws TypeError for what nobody wrote: a record that was tampered with, never a reason to run a step again. */
export function historyOf(steps: Steps): History {
  const entries = new Map<string, StepEntry>();
  let failure: Failure | undefined;
  for (const [name, text] of Object.entries(steps)) {
    if (name === FAILURE) failure = failureOf(text);
    else entries.set(name, entryOf(text));
  }
  return { entries, failure };
}

/** The parser's own error would quote the record. */
function failureOf(text: string): Failure {
  try {
    const { at, attempts, kept } = JSON.parse(text) as Partial<Failure>;
    if (typeof attempts === "number" && typeof kept === "string") return { at, attempts, kept };
  } catch {}
  throw new TypeError("The record has a failure of unknown form.");
}

function entryOf(text: string): StepEntry {
  const [, state, position, kept] = /^([a-z]+) (\d+) (.*)$/s.exec(text) ?? [];
  const known = STATES.find((one) => one === state);
  if (known === undefined || kept === undefined)
    throw new TypeError("The record has a step of unknown form.");
  return { state: known, position: Number(position), kept };
}
