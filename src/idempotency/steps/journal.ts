import { refusal } from "../../core/call.ts";
import type { ExtendedUnit } from "../unit-extension.ts";
import type { Begun, Compensate } from "./begun.ts";
import { driftOf, notBegun } from "./drift.ts";
import { FAILURE, type Failure, failureText, type History, historyOf } from "./entry.ts";
import { nameReused, stepLate, stepsChanged, stepsUnreadable } from "./errors.ts";

/** What a run knows of its unit's steps: those recorded before it, and those it has begun. */
export interface Journal {
  readonly history: History;
  readonly begun: ReadonlyMap<string, Begun>;
  /** The failure that was recorded, by an earlier run or by this one. */
  failure(): Failure | undefined;
  /** Takes a step's place. Throws where it must not begin. */
  begin(name: string, compensate: Compensate | undefined): Begun;
  /** Nothing more may begin, nor be completed, for this reason; the first one stands. */
  stop(error: unknown): void;
  /** The code is mistaken: nothing that is recorded may be acted upon, until it is mended. The first mistake stands. */
  disagree(error: unknown): void;
  /** Why nothing that is recorded may be acted upon: the code and the record disagree. */
  disagreement(): unknown;
  /** Throws where the unit must not be completed. */
  checkComplete(): void;
  recordFailure(failure: Failure): Promise<void>;
}

export function journal(unit: ExtendedUnit): Journal {
  const { operation, call } = unit;
  const begun = new Map<string, Begun>();
  let stopped: { readonly error: unknown } | undefined;
  let disagreement: unknown;
  const history = readHistory();
  let failure = history.failure;

  function readHistory(): History {
    try {
      return historyOf(unit.steps);
    } catch (cause) {
      disagree(stepsUnreadable(operation, cause));
      return { entries: new Map(), failure: undefined };
    }
  }

  function disagree(error: unknown): unknown {
    disagreement ??= error;
    stopped ??= { error };
    return error;
  }

  return {
    history,
    begun,
    failure: () => failure,
    begin(name, compensate) {
      const refused = refusal(call);
      if (refused !== undefined) throw refused;
      if (!unit.isOpen()) throw stepLate(operation, name);
      if (stopped !== undefined) throw stopped.error;
      if (begun.has(name)) throw disagree(nameReused(operation, name));
      const position = begun.size + 1;
      const drift = driftOf(history.entries, name, position);
      if (drift !== undefined) throw disagree(stepsChanged(operation, drift));
      const entry = history.entries.get(name);
      const one: Begun = { name, position, compensate, entry, state: "running", error: undefined, after: [] };
      begun.set(name, one);
      return one;
    },
    stop(error) {
      stopped ??= { error };
    },
    disagree,
    disagreement: () => disagreement,
    checkComplete() {
      if (stopped !== undefined) throw stopped.error;
      const [missing] = notBegun(history.entries, begun);
      if (missing === undefined) return;
      const what = `step "${missing}" was done by an earlier run and is not there any more`;
      throw disagree(stepsChanged(operation, what));
    },
    async recordFailure(next) {
      await unit.record({ [FAILURE]: failureText(next) });
      failure = next;
    },
  };
}
