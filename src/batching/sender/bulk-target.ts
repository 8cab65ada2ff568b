import type { Call } from "../../core/call.ts";

/** What a target says of one entry of a request. */
export type EntryOutcome =
  | { readonly ok: true; readonly id?: string }
  | {
      readonly ok: false;
      readonly error: unknown;
      /** Whether the same entry can be sent again. */
      readonly retryable: boolean;
    };

/** Something that takes many entries in one request: its limits, and how to send one. */
export interface BulkTarget<E> {
  /** For errors and reported facts: "eventbridge". */
  readonly name: string;
  /** Entries in one request. */
  readonly maxEntries: number;
  /** Bytes of all entries of one request. */
  readonly maxBytes: number;
  /** Bytes of one entry; a larger one is refused in its own result. Default: `maxBytes`. */
  readonly maxEntryBytes?: number;
  /** Bytes of an entry, as the target counts them. What it throws is that entry's failure. */
  sizeOf(entry: E): number;
  /**
   * Entries of equal key are never under way together, and go in input order: a later one waits for the result of the
   * earlier. What it throws is that entry's failure. Default: no order.
   */
  orderKey?(entry: E): string | undefined;
  /**
   * Whether entries of equal key may go in one request: the target writes them in their order, and all of them or none.
   * Default: false, one at a time.
   */
  readonly keepsOrder?: boolean;
  /**
   * Sends one request and says what became of each entry, in their order. Throwing means that all of them failed,
   * retryable unless the error says otherwise.
   */
  send(entries: readonly E[], call: Call): Promise<readonly EntryOutcome[]>;
}
