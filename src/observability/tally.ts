import type { Call } from "../core/call.ts";
import type { Fact } from "../core/observer.ts";

/** What the facts told of one event while it was worked on. */
export interface Tally {
  readonly retries: number;
  readonly replayed: boolean;
}

/** Tallies by record, and one for what belongs to none. */
export interface Tallies {
  count(fact: Fact, call: Call): void;
  /** The tally of a call's record; of the event itself for a call without record. */
  of(call: Call): Tally;
}

const NONE: Tally = { retries: 0, replayed: false };

export function tallies(): Tallies {
  const byRecord = new Map<unknown, Tally>();
  return {
    count(fact, call) {
      const retried = fact.type === "retry.attempt";
      if (!retried && fact.type !== "idempotency.replayed") return;
      const key = recordOf(call);
      const { retries, replayed } = byRecord.get(key) ?? NONE;
      byRecord.set(key, retried ? { retries: retries + 1, replayed } : { retries, replayed: true });
    },
    of: (call) => byRecord.get(recordOf(call)) ?? NONE,
  };
}

function recordOf(call: Call): unknown {
  return (call as { readonly record?: unknown }).record;
}
