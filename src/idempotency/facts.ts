import { type Call, runtimeOf } from "../core/call.ts";
import type { IdempotencyRecord } from "./record.ts";

/** What observers are told of a record, where it is known. */
export interface RecordFacts {
  readonly operation: string;
  readonly id: string;
  readonly state: IdempotencyRecord["state"] | undefined;
  readonly fence: number | undefined;
  readonly ageMs: number | undefined;
}

/** What observers are told of a record: nothing of the input, and the key hashed. */
export function factsOf(
  operation: string,
  id: string,
  record: Partial<Pick<IdempotencyRecord, "state" | "fence" | "atMs">>,
  call: Call,
): RecordFacts {
  const { state, fence, atMs } = record;
  const ageMs = atMs === undefined ? undefined : runtimeOf(call).now() - atMs;
  return { operation, id, state, fence, ageMs };
}
