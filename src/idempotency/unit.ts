/** What an idempotent function can do beyond a plain one. */
export interface Unit {
  /**
   * The record's identifier: the operation, and the key hashed. The same in every run of this key, also when the kill
   * switch is on, so give it to a target outside as its idempotency key. A new one for an input without a key. Safe to log.
   */
  readonly id: string;
  /** Rises with every run of this key. A target that remembers the highest can refuse a stale run. */
  readonly fence: number;
  /**
   * Applies `items` and records `result` as this unit's, in one transaction: these effects happen exactly once.
   *
   * What an item is depends on the store; with DynamoDB, one action of TransactWriteItems: `{ Put: { TableName, Item } }`.
   * Call it at most once, last, and return what it returns. Rejects with `IdempotencyLeaseLostError`, and applies
   * nothing, when another run has taken over; with `IdempotencyItemRefusedError`, which says which, when an item's
   * condition fails. After that the function may go on, and transact something else.
   *
   * `result` may be a function: with items that are functions themselves it is called when they are through, and may be
   * called again with them.
   */
  transact<T>(items: readonly object[], result: T | (() => T)): Promise<T>;
}

/**
 * What the call of an idempotent function carries besides. For functions that are declared apart; one written inside
 * `idempotent(…)` needs no types.
 *
 * @example
 * ```ts
 * async function storeOrder(order: Order, call: Call & WithUnit) {
 *   return call.unit.transact([putOrder(order)], { stored: true });
 * }
 * ```
 */
export interface WithUnit {
  readonly unit: Unit;
}

/** The result that `transact` was given, or was told how to get. */
export function resultOf<T>(result: T | (() => T)): T {
  return typeof result === "function" ? (result as () => T)() : result;
}
