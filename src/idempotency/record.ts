/**
 * The format of records written by this version.
 *
 * Every store refuses to claim a record of a higher one, so old code neither misreads nor replaces what new code wrote
 * while both share a table during a deployment.
 */
export const RECORD_VERSION = 1;

/**
 * `IN_PROGRESS`: someone holds the lease. `RELEASED`: a run failed, and the next may begin at once.
 * `COMPLETED`: done, with its result. `COMPLETED_NO_RESULT`: done, and the result could not be stored.
 * `FAILED`: failed for good, with its error. `UNKNOWN`: nobody can say whether it was done, until someone settles it.
 */
export type RecordState = (typeof STATES)[number];

const STATES = ["IN_PROGRESS", "RELEASED", "COMPLETED", "COMPLETED_NO_RESULT", "FAILED", "UNKNOWN"] as const;

/** A record as a store shows it. */
export interface IdempotencyRecord {
  readonly version: number;
  readonly state: RecordState;
  /** The token of the run that wrote last; kept when completed, so that it knows its own lost reply. */
  readonly owner: string;
  /** Rises with every run of a key, so that of two runs the later is known. */
  readonly fence: number;
  readonly leaseUntilMs: number;
  readonly expiresAtMs: number;
  /** When it was last claimed or ended; heartbeats do not count. */
  readonly atMs: number;
  readonly payloadHash: string;
  /** The result, or the error of a FAILED one, in the form that the record keeps. */
  readonly result?: string;
  /** What its runs have finished so far, by name; absent when there is none. */
  readonly steps?: Steps;
}

/** By the name of a step, what became of it, in the form that the record keeps. */
export type Steps = Readonly<Record<string, string>>;

/** How a run ends for good: what its steps were kept for is over, and a store drops them. */
export function isOver(state: string | undefined): boolean {
  return state === "COMPLETED" || state === "COMPLETED_NO_RESULT" || state === "FAILED";
}

/**
 * Steps as a record shows them: undefined when there are none. Names are any text, so nothing is inherited: neither is
 * `toString` a step of every record, nor does one called `__proto__` get lost.
 */
export function stepsOf(entries: readonly (readonly [name: string, text: string])[]): Steps | undefined {
  if (entries.length === 0) return undefined;
  return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(entries)));
}

/** The record as a run must see it that replaced it: what the steps of an expired one did belongs to a time before. */
export function withoutSteps({ steps: _, ...others }: IdempotencyRecord): IdempotencyRecord {
  return others;
}

/** The state that a store read; one that nobody wrote is an error. What a newer format says is left to who decides. */
export function checkedState(state: string, version: number): RecordState {
  if (version <= RECORD_VERSION && !(STATES as readonly string[]).includes(state)) {
    throw new TypeError("The idempotency record has an unknown state.");
  }
  return state as RecordState;
}
