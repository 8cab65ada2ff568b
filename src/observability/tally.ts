import type { Call } from "../core/call.ts";
import type { Fact } from "../core/observer.ts";

/** What the facts told of one event while it was worked on. */
export interface Tally {
  retries: number;
  replayed: boolean;
}

/** Tallies by record, and one for what belongs to none. */
export interface Tallies {
  count(fact: Fact, call: Call): void;
  /** The tally of a call's record, which is then forgotten; of the event itself for a call without record. */
  take(call: Call): Tally;
}

const NOTHING = {};

export function tallies(): Tallies {
  const byRecord = new Map<unknown, Tally>();
  return {
    count(fact, call) {
      const retried = fact.type === "retry.attempt";
      if (!retried && fact.type !== "idempotency.replayed") return;
      const key = recordOf(call);
      const tally = byRecord.get(key) ?? { retries: 0, replayed: false };
      if (retried) tally.retries += 1;
      else tally.replayed = true;
      byRecord.set(key, tally);
    },
    take(call) {
      const key = recordOf(call);
      const tally = byRecord.get(key) ?? { retries: 0, replayed: false };
      byRecord.delete(key);
      return tally;
    },
  };
}

function recordOf(call: Call): unknown {
  return (call as { readonly record?: unknown }).record ?? NOTHING;
}
