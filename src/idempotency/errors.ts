import { HoldfastError } from "../core/errors.ts";
import type { RecordState } from "./record.ts";
import type { IdempotencyStore } from "./store.ts";

/** Another run holds this key right now. Deliver again after `retryAfterMs`, when its lease has ended at the latest. */
export class IdempotencyInProgressError extends HoldfastError {
  override readonly name = "IdempotencyInProgressError";
  constructor(operation: string, retryAfterMs: number) {
    const ms = Math.ceil(retryAfterMs);
    super(
      "IDEMPOTENCY_IN_PROGRESS",
      `Operation "${operation}": another run of the same key is in progress, and holds it for ${ms} ms ` +
        "unless it says that it goes on. Deliver the event again after that.",
      { retryable: true, retryAfterMs: ms },
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
  constructor(operation: string, part: string) {
    super(
      "IDEMPOTENCY_KEY_MISSING",
      `Operation "${operation}": ${part} is missing from the input. ` +
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

/**
 * Nobody can say whether the work was done: its run ended without a word and must not be repeated
 * (`onAbandoned: "block"`), or said so itself (`onError`). Someone has to look, and to settle it.
 */
export class IdempotencyUnknownOutcomeError extends HoldfastError {
  override readonly name = "IdempotencyUnknownOutcomeError";
  constructor(operation: string) {
    super(
      "IDEMPOTENCY_UNKNOWN_OUTCOME",
      `Operation "${operation}": an earlier run of this key may or may not have done the work, or could not take it back, and it is not repeated. ` +
        "Look (npx holdfast idempotency inspect), find out which, then settle it (… settle).",
    );
  }
}

/** The work was done once before, but its result could not be stored. It was not done again. */
export class IdempotencyResultNotStoredError extends HoldfastError {
  override readonly name = "IdempotencyResultNotStoredError";
  constructor(operation: string, state: RecordState = "COMPLETED_NO_RESULT") {
    const before =
      state === "FAILED" ? "failed for good before, and its error" : "was completed before, and its result";
    super(
      "IDEMPOTENCY_RESULT_NOT_STORED",
      `Operation "${operation}": this key ${before} could not be stored ` +
        "(too large, not made of plain data, or what keeps results did not answer). The work was not repeated. " +
        "Return plain data, or less of it; see the fact idempotency.result-not-stored of the first run.",
    );
  }
}

/** An item of a transaction that was refused. */
export interface RefusedItem {
  /** Its place among the items that `unit.transact` was given: 0 for the first. */
  readonly index: number;
  /**
   * Why, in the store's words. DynamoDB: the code of its cancellation reason (`ConditionalCheckFailed`, `ThrottlingError`);
   * PostgreSQL: `UnexpectedRowCount`; memory: `Thrown`.
   */
  readonly code: string;
}

/**
 * Items of a transaction were refused, so none was applied, and the unit is not completed: the function may go on.
 * `refused` says which, for programs; what the store answered is the `cause`, where it said more.
 */
export class IdempotencyItemRefusedError extends HoldfastError {
  override readonly name = "IdempotencyItemRefusedError";
  readonly refused: readonly RefusedItem[];
  constructor(
    refused: readonly RefusedItem[],
    what: string,
    options: { readonly cause?: unknown; readonly retryable?: boolean } = {},
  ) {
    super("IDEMPOTENCY_ITEM_REFUSED", `unit.transact: ${what}`, options);
    this.refused = refused;
  }
}

/** The store did not answer, or not as it should. Never taken for "a new key". */
export class IdempotencyStoreError extends HoldfastError {
  override readonly name = "IdempotencyStoreError";
  constructor(store: Pick<IdempotencyStore, "name" | "hint">, step: string, cause: unknown) {
    super(
      "IDEMPOTENCY_STORE",
      `The idempotency store (${store.name}) failed to ${step} the record: ` +
        `${nameOf(cause)}. ` +
        (hintOf(store, cause) ?? "Deliver the event again; see the cause."),
      { retryable: true, cause },
    );
  }
}

function hintOf(store: Pick<IdempotencyStore, "hint">, cause: unknown): string | undefined {
  try {
    return store.hint?.(cause);
  } catch {
    return undefined;
  }
}

/** Its message may quote what was sent; its name and code do not. */
function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const { code } = cause as { readonly code?: unknown };
  return typeof code === "string" && /^\w{1,40}$/.test(code) ? `${cause.name} (${code})` : cause.name;
}

/** Not every store can apply other effects together with a record. */
export function transactUnsupported(operation: string, store: string): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_TRANSACT_UNSUPPORTED",
    `Operation "${operation}": the store (${store}) cannot apply items together with the record, so nothing was done. ` +
      "Give the effect unit.id as its own idempotency key, or use a store that can: DynamoDB, PostgreSQL.",
  );
}

/** The record holds steps of a function that could resume; this one cannot, and would do all of them again. */
export function stepsUnknown(operation: string, names: readonly string[]): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STEPS_CHANGED",
    `Operation "${operation}": earlier runs have recorded steps (${names.join(", ")}) that this function does not have, ` +
      "so nothing was run. Deploy the function that has them, made by resumable, until no such unit is left.",
  );
}
