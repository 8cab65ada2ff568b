import type { Call } from "../../core/call.ts";
import type { PreparedAppend } from "./appending.ts";
import type { ScanOptions, ScanPage } from "./event-store.ts";
import type { StoredEvent } from "./stored-event.ts";

/** A write was made, or what stood in its way: for each event the one that lies at its version, where that was shown. */
export type PutAnswer =
  | { readonly written: true }
  | {
      readonly written: false;
      readonly found: readonly (StoredEvent | undefined)[];
      readonly cause?: unknown;
    };

/** A run of a stream's events. */
export interface StreamPage {
  /** In order; with gaps, where a write is under way. */
  readonly events: readonly StoredEvent[];
  /** Whether the range has no more than these. */
  readonly isLast: boolean;
}

/** Where events lie: writes that are atomic, and reads that are consistent. What it means is decided by `eventStoreOn`. */
export interface StreamStorage {
  readonly name: string;
  /** Refuses, before anything is sent, what is too large for one write, with so many other items in it. */
  check(append: PreparedAppend): void;
  /** Writes all events where their places are free and `expectedVersion` is taken (or 0), or none. */
  put(append: PreparedAppend, call: Call): Promise<PutAnswer>;
  /** The same as items of a transaction. */
  itemsOf(append: PreparedAppend): readonly object[];
  /**
   * What the conditions of these items were refused by, in a transaction that failed and in which they began at that place; undefined
   * when they are not to blame.
   */
  foundIn(
    error: unknown,
    append: PreparedAppend,
    firstItem: number,
  ): readonly (StoredEvent | undefined)[] | undefined;
  query(
    range: {
      readonly stream: string;
      readonly from: number;
      readonly to: number;
      readonly limit: number | undefined;
    },
    call: Call,
  ): Promise<StreamPage>;
  /** 0 for a stream without events. */
  lastVersion(stream: string, call: Call): Promise<number>;
  scan(options: ScanOptions, call: Call): Promise<ScanPage>;
}
