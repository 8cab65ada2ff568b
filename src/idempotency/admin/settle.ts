import { type Call, runtimeOf } from "../../core/call.ts";
import type { IdempotencyRecord } from "../record.ts";
import { type AdminStore, writeFailed } from "./admin-store.ts";
import { inspect } from "./inspect.ts";
import { BY_HAND, type Inspection, inspectionOf } from "./inspection.ts";
import { type Settlement, settledChange } from "./settlement.ts";

/** `settled`, or the record as it is now (undefined: it is gone), for it has changed since it was seen. */
export type SettleAnswer =
  | { readonly settled: true; readonly now: Inspection }
  | { readonly settled: false; readonly now: Inspection | undefined };

/**
 * Writes what somebody found out of a key whose outcome is unknown, or whose run was abandoned.
 *
 * Only while the record is as it was seen: it is read once more, then written under that owner, fence and state. The
 * record gets an owner of its own, so the run that is settled, if it wakes, is refused whatever it writes. A heartbeat
 * sent before the lease ended, and arriving between that read and the write, is not seen.
 *
 * @throws HoldfastError `IDEMPOTENCY_NOTHING_TO_SETTLE`, `IDEMPOTENCY_STILL_HELD`, `IDEMPOTENCY_RECORD_VERSION`,
 * `IDEMPOTENCY_RESULT_NOT_STORED`; IdempotencyStoreError, after which it may be settled or not: inspect it again.
 * @example
 * ```ts
 * const seen = await inspect(store, "post-entry#Zr9…", call);
 * if (seen?.status === "unknown") await settle(store, seen, { as: "completed", result: { posted: true } }, call);
 * ```
 */
export async function settle(
  store: AdminStore,
  seen: Inspection,
  settlement: Settlement,
  call: Call,
): Promise<SettleAnswer> {
  const { id } = seen;
  const now = await inspect(store, id, call);
  if (now === undefined || !isSameRun(now.record, seen.record)) return { settled: false, now };
  const change = await settledChange(now, settlement, BY_HAND + runtimeOf(call).newId(), call);
  const answer = await store.settle({ id, ...now.record }, change, call).catch((cause: unknown) => {
    throw writeFailed(store, "settle", cause);
  });
  const view = (record: IdempotencyRecord) => inspectionOf(id, record, runtimeOf(call).now());
  if (answer.written) return { settled: true, now: view({ ...now.record, ...change }) };
  const { found } = answer;
  // A refusal that shows this very owner: the first reply was lost, the write was not.
  if (found?.owner === change.owner) return { settled: true, now: view(found) };
  return { settled: false, now: found && view(found) };
}

/** Whether the same run wrote last, and left it in the same state. */
export function isSameRun(one: IdempotencyRecord, other: IdempotencyRecord): boolean {
  return one.owner === other.owner && one.fence === other.fence && one.state === other.state;
}
