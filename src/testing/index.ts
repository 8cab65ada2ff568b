export { memoryCircuitStore } from "../circuit-breaker/stores/memory.ts";
export { type ManualRuntime, manualRuntime } from "../core/runtime/manual-runtime.ts";
export { seededRandom } from "../core/runtime/seeded-random.ts";
export { type MemoryEventStore, memoryEventStore } from "../events/store/stores/memory.ts";
export { type CircuitStoreSubject, circuitStoreContract } from "./circuit-store-contract.ts";
export { CrashFoundError } from "./crash-explorer/errors.ts";
export { type CrashReport, exploreCrashes } from "./crash-explorer/explore-crashes.ts";
export type { CrashFault, CrashKind, CrashSchedule } from "./crash-explorer/fault.ts";
export type { ExploreCrashesOptions } from "./crash-explorer/options.ts";
export type { CrashProcess, CrashWorld, DeliveryEnd, SetUpWorld } from "./crash-explorer/world.ts";
export { type FakeContextOptions, fakeContext } from "./fake-context.ts";
export {
  type IdempotencyStoreSubject,
  idempotencyStepContract,
  idempotencyStepTransactionContract,
  idempotencyStoreContract,
  idempotencyTransactionContract,
  type TransactingStoreSubject,
} from "./idempotency-store-contract/index.ts";
export { type ObjectStoreSubject, objectStoreContract } from "./object-store-contract.ts";
export type { Rule } from "./rule.ts";
