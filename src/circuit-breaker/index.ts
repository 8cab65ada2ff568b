export { type BulkheadOptions, bulkhead } from "./bulkhead.ts";
export type { CircuitState, Transition } from "./circuit.ts";
export { type CircuitBreaker, circuitBreaker } from "./circuit-breaker.ts";
export { CircuitOpenError, type RefusedBecause } from "./errors.ts";
export { type CircuitFact, isCircuitFact } from "./facts.ts";
export { type LastGoodOptions, lastGood } from "./last-good.ts";
export type { CircuitBreakerOptions, SharingOptions } from "./options.ts";
export { type OperateCircuitOptions, operateCircuit } from "./shared/by-hand.ts";
export type { SharedCircuit } from "./shared/item.ts";
export type { AlertCount } from "./shared/score.ts";
export type { CircuitStore, ReplaceAnswer } from "./shared/store.ts";
export { type Skipped, skipWhenOpen } from "./skip-when-open.ts";
export { statusIs } from "./status-is.ts";
export {
  type CountWindowOptions,
  consecutiveFailures,
  countWindow,
  type RateOptions,
  type TimeWindowOptions,
  type Trip,
  type TripCounts,
  timeWindow,
} from "./trip.ts";
export { withFallback } from "./with-fallback.ts";
