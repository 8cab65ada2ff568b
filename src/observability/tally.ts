import type { Call } from "../core/call.ts";
import type { Fact } from "../core/observer.ts";
import { type CircuitTally, circuitAfter, type Unsaid } from "./circuit-tally.ts";

/** What the facts told of one event while it was worked on. */
export interface Tally {
  readonly retries: number;
  readonly gaveUp: unknown;
  readonly replayed: boolean;
  readonly circuit: CircuitTally;
  /** The record of the key, as it was met or left last. */
  readonly idempotency: { readonly [field in "id" | "state" | "fence" | "ageMs"]?: unknown };
}

/** Tallies by record, and one for what belongs to none. */
export interface Tallies {
  count(fact: Fact, call: Call): void;
  /** The tally of a call's record; of the event itself for a call without record. What comes later is for another line. */
  take(call: Call): Tally;
}

const NONE: Tally = { retries: 0, gaveUp: undefined, replayed: false, circuit: {}, idempotency: {} };

/** What a fact says of the record's state, where it does not name it. */
const STATES: Readonly<Record<string, string>> = {
  "idempotency.claimed": "IN_PROGRESS",
  "idempotency.released": "RELEASED",
  "idempotency.failed": "FAILED",
  "idempotency.unknown-outcome": "UNKNOWN",
};

export function tallies(unsaid: Unsaid): Tallies {
  const byRecord = new Map<unknown, Tally>();
  const taken = new Set<unknown>();
  return {
    count(fact, call) {
      const key = recordOf(call);
      if (taken.has(key)) {
        unsaid.add(fact);
        return;
      }
      const change = changeBy(fact);
      if (change === undefined) return;
      const before = byRecord.get(key) ?? NONE;
      byRecord.set(key, { ...before, ...change(before) });
    },
    take(call) {
      const key = recordOf(call);
      taken.add(key);
      const tally = byRecord.get(key) ?? NONE;
      return { ...tally, circuit: unsaid.with(tally.circuit) };
    },
  };
}

function changeBy(fact: Fact): ((before: Tally) => Partial<Tally>) | undefined {
  const { type, id, fence, ageMs } = fact;
  if (type === "retry.attempt") return ({ retries }) => ({ retries: retries + 1 });
  if (type === "retry.gave-up") return () => ({ gaveUp: fact["why"] });
  if (type.startsWith("circuit.")) return ({ circuit }) => ({ circuit: circuitAfter(circuit, fact) });
  if (!type.startsWith("idempotency.")) return undefined;
  const isReplay = type === "idempotency.replayed";
  const state = STATES[type] ?? fact["state"];
  return ({ replayed, idempotency }) => ({
    replayed: replayed || isReplay,
    idempotency: state === undefined ? idempotency : { id, state, fence, ageMs: ageMs ?? idempotency.ageMs },
  });
}

function recordOf(call: Call): unknown {
  return (call as { readonly record?: unknown }).record;
}
