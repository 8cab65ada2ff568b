import { type Call, refusal } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
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
      await last.transact(lease, items, result, call);
      recorded = { result };
      return result;
    } finally {
      // After a failure it may be tried again: had it been applied after all, the record would show this run's completion.
      pending = undefined;
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
