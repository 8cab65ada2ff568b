import { HoldfastError } from "../core/errors.ts";

/** Another run holds this key right now. Deliver again after `retryAfterMs`, when its lease has ended at the latest. */
export class IdempotencyInProgressError extends HoldfastError {
  override readonly name = "IdempotencyInProgressError";
  constructor(operation: string, retryAfterMs: number) {
    super(
      "IDEMPOTENCY_IN_PROGRESS",
      `Operation "${operation}": another run of the same key is in progress, for ${retryAfterMs} ms at most. ` +
        "Deliver the event again after that.",
      { retryable: true, retryAfterMs },
    );
  }
}

/** The key was used before with another payload. Two different requests share a key: the sender must be mended. */
export class IdempotencyPayloadMismatchError extends HoldfastError {
  override readonly name = "IdempotencyPayloadMismatchError";
  constructor(operation: string) {
    super(
      "IDEMPOTENCY_PAYLOAD_MISMATCH",
      `Operation "${operation}": this key was used before with another payload. Use a new key for a new request.`,
    );
  }
}

/** The input has no key, so a repeat of it could not be known. */
export class IdempotencyKeyMissingError extends HoldfastError {
  override readonly name = "IdempotencyKeyMissingError";
  constructor(operation: string, part?: string) {
    super(
      "IDEMPOTENCY_KEY_MISSING",
      `Operation "${operation}": ${part === undefined ? "the key" : `the key's part "${part}"`} is missing from the input. ` +
        "Nothing was run: without a key a repeat could not be told from a new event.",
    );
  }
}

/** A key, payload or result that cannot be written down so that equal ones look equal and others do not. */
export class IdempotencyUnsupportedValueError extends HoldfastError {
  override readonly name = "IdempotencyUnsupportedValueError";
  constructor(path: string, what: string) {
    super(
      "IDEMPOTENCY_UNSUPPORTED_VALUE",
      `${path}: ${what} cannot be written so that equal values look equal and others do not. Use plain data.`,
    );
  }
}

/** This run was too slow: its lease ended, and another run may have taken the key. Nothing new may start here. */
export class IdempotencyLeaseLostError extends HoldfastError {
  override readonly name = "IdempotencyLeaseLostError";
  constructor(operation: string) {
    super(
      "IDEMPOTENCY_LEASE_LOST",
      `Operation "${operation}": this run lost its lease, so its result was not recorded. ` +
        "Another run may have done the work; deliver the event again to get that run's answer.",
      { retryable: true },
    );
  }
}

/** The work was done once before, but its result could not be stored. It was not done again. */
export class IdempotencyResultNotStoredError extends HoldfastError {
  override readonly name = "IdempotencyResultNotStoredError";
  constructor(operation: string) {
    super(
      "IDEMPOTENCY_RESULT_NOT_STORED",
      `Operation "${operation}": this key was completed before, and its result could not be stored ` +
        "(too large, or not made of plain data). The work was not repeated. Return plain data, or less of it.",
    );
  }
}

/** What the usual set-up mistakes are called, and what to look at. */
const HINTS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "Is the table's name right, and its region?",
  AccessDeniedException: "May the function use dynamodb:UpdateItem on the table?",
  ValidationException: "Is the table's only key the string `id`?",
};

/** The store did not answer, or not as it should. Never taken for "a new key". */
export class IdempotencyStoreError extends HoldfastError {
  override readonly name = "IdempotencyStoreError";
  constructor(store: string, step: string, cause: unknown) {
    super(
      "IDEMPOTENCY_STORE",
      `The idempotency store (${store}) failed to ${step} the record: ${nameOf(cause)}. ` +
        (HINTS[nameOf(cause)] ?? "Deliver the event again; see the cause."),
      { retryable: true, cause },
    );
  }
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}
