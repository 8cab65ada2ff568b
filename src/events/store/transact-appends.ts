import { InvalidOptionError } from "../../core/errors.ts";
import { type Appending, highestOf, standingOf } from "./appending.ts";
import { EventStreamConflictError } from "./errors.ts";

/** What a unit of `idempotent` or `resumable` has: `call.unit`. */
export interface TransactingUnit {
  transact<T>(items: readonly object[], result: T): Promise<T>;
}

const WHERE = "transactAppends";

/**
 * Appends to streams, applies items and completes the unit, all in one transaction: exactly once.
 *
 * Call it where you would call `unit.transact`: at most once, last, and return what it returns. Up to 99 writes in all; an append of n
 * events is n of them, and one more unless its stream is new.
 *
 * Where the events lie there already, from a time before the unit's record was forgotten, and there are no items besides, the unit is
 * done and the result is returned. With items, nobody knows whether they were applied as well: a conflict whose `isRepeat` says so.
 *
 * @throws EventStreamConflictError (`EVENT_STREAM_CONFLICT`), before anything is applied: the function may read again, decide again and
 * transact again, or leave that to its next run. Whatever else `unit.transact` throws; of an item that is refused, `refused` counts the
 * given items first.
 * @example
 * ```ts
 * const pay = idempotent(async (entry: Entry, call) => {
 *   const { version } = await eventStore.rebuild(`order-${entry.id}`, { initial: 0, apply: (paid) => paid + 1 }, call);
 *   const paid = orderPaid.of(entry, { id: `${call.unit.id}/paid` });
 *   const appending = await eventStore.appending(`order-${entry.id}`, version, [paid], call);
 *   return transactAppends(call.unit, [appending], [], { paid: true });
 * }, { store, operation: "pay-order", key: (entry) => entry.id });
 * ```
 */
export async function transactAppends<T>(
  unit: TransactingUnit,
  appendings: readonly Appending[],
  items: readonly object[],
  result: T,
): Promise<T> {
  if (typeof unit?.transact !== "function") {
    throw new InvalidOptionError(WHERE, "its first argument must be a unit: call.unit, inside idempotent");
  }
  if (!Array.isArray(appendings) || !Array.isArray(items)) {
    throw new InvalidOptionError(WHERE, "appendings and items must be lists");
  }
  try {
    return await unit.transact([...items, ...appendings.flatMap((one) => one.items)], result);
  } catch (error) {
    const refused = refusedBy(error, appendings, items.length);
    if (refused.length === 0) throw error;
    const theirs = refused.find(({ standing }) => standing !== "ours");
    const writing = appendings.filter((one) => one.items.length > 0);
    const isDone = theirs === undefined && refused.length === writing.length && items.length === 0;
    if (isDone) return result;
    const { appending, found } = theirs ?? at(refused);
    const isRepeat = theirs === undefined;
    throw new EventStreamConflictError(appending, { foundVersion: highestOf(found), isRepeat, cause: error });
  }
}

function refusedBy(error: unknown, appendings: readonly Appending[], itemsBefore: number) {
  let firstItem = itemsBefore;
  return appendings.flatMap((appending) => {
    const found = appending.foundIn(error, firstItem);
    firstItem += appending.items.length;
    return found === undefined ? [] : [{ appending, found, standing: standingOf(appending, found) }];
  });
}

function at<T>(list: readonly T[]): T {
  return list[0] as T;
}
