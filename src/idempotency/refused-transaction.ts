import { hasCode } from "../core/errors.ts";

/** The store says that nothing was applied. Of anything else nobody knows: the request may still be on its way. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.some((code) => hasCode(error, code));
}

const REFUSALS = ["IDEMPOTENCY_ITEM_REFUSED", "IDEMPOTENCY_TRANSACT_UNSUPPORTED", "INVALID_OPTION"];
