export { type BulkheadOptions, bulkhead } from "./bulkhead.ts";
export type { CircuitState, Transition } from "./circuit.ts";
export { type CircuitBreaker, type CircuitBreakerOptions, circuitBreaker } from "./circuit-breaker.ts";
export { CircuitOpenError } from "./errors.ts";
export { type LastGoodOptions, lastGood } from "./last-good.ts";
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
