import type { Call } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import type { IdempotentOptions } from "./options.ts";
import { protect } from "./protect.ts";
import type { WithUnit } from "./unit.ts";

export type { IdempotentOptions } from "./options.ts";

/**
 * Runs a function once per key: a repeat gets the first answer again, and the function is not called.
 *
 * Effects inside `unit.transact` happen exactly once. Any other effect happens at least once: a run that dies half-way
 * is run again once its lease has ended, unless `onAbandoned` says "block". A function that fails is forgotten at once,
 * so that the next delivery runs, unless `onError` says otherwise; a store that does not answer is an error
 * (`IDEMPOTENCY_STORE`), never "a new key". While another run holds the key: `IDEMPOTENCY_IN_PROGRESS`, retryable.
 *
 * Put it round the smallest unit that must not repeat: the record of a batch, not the batch.
 *
 * @example
 * ```ts
 * const storeOrder = idempotent(
 *   async (order: Order, call) => call.unit.transact([putOrder(order)], { stored: true }),
 *   { store, operation: "store-order", key: (order) => order.orderId },
 * );
 * ```
 */
export function idempotent<I, R, C extends Call, const S = never>(
  fn: Fn<I, R, C & WithUnit>,
  options: IdempotentOptions<I, S>,
): Fn<I, R | S, C> {
  return protect("idempotent", fn, options);
}
