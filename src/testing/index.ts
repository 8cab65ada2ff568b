export { type ManualRuntime, manualRuntime } from "../core/runtime/manual-runtime.ts";
export { seededRandom } from "../core/runtime/seeded-random.ts";
export { type FakeContextOptions, fakeContext } from "./fake-context.ts";
export {
  type IdempotencyStoreSubject,
  idempotencyStoreContract,
  idempotencyTransactionContract,
  type TransactingStoreSubject,
} from "./idempotency-store-contract/index.ts";
export { type ObjectStoreSubject, objectStoreContract } from "./object-store-contract.ts";
export type { Rule } from "./rule.ts";
