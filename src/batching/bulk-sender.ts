import type { Call } from "../core/call.ts";
import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { type Backoff, exponential } from "../retry/backoff.ts";
import type { BulkResult } from "./bulk-result.ts";
import type { BulkTarget } from "./bulk-target.ts";
import { sendAll } from "./send-all.ts";
import { type SentEntry, sendStream } from "./send-stream.ts";

export type { BulkResult } from "./bulk-result.ts";
export type { BulkTarget, EntryOutcome } from "./bulk-target.ts";
export type { SentEntry } from "./send-stream.ts";

export interface BulkSenderOptions {
  /** Requests under way at once. Default: 4. */
  readonly concurrency?: number;
  /** Sends of one entry, the first included. Default: 5. */
  readonly maxAttempts?: number;
  /** How long to wait before entries are sent again. Default: full jitter, doubling from 50 ms to 5 s. */
  readonly backoff?: Backoff;
  /** How long a request of a stream waits for more entries before it goes without them. Default: 10. */
  readonly lingerMs?: number;
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
  /**
   * Sends what an iterable gives, async or not, and gives each entry back with its result, in their order.
   *
   * It holds no more entries than fill the requests that may be under way, and no more results than as many again: a
   * reader that is slow, or a target that is, slows the source down. What ends it early (the source throws, the call is over)
   * is thrown after the results of all that was read. A reader who leaves (`break`) ends the requests under way; what it
   * was not told is the fact `bulk.left`. The source's `return()` is called in either case.
   *
   * @example
   * ```ts
   * for await (const { entry, result } of bulkSender(target).stream(readEntries(), call)) {
   *   if (!result.ok) console.error(entry.id, result.error);
   * }
   * ```
   */
  stream(source: AsyncIterable<E> | Iterable<E>, call: Call): AsyncIterableIterator<SentEntry<E>, undefined>;
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
  checkOptions("bulkSender", options, ["concurrency", "maxAttempts", "backoff", "lingerMs"]);
  const { concurrency = 4, maxAttempts = 5, backoff = DEFAULT_BACKOFF, lingerMs = 10 } = options;
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
  checkNumber(where, "lingerMs", lingerMs, { min: 0 });
  if (typeof backoff?.delayMs !== "function") {
    throw new InvalidOptionError(where, "backoff must be a backoff, such as exponential() of holdfast/retry");
  }
  const limits = { concurrency, maxAttempts, backoff, lingerMs };
  return {
    send: async (entries, call) => sendAll(target, entries, call, limits),
    stream: (source, call) => sendStream(target, source, call, limits),
  };
}
