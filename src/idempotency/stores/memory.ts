import { InvalidOptionError, saysRetryable } from "../../core/errors.ts";
import { dropRejection } from "../../core/observer.ts";
import { checkOptions } from "../../core/options.ts";
import { IdempotencyItemRefusedError } from "../errors.ts";
import { type IdempotencyRecord, isOver, stepsOf, withoutSteps } from "../record.ts";
import type { ClaimRequest, Ending, IdempotencyStore, Lease, RecordChange, WriteAnswer } from "../store.ts";

/**
 * An item that does something at once, or throws before it does. It may return its undoing, which is called when a later
 * item throws: a transaction is applied whole or not at all.
 */
export type MemoryItem = () => unknown;

/** An idempotency store whose transactions a test can look at. */
export interface MemoryStore extends Required<Omit<IdempotencyStore, "hint">> {
  /** The items of the transactions that were applied, in order, as they were given: the last `maxRecords` of them. */
  readonly applied: readonly object[];
}

/**
 * Records in this process alone: for tests, and for work whose repeats reach the same process.
 *
 * A restarted environment has forgotten them. `transact` takes any items and lists them in `applied`, so a function
 * written for DynamoDB can be tested with it; items that are functions are called, and may throw to refuse
 * (`IDEMPOTENCY_ITEM_REFUSED`).
 *
 * @example
 * ```ts
 * const store = memoryStore();
 * const post = idempotent(async (order: Order, { unit }) => unit.transact([putOrder(order)], "stored"), {
 *   store, operation: "store-order", key: (order) => order.orderId,
 * });
 * await post(order, rootCall());
 * console.log(store.applied); // [{ Put: … }]
 * ```
 */
export function memoryStore(options: { readonly maxRecords?: number } = {}): MemoryStore {
  checkOptions("memoryStore", options, ["maxRecords"]);
  const { maxRecords = 100_000 } = options;
  if (!Number.isInteger(maxRecords) || maxRecords < 1) {
    throw new InvalidOptionError("memoryStore", "maxRecords must be a whole number of at least 1");
  }
  const records = new Map<string, IdempotencyRecord>();
  const applied: object[] = [];

  function held(lease: Lease): boolean {
    return isThat(records.get(lease.id), { ...lease, state: "IN_PROGRESS" });
  }

  /** Of a record that is as it was seen; `owner` makes it someone else's. */
  function change(
    seen: Lease & Pick<IdempotencyRecord, "state">,
    changes: RecordChange & { readonly owner?: string },
  ): WriteAnswer {
    const found = records.get(seen.id);
    if (found === undefined || !isThat(found, seen) || isLate(found, changes)) {
      return { written: false, found };
    }
    records.set(seen.id, changed(found, changes));
    return { written: true };
  }

  /** What is known beforehand is changed at once: nobody comes between the items and the record. */
  async function conclude(ending: Ending | undefined): Promise<WriteAnswer> {
    if (ending === undefined) return { written: true };
    const seen = { ...ending.lease, state: "IN_PROGRESS" } as const;
    return change(seen, typeof ending.change === "function" ? await ending.change() : ending.change);
  }

  return {
    name: "memory",
    keepsSteps: true,
    applied,
    async claim(request) {
      const { id, owner, version, payloadHash, leaseUntilMs, expiresAtMs, nowMs } = request;
      const found = records.get(id);
      const isFree = found === undefined ? request.replacesFence === undefined : mayTake(found, request);
      if (!isFree) return { claimed: false, found };
      const took = found && request.replacesFence !== undefined ? withoutSteps(found) : found;
      if (took === undefined) makeRoom(records, maxRecords, nowMs);
      const fence = (took?.fence ?? nowMs) + 1;
      records.set(
        id,
        Object.freeze({
          version,
          state: "IN_PROGRESS",
          owner,
          fence,
          leaseUntilMs,
          expiresAtMs,
          atMs: nowMs,
          payloadHash,
          ...(took?.steps === undefined ? {} : { steps: took.steps }),
        }),
      );
      return { claimed: true, fence, took };
    },
    async write(lease, changes) {
      return change({ ...lease, state: "IN_PROGRESS" }, changes);
    },
    async transact(items, ending) {
      if (!Array.isArray(items)) throw new InvalidOptionError("unit.transact", "items must be a list");
      if (ending !== undefined && !held(ending.lease)) {
        return { written: false, found: records.get(ending.lease.id) };
      }
      const undo = applyAll(items);
      let answer: WriteAnswer = { written: false, found: undefined };
      try {
        answer = await conclude(ending);
      } finally {
        if (!answer.written) undo();
      }
      if (answer.written) applied.push(...items);
      if (applied.length > maxRecords) applied.splice(0, applied.length - maxRecords);
      return answer;
    },
    async read(id) {
      return records.get(id);
    },
    async settle(seen, changes) {
      if (changes !== undefined) return change(seen, changes);
      const found = records.get(seen.id);
      if (!isThat(found, seen)) return { written: false, found };
      records.delete(seen.id);
      return { written: true };
    },
  };
}

