import type { BulkResult } from "./bulk-result.ts";
import type { BulkTarget } from "./bulk-target.ts";
import { EntryTooLargeError } from "./errors.ts";

/** An entry on its way. */
export interface Progress {
  readonly size: number;
  readonly orderKey: string | undefined;
  /** Requests that carried it. */
  attempts: number;
  /** Whether one of them is under way. */
  underWay: boolean;
  /** What the last one said. */
  lastError?: { readonly error: unknown };
  result?: BulkResult;
}

/** Looks at an entry before anything is sent: one that no request can take has its result already. */
export function measured<E>(target: BulkTarget<E>, entry: E): Progress {
  const { maxBytes, maxEntryBytes = maxBytes } = target;
  try {
    const size = target.sizeOf(entry);
    if (!(size <= maxEntryBytes)) throw new EntryTooLargeError(target.name, size, maxEntryBytes);
    return { size, orderKey: target.orderKey?.(entry), attempts: 0, underWay: false };
  } catch (error) {
    const result: BulkResult = { ok: false, error, retryable: false };
    return { size: 0, orderKey: undefined, attempts: 0, underWay: false, result };
  }
}
