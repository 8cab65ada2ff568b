import { hasCode } from "holdfast";
import { type IdempotencyStore, idempotent } from "holdfast/idempotency";
import type { Payments } from "./payments.ts";

/**
 * Payments at a provider that honours no keys: each order is charged, and each charge refunded, at most once.
 *
 * A run that dies in the middle, or gets no answer, leaves an unknown outcome of this one request: it is never sent again by
 * itself. Somebody asks the provider, and settles it; then the order goes on from there.
 */
export function paidOnce(payments: Payments, store: IdempotencyStore): Payments {
  const settled = {
    store,
    onAbandoned: "block",
    onError: afterError,
  } as const;
  return {
    charge: idempotent(payments.charge, {
      ...settled,
      operation: "charge-order",
      key: ({ orderId }) => orderId,
    }),
    refund: idempotent(payments.refund, {
      ...settled,
      operation: "refund-order",
      key: ({ orderId }) => orderId,
    }),
  };
}

/** What the circuit refused was not sent: that much is known. */
function afterError(error: unknown) {
  if (hasCode(error, "ORDER_REFUSED")) return "remember";
  return hasCode(error, "CIRCUIT_OPEN") ? "release" : "unknown-outcome";
}
