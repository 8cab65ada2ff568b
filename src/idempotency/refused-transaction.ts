import { hasCode, saysRetryable } from "../core/errors.ts";

/**
 * Whether an error of a transaction says that nothing was applied, whatever became of an earlier send of the same: a throttled one
 * may follow one whose reply was lost. Of anything else nobody knows, and the request may still be on its way.
 */
export function isRefused(error: unknown): boolean {
  if (hasCode(error, "INVALID_OPTION") || hasCode(error, "IDEMPOTENCY_TRANSACT_UNSUPPORTED")) return true;
  return hasCode(error, "IDEMPOTENCY_ITEM_REFUSED") && saysRetryable(error) === false;
}
