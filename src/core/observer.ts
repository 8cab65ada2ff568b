import type { Call } from "./call-shape.ts";

/** Something that happened on a call: a retry, a replay, a record done. `type` is stable, like an error's code. */
export interface Fact {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * Is told of facts as they happen, together with the call they happened on.
 *
 * Nothing waits for it and nothing depends on it: what it throws, or rejects with, is dropped.
 */
export type Observer = (fact: Fact, call: Call) => unknown;

/** Tells one observer one fact; its failure stays here. */
export function tell(observer: Observer, fact: Fact, call: Call): void {
  try {
    dropRejection(observer(fact, call));
  } catch {
    // An observer's failure must never reach the caller.
  }
}

/** Keeps a promise that nobody waits for, of whatever realm or making, from ending the process. */
export function dropRejection(answer: unknown): void {
  if (typeof answer !== "object" || answer === null || !("then" in answer)) return;
  Promise.resolve(answer).then(undefined, ignore);
}

function ignore(): void {}
