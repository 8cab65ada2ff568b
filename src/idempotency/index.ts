export type { AfterError } from "./endings.ts";
export {
  IdempotencyInProgressError,
  IdempotencyItemRefusedError,
  IdempotencyKeyMissingError,
  IdempotencyLeaseLostError,
  IdempotencyPayloadMismatchError,
  IdempotencyResultNotStoredError,
  IdempotencyStoreError,
  IdempotencyUnknownOutcomeError,
  IdempotencyUnsupportedValueError,
  type RefusedItem,
} from "./errors.ts";
export { type IdempotentOptions, idempotent } from "./idempotent.ts";
export type { Identity, KeyOf, KeyValue } from "./key.ts";
export { type LocalCacheOptions, localCache } from "./local-cache.ts";
export type { IdempotencyRecord, RecordState, Steps } from "./record.ts";
export type { RememberedResult, ResultCache } from "./result-cache.ts";
export type { ResultKeeper, ResultOwner } from "./results/keeper.ts";
export type {
  ClaimAnswer,
  ClaimRequest,
  Ending,
  IdempotencyStore,
  Lease,
  RecordChange,
  WriteAnswer,
} from "./store.ts";
export type { Unit, WithUnit } from "./unit.ts";
