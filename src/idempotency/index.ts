export {
  IdempotencyInProgressError,
  IdempotencyKeyMissingError,
  IdempotencyLeaseLostError,
  IdempotencyPayloadMismatchError,
  IdempotencyResultNotStoredError,
  IdempotencyStoreError,
  IdempotencyUnsupportedValueError,
} from "./errors.ts";
export { type IdempotentOptions, idempotent } from "./idempotent.ts";
export type { KeyValue } from "./key.ts";
export type {
  ClaimAnswer,
  ClaimRequest,
  Completion,
  IdempotencyRecord,
  IdempotencyStore,
  Lease,
  RecordState,
  WriteAnswer,
} from "./store.ts";
export type { Unit, WithUnit } from "./unit.ts";
