import { type Call, entered, refusal, runtimeOf } from "../../core/call.ts";
import { checkNumber } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { sleep } from "../../core/sleep.ts";
import { checkStream } from "./appending.ts";
import { EventStreamIncompleteError } from "./errors.ts";
import type { ReadOptions, ScanOptions, ScanPage } from "./event-store.ts";
import type { StoredEvent } from "./stored-event.ts";
import type { StreamStorage } from "./stream-storage.ts";

/** How long a write may be half visible: waits of 10, 20, 40 … 640 ms, 1.3 s in all at most. */
const MOST_LOOKS = 8;
const FIRST_WAIT_MS = 10;

/**
 * Reads a stream in order.
 *
 * A Query sees the items of a transaction as each of them is committed: some of an append, and in any order. So a version that
 * is missing before a later one, or at the end of an append, is looked for again until it is there.
 * Source: Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works", Isolation levels.
 */
export async function* readStream(
  storage: StreamStorage,
  stream: string,
  options: ReadOptions,
  given: Call,
): AsyncGenerator<StoredEvent, void, void> {
  const where = "eventStore.read";
  const call = entered(given);
  checkStream(where, stream);
  checkOptions(where, options, ["from", "to", "pageSize"]);
  const { from = 1, to = Number.MAX_SAFE_INTEGER, pageSize } = options;
  checkNumber(where, "from", from, { min: 1, integer: true });
  checkNumber(where, "to", to, { min: 0, integer: true });
  if (pageSize !== undefined) checkNumber(where, "pageSize", pageSize, { min: 1, integer: true });

  let next = from;
  let owedTo = 0;
  let looks = 0;
  while (next <= to) {
    const refused = refusal(call);
    if (refused !== undefined) throw refused;
    const began = next;
    const { events, isLast } = await storage.query({ stream, from: next, to, limit: pageSize }, call);
    let hasGap = false;
    for (const event of events) {
      hasGap = event.version !== next;
      if (hasGap) break;
      owedTo = event.appendedTo;
      next += 1;
      yield event;
    }
    const isWhole = !hasGap && next > Math.min(owedTo, to);
    if (isWhole && isLast) return;
    if (!hasGap && !isLast) continue;
    looks = next > began ? 1 : looks + 1;
    if (looks === MOST_LOOKS) throw new EventStreamIncompleteError(storage.name, stream, next);
    await sleep(call, (0.5 + runtimeOf(call).random() / 2) * FIRST_WAIT_MS * 2 ** (looks - 1));
  }
}

/** Reads everything, a page when the one before it is used up. */
export async function* readPages(
  storage: StreamStorage,
  options: ScanOptions,
  given: Call,
): AsyncGenerator<ScanPage, void, void> {
  const where = "eventStore.scan";
  const call = entered(given);
  checkOptions(where, options, ["cursor", "pageSize"]);
  const { pageSize } = options;
  if (pageSize !== undefined) checkNumber(where, "pageSize", pageSize, { min: 1, integer: true });
  let { cursor } = options;
  do {
    const refused = refusal(call);
    if (refused !== undefined) throw refused;
    const page: ScanPage = await storage.scan(
      { ...(cursor === undefined ? {} : { cursor }), ...(pageSize === undefined ? {} : { pageSize }) },
      call,
    );
    yield page;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
