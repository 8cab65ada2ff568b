import type { Call } from "../core/call.ts";
import type { Fact } from "../core/observer.ts";

/** What the facts told of one event while it was worked on. */
export interface Tally {
  readonly retries: number;
  readonly replayed: boolean;
  /** The record of the key, as it was met or left last. */
  readonly idempotency: { readonly [field in "id" | "state" | "fence" | "ageMs"]?: unknown };
}

/** Tallies by record, and one for what belongs to none. */
export interface Tallies {
  count(fact: Fact, call: Call): void;
  /** The tally of a call's record; of the event itself for a call without record. */
  of(call: Call): Tally;
}

const NONE: Tally = { retries: 0, replayed: false, idempotency: {} };

/** What a fact says of the record's state, where it does not name it. */
const STATES: Readonly<Record<string, string>> = {
  "idempotency.claimed": "IN_PROGRESS",
  "idempotency.released": "RELEASED",
  "idempotency.failed": "FAILED",
  "idempotency.unknown-outcome": "UNKNOWN",
};

export function tallies(): Tallies {
  const byRecord = new Map<unknown, Tally>();
  return {
    count(fact, call) {
      const change = changeBy(fact);
      if (change === undefined) return;
      const key = recordOf(call);
      const before = byRecord.get(key) ?? NONE;
      byRecord.set(key, { ...before, ...change(before) });
    },
    of: (call) => byRecord.get(recordOf(call)) ?? NONE,
  };
}

function changeBy(fact: Fact): ((before: Tally) => Partial<Tally>) | undefined {
  const { type, id, fence, ageMs } = fact;
  if (type === "retry.attempt") return ({ retries }) => ({ retries: retries + 1 });
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
