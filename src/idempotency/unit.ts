import type { Call } from "../core/call.ts";

/**
 * What an idempotent function can do beyond a plain one. `Item` is what its store's transactions are made of.
 */
export interface Unit<in Item = never> {
  /** The record's identifier: the operation, and the key hashed. Safe to log. */
  readonly id: string;
  /** Rises with every run of this key. A target that remembers the highest can refuse a stale run. */
  readonly fence: number;
  /**
   * Applies `items` and records `result` as this unit's, in one transaction: these effects happen exactly once.
   *
   * Call it at most once, last, and return what it returns. Rejects with `IdempotencyLeaseLostError`, and applies
   * nothing, when another run has taken over; with the store's own error when an item's condition fails.
   */
  transact<T>(items: readonly Item[], result: T): Promise<T>;
}

/**
 * The call of an idempotent function: `C` with the unit. For functions that are declared apart; one written inside
 * `idempotent(…)` needs no types.
 *
 * @example
 * ```ts
 * async function storeOrder(order: Order, call: UnitCall<LambdaCall, DynamoDBTransactItem>) { … }
 * ```
 */
export type UnitCall<C extends Call = Call, Item = never> = C & { readonly unit: Unit<Item> };
