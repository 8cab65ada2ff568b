import { InvalidOptionError } from "../../core/errors.ts";
import {
  type ClaimRequest,
  type IdempotencyRecord,
  type IdempotencyStore,
  type Lease,
  RECORD_VERSION,
  type WriteAnswer,
} from "../store.ts";

/** A step of a memory transaction: changes state at once, or throws before it changes any. */
export type MemoryItem = () => void;

/**
 * Records in this process alone: for tests, and for work whose repeats reach the same process.
 *
 * A restarted environment has forgotten them. `transact` takes functions, which run together with the completion; when
 * one throws, those before it have run, so give one function where that matters.
 *
 * @example
 * ```ts
 * const store = memoryStore();
 * ```
 */
export function memoryStore(options: { readonly maxRecords?: number } = {}): IdempotencyStore {
  const { maxRecords = 100_000 } = options;
  if (!Number.isInteger(maxRecords) || maxRecords < 1) {
    throw new InvalidOptionError("memoryStore", "maxRecords must be a whole number of at least 1");
  }
  const records = new Map<string, IdempotencyRecord>();

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
      const steps = items.map(checkedItem);
      if (completion !== undefined && held(completion.lease) === undefined) {
        return { written: false, found: records.get(completion.lease.id) };
      }
      for (const item of steps) item();
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

function checkedItem(item: object, index: number): MemoryItem {
  if (typeof item !== "function") {
    throw new InvalidOptionError(
      "unit.transact",
      `item ${index + 1} must be a function, with the memory store`,
    );
  }
  return item as MemoryItem;
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
