import { type Call, entered } from "../../core/call.ts";
import type { BulkResult } from "../bulk-result.ts";
import type { BulkTarget } from "./bulk-target.ts";
import { sendAll } from "./send-all.ts";
import { type SentEntry, sendStream } from "./send-stream.ts";
import { type BulkSenderOptions, checkedSender } from "./sender-options.ts";

export type { BulkResult } from "../bulk-result.ts";
export type { BulkTarget, EntryOutcome } from "./bulk-target.ts";
export type { SentEntry } from "./send-stream.ts";
export type { BulkSenderOptions } from "./sender-options.ts";

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
  stream<X extends E>(
    source: AsyncIterable<X> | Iterable<X>,
    call: Call,
  ): AsyncIterableIterator<SentEntry<X>, undefined>;
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
  const limits = checkedSender("bulkSender", target, options);
  return {
    send: async (entries, call) => sendAll(target, entries, entered(call), limits),
    stream: <X extends E>(source: AsyncIterable<X> | Iterable<X>, call: Call) =>
      sendStream<X>(target, source, call, limits),
  };
}
