import { HoldfastError } from "../../core/errors.ts";
import type { EntryOutcome } from "../sender/bulk-target.ts";

/** The service refused this entry, and took the others of its request or refused them for reasons of their own. */
export class EntryRefusedError extends HoldfastError {
  override readonly name = "EntryRefusedError";
  /** The service's own code: "InvalidMessageContents". */
  readonly reason: string;
  constructor(target: string, reason: string, retryable: boolean) {
    super("ENTRY_REFUSED", `${target} refused this entry: ${reason}.`, { retryable });
    this.reason = reason;
  }
}

/** What the service answered says nothing of this entry: it may have been written. */
export class EntryUnansweredError extends HoldfastError {
  override readonly name = "EntryUnansweredError";
  constructor(target: string) {
    super("ENTRY_UNANSWERED", `${target} answered, and did not say what became of this entry.`, {
      retryable: true,
    });
  }
}

/** The outcome of an entry that was refused, or, without a code, not answered for. */
export function refused(target: string, reason: unknown, retryable: boolean): EntryOutcome {
  if (typeof reason !== "string" || reason === "") {
    return { ok: false, error: new EntryUnansweredError(target), retryable: true };
  }
  return { ok: false, error: new EntryRefusedError(target, reason, retryable), retryable };
}

/** The entry can never be sent: it is not what the target takes. */
export function entryInvalid(what: string): HoldfastError {
  return new HoldfastError("ENTRY_INVALID", what);
}
