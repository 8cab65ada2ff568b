import { type Call, refusal } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { encodeResult } from "./codec.ts";
import type { LastWord } from "./last-word.ts";
import type { Lease } from "./store.ts";
import type { Unit } from "./unit.ts";

/** The unit of a run that goes on, and what its transaction came to. */
export interface OpenUnit {
  readonly unit: Unit;
  /**
   * What was recorded by `transact`, or undefined when it was not used, or failed and the function dealt with that.
   * Asked once the function has settled; what it left running begins no transaction any more. Waits for one that the function did not await, and rejects with its error: nobody else would see it.
   */
  recorded(): Promise<{ readonly result: unknown } | undefined>;
}

export function openUnit(lease: Lease, call: Call, operation: string, last: LastWord): OpenUnit {
  let pending: Promise<unknown> | undefined;
  let recorded: { readonly result: unknown } | undefined;
  let closed = false;
  /** The items of the first transaction that was sent. */
  let sent: readonly object[] | undefined;

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
      const outcome = await last.transact(lease, items, result, call);
      // A transaction whose reply was lost may have been applied; then these items must be those, or they are not.
      if (outcome === "applied-before" && !sameItems(items, sent ?? items)) throw transactTwice(operation);
      recorded = { result };
      return result;
    } finally {
      // After a failure it may be tried again: had it been applied after all, the record would show this run's completion.
      pending = undefined;
      sent ??= items;
    }
  }

  return {
    unit: { id: lease.id, fence: lease.fence, transact },
    async recorded() {
      closed = true;
      await pending;
      return recorded;
    },
  };
}

/** The very same, or equal as data. */
function sameItems(these: readonly object[], those: readonly object[]): boolean {
  if (these.length === those.length && these.every((item, index) => item === those[index])) return true;
  const text = encodeResult(these);
  return text !== undefined && text === encodeResult(those);
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
