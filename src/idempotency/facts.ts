import { type Call, runtimeOf } from "../core/call.ts";
import type { IdempotencyRecord } from "./record.ts";

/** What observers are told of a record: nothing of the input, and the key hashed. */
export function factsOf(
  operation: string,
  id: string,
  record: Partial<Pick<IdempotencyRecord, "state" | "fence" | "atMs">>,
  call: Call,
) {
  const { state, fence, atMs } = record;
  const ageMs = atMs === undefined ? undefined : runtimeOf(call).now() - atMs;
  return { operation, id, state, fence, ageMs };
}
