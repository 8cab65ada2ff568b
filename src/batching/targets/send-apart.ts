import type { EntryOutcome } from "../sender/bulk-target.ts";
import { failedTogether } from "../sender/send-once.ts";

/**
 * Sends a request, and when it is refused as a whole for what may be wrong with one of its entries, its halves: the
 * entry that is wrong fails alone. Nothing is written twice by that, for nothing was written.
 */
export async function sendApart<E>(
  entries: readonly E[],
  send: (entries: readonly E[]) => Promise<readonly EntryOutcome[]>,
  isRefusal: (error: unknown) => boolean,
): Promise<readonly EntryOutcome[]> {
  try {
    return await send(entries);
  } catch (error) {
    if (!isRefusal(error)) return failedTogether(entries, error);
    if (entries.length === 1) return [{ ok: false, error, retryable: false }];
    const half = Math.ceil(entries.length / 2);
    const first = await sendApart(entries.slice(0, half), send, isRefusal);
    return [...first, ...(await sendApart(entries.slice(half), send, isRefusal))];
  }
}

/** Whether a service's error has one of these names. */
export function isNamed(error: unknown, names: ReadonlySet<string>): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "name" in error &&
    typeof error.name === "string" &&
    names.has(error.name)
  );
}
