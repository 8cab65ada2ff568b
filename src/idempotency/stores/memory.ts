import { InvalidOptionError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import {
  type ClaimRequest,
  type IdempotencyRecord,
  type IdempotencyStore,
  type Lease,
  RECORD_VERSION,
  type WriteAnswer,
} from "../store.ts";

/** An item that does something: changes state at once, or throws before it changes any. */
export type MemoryItem = () => void;

/** An idempotency store whose transactions a test can look at. */
export interface MemoryStore extends IdempotencyStore {
  /** The items of the transactions that were applied, in order, as they were given: the last `maxRecords` of them. */
  readonly applied: readonly object[];
}

/**
 * Records in this process alone: for tests, and for work whose repeats reach the same process.
 *
 * A restarted environment has forgotten them. `transact` takes any items and lists them in `applied`, so a function
 * written for DynamoDB can be tested with it; items that are functions are called, and may throw to refuse.
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

  function held(lease: Lease): IdempotencyRecord | undefined {
    const found = records.get(lease.id);
    const mine = found?.state === "IN_PROGRESS" && found.owner === lease.owner && found.fence === lease.fence;
    return mine ? found : undefined;
  }

  function end(lease: Lease, change: Partial<IdempotencyRecord>): WriteAnswer {
    const found = held(lease);
    if (found === undefined) return { written: false, found: records.get(lease.id) };
    records.set(lease.id, { ...found, ...change });
    return { written: true };
  }

  return {
    name: "memory",
    applied,
    async claim(request) {
      const found = records.get(request.id);
      if (found !== undefined && !mayTake(found, request)) return { claimed: false, found };
      if (found === undefined) makeRoom(records, maxRecords, request.nowMs);
      const fence = (found?.fence ?? request.nowMs) + 1;
      const { owner, payloadHash, leaseUntilMs, expiresAtMs } = request;
      records.set(request.id, {
        version: RECORD_VERSION,
        state: "IN_PROGRESS",
        owner,
        fence,
        leaseUntilMs,
        expiresAtMs,
        payloadHash,
      });
      return { claimed: true, fence };
    },
    async complete({ lease, result, expiresAtMs }) {
      return end(lease, completed(result, expiresAtMs));
    },
    async release(lease) {
      return end(lease, { state: "RELEASED" });
    },
    async transact(items, completion) {
      if (!Array.isArray(items)) throw new InvalidOptionError("unit.transact", "items must be a list");
      if (completion !== undefined && held(completion.lease) === undefined) {
        return { written: false, found: records.get(completion.lease.id) };
      }
      for (const item of items) if (typeof item === "function") item();
      applied.push(...items);
      if (applied.length > maxRecords) applied.splice(0, applied.length - maxRecords);
      return completion === undefined
        ? { written: true }
        : end(completion.lease, completed(completion.result, completion.expiresAtMs));
    },
  };
}

function completed(result: string | undefined, expiresAtMs: number): Partial<IdempotencyRecord> {
  return result === undefined
    ? { state: "COMPLETED_NO_RESULT", expiresAtMs }
    : { state: "COMPLETED", result, expiresAtMs };
}

/** The condition of a claim, as every store must have it. */
function mayTake(found: IdempotencyRecord, request: ClaimRequest): boolean {
  const expired = found.expiresAtMs <= request.nowMs;
  if (request.replacesFence !== undefined) return expired && found.fence === request.replacesFence;
  if (expired || found.payloadHash !== request.payloadHash) return false;
  return found.state === "RELEASED" || (found.state === "IN_PROGRESS" && found.leaseUntilMs <= request.nowMs);
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
