import { circuitBreaker, consecutiveFailures } from "holdfast/circuit-breaker";
import type { CircuitStore } from "holdfast/circuit-breaker/dynamodb";
import { required } from "./environment.ts";

/** As its breakers, its item in the table and the operator's commands have it. */
export const PAYMENT_CIRCUIT = "payments";

/**
 * The circuit of the payment provider: one for all functions that call it, in all their environments.
 *
 * Every error counts that may pass: 429, 503, a lost connection, no answer in time. A declined card is an answer.
 */
export function paymentCircuit(store: CircuitStore) {
  const cooldownMs = Number(required("PAYMENTS_COOLDOWN_MS"));
  return circuitBreaker({
    name: PAYMENT_CIRCUIT,
    store,
    trip: consecutiveFailures(Number(required("PAYMENTS_FAILURES_TO_OPEN"))),
    halfOpenAfterMs: cooldownMs,
    probeTimeoutMs: 1_000,
    sharing: {
      readEveryMs: cooldownMs / 2,
      staleAfterMs: Math.max(1_000, 3 * cooldownMs),
      rampMs: cooldownMs,
    },
  });
}
