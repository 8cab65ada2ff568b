import type { Fact } from "../core/observer.ts";

/** What a line says of circuits: of the one that refused, or changed, last; and how many calls were refused, and events put aside. */
export interface CircuitTally {
  readonly name?: unknown;
  readonly state?: unknown;
  readonly change?: unknown;
  readonly refusals?: number;
  readonly skips?: number;
}

export function circuitAfter(before: CircuitTally, fact: Fact): CircuitTally {
  const { type, name, state, to, why } = fact;
  if (type === "circuit.skipped") return { ...before, skips: (before.skips ?? 0) + 1 };
  const of = before.name === name ? before : { name, ...countsOf(before) };
  if (type === "circuit.changed") return { ...of, state: to, change: why };
  if (type === "circuit.refused") return { ...of, state, refusals: (before.refusals ?? 0) + 1 };
  return before;
}

function countsOf({ refusals, skips }: CircuitTally): CircuitTally {
  return { ...(refusals === undefined ? {} : { refusals }), ...(skips === undefined ? {} : { skips }) };
}

/**
 * A change that was noticed beside an event whose line is written already, as reads of a shared circuit are slower than many a call: the next line
 * tells it, unless that one is of another circuit. The last one counts.
 */
export interface Unsaid {
  add(fact: Fact): void;
  with(circuit: CircuitTally): CircuitTally;
}

export function unsaidChange(): Unsaid {
  let change: CircuitTally | undefined;
  return {
    add(fact) {
      if (fact.type === "circuit.changed") change = circuitAfter({}, fact);
    },
    with(circuit) {
      if (change === undefined || (circuit.name !== undefined && circuit.name !== change.name))
        return circuit;
      const told = { ...change, ...circuit };
      change = undefined;
      return told;
    },
  };
}
