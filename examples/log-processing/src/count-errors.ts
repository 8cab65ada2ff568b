import { type Call, wrap } from "holdfast";
import type { WithUnit } from "holdfast/idempotency";
import { exponential, retry } from "holdfast/retry";
import { countErrorLines } from "./error-lines.ts";
import { addToDay, putProcessedLog } from "./items.ts";
import { LogGoneError, type LogObject, type ReadObject, saysGzip } from "./log-object.ts";
import { logText } from "./log-text.ts";

/** What became of a log. One that was gone before it was read counts nothing, and is no failure. */
export type Outcome = { readonly error_count: number } | { readonly gone: "deleted" | "replaced" };

export interface CountErrorsOptions {
  readonly read: ReadObject;
  readonly processedTable: string;
  readonly dailyTable: string;
}

interface Commit {
  readonly items: readonly object[];
  readonly outcome: Outcome;
}

/** Sent again when the table is throttled: the log has been read, and reading it once more is the dearer part. */
const commit = wrap(
  ({ items, outcome }: Commit, call: Call & WithUnit) => call.unit.transact(items, outcome),
  retry({ maxAttempts: 6, backoff: exponential({ initialDelayMs: 100, maxDelayMs: 2_000 }) }),
);

/** Counts a log's error lines; the count, its day's total and the record that it was done are one transaction. */
export function countErrors({ read, processedTable, dailyTable }: CountErrorsOptions) {
  return async (log: LogObject, call: Call & WithUnit): Promise<Outcome> => {
    try {
      const { contentEncoding, bytes } = await read(log, call);
      const what = `s3://${log.logId}`;
      const text = logText(bytes, { what, saysGzip: saysGzip(log.key, contentEncoding) });
      const count = await countErrorLines(text);
      const items = [putProcessedLog(processedTable, log, count), addToDay(dailyTable, log, count)];
      return await commit({ items, outcome: { error_count: count } }, call);
    } catch (error) {
      if (error instanceof LogGoneError) return { gone: error.how };
      throw error;
    }
  };
}
