import type { BulkResult } from "../bulk-result.ts";
import { EntryTooLargeError } from "../errors.ts";
import type { BulkTarget } from "./bulk-target.ts";

/** An entry on its way. */
export interface Progress<E> {
  readonly entry: E;
  readonly size: number;
  readonly orderKey: string | undefined;
  /** Whether it is in no request, and not waiting to be repeated either. */
  isWaiting: boolean;
  /** Requests that carried it. */
  attempts: number;
  /** Whether one of them is under way. */
  underWay: boolean;
  /** Whether the one under way is the last: an earlier entry of its key has failed, and must not be overtaken. */
  isLast: boolean;
  /** The next entry of the same key. */
  next: Progress<E> | undefined;
  /** What the last request said. */
  lastError: { readonly error: unknown } | undefined;
  result: BulkResult | undefined;
}

/** Looks at an entry before anything is sent: one that no request can take has its result already. */
export function measured<E>(target: BulkTarget<E>, entry: E): Progress<E> {
  const { maxBytes, maxEntryBytes = maxBytes } = target;
  try {
    const size = target.sizeOf(entry);
    if (!(size <= maxEntryBytes)) throw new EntryTooLargeError(target.name, size, maxEntryBytes);
    return begun(entry, size, target.orderKey?.(entry), undefined);
  } catch (error) {
    return begun(entry, 0, undefined, { ok: false, error, retryable: false });
  }
}

function begun<E>(
  entry: E,
  size: number,
  orderKey: string | undefined,
  result: BulkResult | undefined,
): Progress<E> {
  return {
    entry,
    size,
    orderKey,
    isWaiting: false,
    attempts: 0,
    underWay: false,
    isLast: false,
    next: undefined,
    lastError: undefined,
    result,
  };
}
