import type { Call } from "../core/call.ts";

/** The format of records written by this version. A reader refuses a newer one instead of misreading it. */
export const RECORD_VERSION = 1;

/**
 * `IN_PROGRESS`: someone holds the lease. `RELEASED`: a run failed, and the next may begin at once.
 * `COMPLETED`: done, with its result. `COMPLETED_NO_RESULT`: done, and the result could not be stored.
 */
export type RecordState = "IN_PROGRESS" | "RELEASED" | "COMPLETED" | "COMPLETED_NO_RESULT";

/** A record as it stood when it refused a write. */
export interface IdempotencyRecord {
  readonly version: number;
  readonly state: RecordState;
  /** The token of the run that wrote last; kept when completed, so that it knows its own lost reply. */
  readonly owner: string;
  /** Rises with every run of a key, so that of two runs the later is known. */
  readonly fence: number;
  readonly leaseUntilMs: number;
  readonly expiresAtMs: number;
  readonly payloadHash: string;
  readonly result?: string;
}

/** What a run asks for before it does anything. */
export interface ClaimRequest {
  readonly id: string;
  /** New for every run, the same for every send of this claim. */
  readonly owner: string;
  readonly payloadHash: string;
  readonly nowMs: number;
  readonly leaseUntilMs: number;
  readonly expiresAtMs: number;
  /** Set on the second write, which replaces a record past its expiry: the fence that record had. */
  readonly replacesFence?: number;
}

/** What a run holds between its claim and its end. */
export interface Lease {
  readonly id: string;
  readonly owner: string;
  readonly fence: number;
}

/** How a run ends well. `result` is absent when it could not be stored. */
export interface Completion {
  readonly lease: Lease;
  readonly result?: string;
  readonly expiresAtMs: number;
}

/** Either the write was made, or a record stood in its way and is shown as it was. */
export type ClaimAnswer =
  | { readonly claimed: true; readonly fence: number }
  | { readonly claimed: false; readonly found: IdempotencyRecord | undefined };

/** `written`, or the record that no longer belongs to this lease (undefined: it is gone). */
export type WriteAnswer =
  | { readonly written: true }
  | { readonly written: false; readonly found: IdempotencyRecord | undefined };

/**
 * Where records live: one conditional write per method, and no decisions. `idempotent` decides.
 *
 * Each write must be atomic, and must show the record that refused it, so that a run recognises the reply it lost.
 * `idempotencyStoreContract` in `holdfast/testing` says the rest as tests.
 */
export interface IdempotencyStore {
  readonly name: string;
  /**
   * Takes the key when there is no record, or one that is RELEASED or whose lease has ended, not expired and with
   * the same payload hash; with `replacesFence`, when there is an expired record with that fence. The fence becomes
   * the old one plus 1, or starts from the clock, so that a deleted record does not restart it.
   */
  claim(request: ClaimRequest, call: Call): Promise<ClaimAnswer>;
  /** Writes the result while IN_PROGRESS under this lease. */
  complete(completion: Completion, call: Call): Promise<WriteAnswer>;
  /** Lets go while IN_PROGRESS under this lease, keeping fence and payload hash. */
  release(lease: Lease, call: Call): Promise<WriteAnswer>;
  /**
   * Checks the items' form, then applies them and, when given, the completion: all of it, or nothing. Rejects when an item's own condition
   * fails; answers `written: false` when the lease is lost.
   */
  transact(items: readonly object[], completion: Completion | undefined, call: Call): Promise<WriteAnswer>;
}
