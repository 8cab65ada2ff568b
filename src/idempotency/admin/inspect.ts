import { type Call, runtimeOf } from "../../core/call.ts";
import { type AdminStore, readFailed } from "./admin-store.ts";
import { type Inspection, inspectionOf } from "./inspection.ts";

/**
 * Looks at the record of a key, consistently read; undefined where there is none.
 *
 * @throws IdempotencyStoreError when the store does not answer.
 * @example
 * ```ts
 * const seen = await inspect(store, recordId({ operation: "post-entry", key: "entry-1" }), call);
 * console.log(seen?.status, seen?.next);
 * ```
 */
export async function inspect(store: AdminStore, id: string, call: Call): Promise<Inspection | undefined> {
  const record = await store.read(id, call).catch((cause: unknown) => {
    throw readFailed(store, cause);
  });
  return record && inspectionOf(id, record, runtimeOf(call).now());
}
