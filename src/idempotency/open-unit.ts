import { type Call, refusal } from "../core/call.ts";
import { HoldfastError, hasCode } from "../core/errors.ts";
import { encodeResult } from "./codec.ts";
import type { Endings, Outcome } from "./endings.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Lease } from "./store.ts";
import type { Unit } from "./unit.ts";
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

  function transact<T>(items: readonly object[], result: T): Promise<T> {
    const refused = refusal(call);
    if (refused !== undefined) return Promise.reject(refused);
    if (closed) return Promise.reject(transactLate(operation));
    if (pending !== undefined || recorded !== undefined) return Promise.reject(transactTwice(operation));
    const applied = apply(items, result);
    pending = applied;
    return applied;
  }

  async function apply<T>(items: readonly object[], result: T): Promise<T> {
    try {
      if (extended !== undefined) await extended.checkTransact();
      await beats.pause();
      const outcome = asBefore(await ends.outcome(lease, result, call));
      // Both may have taken their time.
      const refused = refusal(call);
      if (refused !== undefined) throw refused;
      const again = sent.every((one) => isSame(one, items, outcome));
      const attempt: Sent = { items: [...items], outcome, text: undefined };
      sent.push(attempt);
      const done = await ends.transact(lease, items, outcome, call).catch((error: unknown) => {
        // As they were when they were sent, for a caller may change them and try again.
        attempt.text = encodeResult(items);
        isUnknown ||= !isRefusal(error);
        throw error;
      });
      // The record shows that this run has completed it, by one of those that were sent: known is which if all are the same.
      if (done === "applied-before" && !again) throw transactTwice(operation);
      recorded = { result, outcome };
      return result;
    } finally {
      // After a failure it may be tried again: had it been applied after all, the record would show this run's completion.
      pending = undefined;
      if (recorded === undefined) beats.resume();
    }
  }

  /** The same result again is the same change, or a lost reply would not be known: encrypted twice, it looks different. */
  function asBefore(outcome: Outcome): Outcome {
    return sent.find((one) => one.outcome.text === outcome.text)?.outcome ?? outcome;
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

/** A transaction that was sent. `text`: its items as data, once it has failed. */
interface Sent {
  readonly items: readonly object[];
  readonly outcome: Outcome;
  text: string | undefined;
}

/** The very same items, or equal as data; functions (the memory store's) are only themselves. */
function isSame(sent: Sent, items: readonly object[], outcome: Outcome): boolean {
  if (sent.outcome !== outcome) return false;
  if (sent.text !== undefined) return sent.text === encodeResult(items);
  return sent.items.length === items.length && items.every((item, index) => item === sent.items[index]);
}

/** The store says that nothing was applied. Of anything else nobody knows: the request may still be on its way. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.some((code) => hasCode(error, code));
}

const REFUSALS = ["IDEMPOTENCY_ITEM_REFUSED", "IDEMPOTENCY_TRANSACT_UNSUPPORTED", "INVALID_OPTION"];

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
