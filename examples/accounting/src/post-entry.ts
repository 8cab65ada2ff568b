import { type Call, HoldfastError, hasCode } from "holdfast";
import type { WithUnit } from "holdfast/idempotency";
import type { Entry } from "./entry.ts";
import { posting, standing } from "./ledger.ts";

/** `before`: the journal had it when no record of its run was left. */
export interface Posted {
  readonly posted: "now" | "before";
}

/** The key stands in the journal, under another entry. */
export class KeyReusedError extends HoldfastError {
  override readonly name = "KeyReusedError";
  constructor(cause: unknown) {
    super("LEDGER_KEY_REUSED", "Another entry was posted under this key. A new entry needs a new key.", {
      cause,
    });
  }
}

/**
 * Posts an entry, in one transaction with the record of its run; or finds that it was posted, however long ago.
 *
 * @throws KeyReusedError when the journal has another entry under its key.
 */
export async function postEntry(entry: Entry, { unit }: Call & WithUnit): Promise<Posted> {
  try {
    return await unit.transact([posting(entry)], { posted: "now" });
  } catch (error) {
    if (!hasCode(error, "IDEMPOTENCY_ITEM_REFUSED")) throw error;
  }
  // Nothing was applied. A record that expired, or was purged, knows nothing of the key; the journal does.
  try {
    return await unit.transact([standing(entry)], { posted: "before" });
  } catch (error) {
    throw hasCode(error, "IDEMPOTENCY_ITEM_REFUSED") ? new KeyReusedError(error) : error;
  }
}
