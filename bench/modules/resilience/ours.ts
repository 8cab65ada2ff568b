/** What a program imports to have the three. */
export { rootCall, timeout, wrap } from "holdfast";
export { circuitBreaker } from "holdfast/circuit-breaker";
export { retry } from "holdfast/retry";