/** Does what the items do, and returns how to undo it. */
function applyAll(items: readonly object[]): () => void {
  const undo: (() => void)[] = [];
  const undoAll = (): void => {
    for (const undoing of undo.reverse()) undoing();
  };
  for (const [index, item] of items.entries()) {
    let undoing: unknown;
    try {
      undoing = typeof item === "function" ? item() : undefined;
    } catch (error) {
      undoAll();
      throw itemThrew(index, error);
    }
    if (undoing instanceof Promise) {
      undoAll();
      dropRejection(undoing);
      throw new InvalidOptionError(
        "unit.transact",
        "an item of the memory store must do its work at once, not in a promise",
      );
    }
    if (typeof undoing === "function") undo.push(() => undoing());
  }
  return undoAll;
}

/** As a store of the network refuses: the function that is tested meets the same error. */
function itemThrew(index: number, cause: unknown): IdempotencyItemRefusedError {
  return new IdempotencyItemRefusedError(
    [{ index, code: "Thrown" }],
    `item ${index + 1} threw. Nothing was applied; what it threw is the cause.`,
    { cause, retryable: saysRetryable(cause) ?? false },
  );
}

function isThat(
  found: IdempotencyRecord | undefined,
  seen: Lease & Pick<IdempotencyRecord, "state">,
): boolean {
  return found?.owner === seen.owner && found.fence === seen.fence && found.state === seen.state;
}

/** Whether it would end the lease earlier, as a heartbeat does that arrives after a later one. */
function isLate(found: IdempotencyRecord, { leaseUntilMs }: RecordChange): boolean {
  return leaseUntilMs !== undefined && leaseUntilMs < found.leaseUntilMs;
}

/** What a change makes of a record. Frozen, for whoever is shown it holds what the store holds. */
function changed(
  { steps: had, ...found }: IdempotencyRecord,
  { steps: added, result, ...changes }: RecordChange & { readonly owner?: string },
): IdempotencyRecord {
  const all = added === undefined ? had : stepsOf(Object.entries({ ...had, ...added }));
  const steps = isOver(changes.state ?? found.state) ? undefined : all;
  return Object.freeze({
    ...found,
    ...changes,
    ...(result === undefined ? {} : { result }),
    ...(steps === undefined ? {} : { steps }),
  });
}

/** The condition of a claim, as every store must have it. */
function mayTake(found: IdempotencyRecord, request: ClaimRequest): boolean {
  if (found.version > request.version) return false;
  const expired = found.expiresAtMs <= request.nowMs;
  if (request.replacesFence !== undefined) return expired && found.fence === request.replacesFence;
  if (expired || found.payloadHash !== request.payloadHash) return false;
  if (found.state === "RELEASED") return true;
  return found.state === "IN_PROGRESS" && request.takesAbandoned && found.leaseUntilMs <= request.nowMs;
}

/** Forgets what has expired, and only that: a live record forgotten would be an effect repeated. */
function makeRoom(records: Map<string, IdempotencyRecord>, maxRecords: number, nowMs: number): void {
  if (records.size < maxRecords) return;
  for (const [id, record] of records) if (record.expiresAtMs <= nowMs) records.delete(id);
  if (records.size >= maxRecords) {
    throw new InvalidOptionError(
      "memoryStore",
      `all ${maxRecords} records are still needed; allow more with maxRecords`,
    );
  }
}
