import type { StreamRecord } from "./source.ts";

/** How many of the waiting records make the next batch, and whether it is full: another would not fit. */
export function cutBatch(
  waiting: readonly Pick<StreamRecord, "bytes">[],
  maxRecords: number,
  maxBytes: number,
): { readonly count: number; readonly full: boolean } {
  let bytes = 0;
  for (const [index, record] of waiting.entries()) {
    bytes += record.bytes;
    if (index > 0 && bytes > maxBytes) return { count: index, full: true };
    if (index + 1 === maxRecords) return { count: maxRecords, full: true };
  }
  return { count: waiting.length, full: false };
}
