import type { Call } from "../core/call.ts";
import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { type Backoff, exponential } from "../retry/backoff.ts";
import type { BulkResult } from "./bulk-result.ts";
import type { BulkTarget } from "./bulk-target.ts";
import { sendAll } from "./send-all.ts";

export type { BulkResult } from "./bulk-result.ts";
export type { BulkTarget, EntryOutcome } from "./bulk-target.ts";

export interface BulkSenderOptions {
  /** Requests under way at once. Default: 4. */
  readonly concurrency?: number;
  /** Sends of one entry, the first included. Default: 5. */
  readonly maxAttempts?: number;
  /** How long to wait before entries are sent again. Default: full jitter, doubling from 50 ms to 5 s. */
  readonly backoff?: Backoff;
}

/** Short at first: a busy target often takes the rest of a chunk a moment later. */
const DEFAULT_BACKOFF = exponential({ initialDelayMs: 50, maxDelayMs: 5_000 });

export interface BulkSender<E> {
  /**
   * Sends entries and gives one result for each, in their order. Rejects for nothing that happens to an entry.
   *
   * When the call is over first, the result says what is known: `ENTRY_NOT_SENT`, `ENTRY_OUTCOME_UNKNOWN` for an entry
   * that was under way, or what the target said of it last.
   */
  send(entries: readonly E[], call: Call): Promise<readonly BulkResult[]>;
}

/**
 * Sends many entries in few requests: packed by count and bytes in input order, several requests at once, and again
 * only what failed and may be repeated.
 *
 * At least once: an entry whose answer was lost is sent again, so give it an identifier of its own.
 *
 * @example
 * ```ts
 * const orders = bulkSender(dynamoDBBatchWriter({ transport, tableName: "Orders", key: ["orderId"] }));
 * const results = await orders.send(items, call);
 * ```
 */
export function bulkSender<E>(target: BulkTarget<E>, options: BulkSenderOptions = {}): BulkSender<E> {
  checkOptions("bulkSender", options, ["concurrency", "maxAttempts", "backoff"]);
  const { concurrency = 4, maxAttempts = 5, backoff = DEFAULT_BACKOFF } = options;
  const where = "bulkSender";
  if (typeof target?.send !== "function" || typeof target.sizeOf !== "function") {
    throw new InvalidOptionError(
      where,
      "its first argument must be a bulk target, such as dynamoDBBatchWriter(…)",
    );
  }
  checkNumber(where, "target.maxEntries", target.maxEntries, { min: 1, integer: true });
  checkNumber(where, "target.maxBytes", target.maxBytes, { min: 1 });
  checkNumber(where, "concurrency", concurrency, { min: 1, integer: true });
  checkNumber(where, "maxAttempts", maxAttempts, { min: 1, integer: true });
  if (typeof backoff?.delayMs !== "function") {
    throw new InvalidOptionError(where, "backoff must be a backoff, such as exponential() of holdfast/retry");
  }
  return {
    send: async (entries, call) => sendAll(target, entries, call, { concurrency, maxAttempts, backoff }),
  };
}
