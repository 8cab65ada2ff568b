import type { Call } from "../core/call.ts";
import type { IdempotencyRecord, RecordState, Steps } from "./record.ts";

/** What a run asks for before it does anything. */
export interface ClaimRequest {
  readonly id: string;
  /** New for every run, the same for every send of this claim. */
  readonly owner: string;
  readonly payloadHash: string;
  /** The format the claim writes. A record of a higher one refuses it, whatever its state. */
  readonly version: number;
  readonly nowMs: number;
  readonly leaseUntilMs: number;
  readonly expiresAtMs: number;
  /** Whether a run whose lease has ended without a word may be taken over. */
  readonly takesAbandoned: boolean;
  /** Set on the second write, which replaces a record past its expiry: the fence that record had. */
  readonly replacesFence?: number;
}

/** What a run holds between its claim and its end. */
export interface Lease {
  readonly id: string;
  readonly owner: string;
  readonly fence: number;
}

/**
 * What a run, or a person, changes of a record; what is absent stays. A heartbeat changes `leaseUntilMs` alone, a step
 * `steps` alone, an ending `state`, `atMs`, mostly `expiresAtMs` and `result`.
 */
export interface RecordChange {
  readonly state?: Exclude<RecordState, "IN_PROGRESS">;
  readonly result?: string;
  readonly leaseUntilMs?: number;
  readonly expiresAtMs?: number;
  readonly atMs?: number;
  /** Steps to be added to those of the record, or to be replaced there by name. */
  readonly steps?: Steps;
}

/** How a run ends: what is written under which lease. */
export interface Ending {
  readonly lease: Lease;
  /**
   * A function where the result is known only when the items are through: the store asks it then, or before the items
   * where it sends them together with the change. Rejected, it stops the transaction.
   */
  readonly change: RecordChange | (() => Promise<RecordChange>);
  /**
   * Told by a store that knows, before it rejects: nothing was applied, nor will be, whatever the error says. Of an error without
   * it only what `IdempotencyItemRefusedError` says of itself is known.
   */
  readonly notApplied?: () => void;
}

/** Either the write was made, or a record stood in its way and is shown as it was. */
export type ClaimAnswer =
  | {
      readonly claimed: true;
      readonly fence: number;
      /** The record that was taken over, from stores that can tell. */
      readonly took?: IdempotencyRecord | undefined;
    }
  | { readonly claimed: false; readonly found: IdempotencyRecord | undefined };

/** `written`, or the record that no longer belongs to this lease (undefined: it is gone). */
export type WriteAnswer =
  | { readonly written: true }
  | { readonly written: false; readonly found: IdempotencyRecord | undefined };

/**
 * Where records live: one conditional write per method, and no decisions. `idempotent` decides.
 *
 * Every method must settle once its call is over: `idempotent` waits for it. Each write must be atomic, and must show the record that refused it, so that a run recognises the reply it lost.
 * `idempotencyStoreContract` in `holdfast/testing` says the rest as tests.
 */
export interface IdempotencyStore {
  readonly name: string;
  /**
   * Whether records keep steps: a claim that takes a record over leaves its steps in it and shows them in `took`; one that
   * replaces an expired record, or an ending other than RELEASED and UNKNOWN, drops them. Default: false.
   */
  readonly keepsSteps?: boolean;
  /** What to look at when an error is one of the usual set-up mistakes. */
  hint?(error: unknown): string | undefined;
  /**
   * Takes the key when there is no record; or one of no higher version and with the same payload hash that has not
   * expired and is RELEASED, or IN_PROGRESS with its lease ended if the request takes abandoned ones. With
   * `replacesFence`: when there is an expired record of no higher version with that fence. The fence becomes the old
   * one plus 1, or starts from the clock, so that a deleted record does not restart it.
   */
  claim(request: ClaimRequest, call: Call): Promise<ClaimAnswer>;
  /**
   * Changes the record while it is IN_PROGRESS under this lease. One that would end the lease earlier is refused by the record
   * as it is: a heartbeat that arrives after a later one.
   */
  write(lease: Lease, change: RecordChange, call: Call): Promise<WriteAnswer>;
  /**
   * Checks the items' form, then applies them and, when given, the ending: all of it, or nothing. Rejects with
   * `IdempotencyItemRefusedError`, which says which, when an item's own condition fails; answers `written: false` when the
   * lease is lost. What is wrong before anything is sent is `INVALID_OPTION`. Absent where the store cannot do it.
   */
  transact?(items: readonly object[], ending: Ending | undefined, call: Call): Promise<WriteAnswer>;
  /** The record as it stands, consistently read. For people: `idempotent` never reads before it writes. */
  read(id: string, call: Call): Promise<IdempotencyRecord | undefined>;
  /**
   * Changes the record (undefined: deletes it) while it still has this owner, fence and state: what a person decided
   * on having seen it. A change of `owner` keeps the run that is settled from taking the result for its own.
   */
  settle(
    seen: Lease & { readonly state: RecordState },
    change: (RecordChange & { readonly owner: string }) | undefined,
    call: Call,
  ): Promise<WriteAnswer>;
}
