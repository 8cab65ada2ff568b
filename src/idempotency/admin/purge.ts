import { type Call, runtimeOf } from "../../core/call.ts";
import { type AdminStore, writeFailed } from "./admin-store.ts";
import { checkPurges } from "./guards.ts";
import { inspect } from "./inspect.ts";
import { type Inspection, inspectionOf } from "./inspection.ts";
import { isSameRun } from "./settle.ts";

/** `purged`, or the record as it is now, for it has changed since it was seen. */
export type PurgeAnswer = { readonly purged: true } | { readonly purged: false; readonly now: Inspection };

/**
 * Deletes the record of a key, so that its next delivery runs as new: of a completed one, the work is repeated.
 *
 * Only while the record is as it was seen. One that is gone counts as purged. Processes with a `localCache` still
 * replay what they remember of it, for up to their `maxAgeMs`.
 *
 * @throws HoldfastError `IDEMPOTENCY_STILL_HELD`, unless forced, `IDEMPOTENCY_RECORD_VERSION`; IdempotencyStoreError.
 * @example
 * ```ts
 * const seen = await inspect(store, "post-entry#Zr9…", call);
 * if (seen?.status === "failed") await purge(store, seen, {}, call);
 * ```
 */
export async function purge(
  store: AdminStore,
  seen: Inspection,
  options: {
    /** Purges also under a run that still holds the key, beside which the next one then works. Default: false. */
    readonly force?: boolean;
  },
  call: Call,
): Promise<PurgeAnswer> {
  const { id } = seen;
  const now = await inspect(store, id, call);
  if (now === undefined) return { purged: true };
  if (!isSameRun(now.record, seen.record)) return { purged: false, now };
  checkPurges(now, options.force ?? false);
  const answer = await store.settle({ id, ...now.record }, undefined, call).catch((cause: unknown) => {
    throw writeFailed(store, "delete", cause);
  });
  if (answer.written || answer.found === undefined) return { purged: true };
  return { purged: false, now: inspectionOf(id, answer.found, runtimeOf(call).now()) };
}
