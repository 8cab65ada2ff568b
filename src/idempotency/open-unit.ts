import { type Call, refusal } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { encodeResult } from "./codec.ts";
import type { Endings, Outcome } from "./endings.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { isRefused } from "./refused-transaction.ts";
import type { Lease } from "./store.ts";
import { resultOf, type Unit } from "./unit.ts";
import type { Extended } from "./unit-extension.ts";

/** What a transaction recorded. */
export interface Recorded {
  readonly result: unknown;
  readonly outcome: Outcome;
}

/** The unit of a run that goes on, and what its transaction came to. */
export interface OpenUnit {
  readonly unit: Unit;
  readonly extended: Extended | undefined;
  /**
   * What was recorded by `transact`, or undefined when it was not used, or failed and the function dealt with that.
   * Asked once the function has settled; what it left running begins no transaction any more. Waits for one that the
   * function did not await, and rejects with its error: nobody else would see it.
   */
  recorded(): Promise<Recorded | undefined>;
  /** Whether a transaction was sent of which nobody knows if it was, or will be, applied. */
  isUnknown(): boolean;
}

/** `extend` makes what the unit can do beyond a plain one, given whether it may still begin something. */
export function openUnit(
  lease: Lease,
  call: Call,
  operation: string,
  ends: Endings,
  beats: Heartbeat,
  extend: (isOpen: () => boolean) => Extended | undefined,
): OpenUnit {
  let pending: Promise<unknown> | undefined;
  let recorded: Recorded | undefined;
  let closed = false;
  let isUnknown = false;
  // Nor after a transaction that may still be applied: it completes the unit without what would be done now.
  const extended = extend(() => !closed && pending === undefined && recorded === undefined && !isUnknown);
  /** The transactions that were sent: any of them may have been applied, when its reply was lost. */
  const sent: Sent[] = [];

  function transact<T>(items: readonly object[], result: T | (() => T)): Promise<T> {
    const refused = refusal(call);
    if (refused !== undefined) return Promise.reject(refused);
    if (closed) return Promise.reject(transactLate(operation));
    if (pending !== undefined || recorded !== undefined) return Promise.reject(transactTwice(operation));
    const applied = apply(items, result);
    pending = applied;
    return applied;
  }

  async function apply<T>(items: readonly object[], given: T | (() => T)): Promise<T> {
    try {
      if (extended !== undefined) await extended.checkTransact();
      await beats.pause();
      const isLate = typeof given === "function";
      let result = isLate ? undefined : (given as T);
      const before = sent.map((one) => ({ ...one, isSame: areSame(one, items) }));
      const attempt: Sent = { items: [...items], outcome: undefined, text: undefined };

      async function outcomeNow(): Promise<Outcome> {
        if (isLate) result = await resultOf(given);
        const outcome = asBefore(await ends.outcome(lease, result, call));
        // Both may have taken their time.
        const refused = refusal(call);
        if (refused !== undefined) throw refused;
        attempt.outcome = outcome;
        return outcome;
      }

      const outcome = isLate ? outcomeNow : await outcomeNow();
      sent.push(attempt);
      let isCertain = false;
      const notApplied = (): void => {
        isCertain = true;
      };
      const done = await ends.transact(lease, items, outcome, call, notApplied).catch((error: unknown) => {
        // What certainly completed nothing is forgotten. Of an error of the items' own code nobody knows but the store.
        if (isCertain || attempt.outcome === undefined || (!isLate && isRefused(error))) sent.pop();
        else isUnknown = true;
        // As they were when they were sent, for a caller may change them and try again.
        attempt.text = encodeResult(items);
        throw error;
      });
      // The record shows that this run has completed it, by one of those that were sent: known is which if all are the same.
      const again = before.every((one) => one.isSame && one.outcome === attempt.outcome);
      if (done === "applied-before" && !again) throw transactTwice(operation);
      // It was asked for, or nothing would have been applied.
      recorded = { result, outcome: attempt.outcome as Outcome };
      return result as T;
    } finally {
      // After a failure it may be tried again: had it been applied after all, the record would show this run's completion.
      pending = undefined;
      if (recorded === undefined) beats.resume();
    }
  }

  /** The same result again is the same change, or a lost reply would not be known: encrypted twice, it looks different. */
  function asBefore(outcome: Outcome): Outcome {
    return sent.find((one) => one.outcome?.text === outcome.text)?.outcome ?? outcome;
  }

  return {
    unit: { id: lease.id, fence: lease.fence, transact, ...extended?.members },
    extended,
    isUnknown: () => isUnknown,
    async recorded() {
      closed = true;
      await pending;
      return recorded;
    },
  };
}

/** A transaction that was sent. `text`: its items as data, once it has failed. `outcome`: once it is known. */
interface Sent {
  readonly items: readonly object[];
  outcome: Outcome | undefined;
  text: string | undefined;
}

/** The very same items, or equal as data; functions (the memory store's) are only themselves. */
function areSame({ items: before, text }: Sent, items: readonly object[]): boolean {
  if (text !== undefined) return text === encodeResult(items);
  return before.length === items.length && items.every((item, index) => item === before[index]);
}

function transactTwice(operation: string): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_TRANSACT_TWICE",
    `Operation "${operation}": unit.transact was called before. It completes the unit, so put all items into one call.`,
  );
}

function transactLate(operation: string): HoldfastError {
  return new HoldfastError(
    "CALL_ENDED",
    `Operation "${operation}": unit.transact was called after the function had answered, so nothing was applied. Await it.`,
  );
}
