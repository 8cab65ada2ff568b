import type { EntryOutcome } from "../sender/bulk-target.ts";
import { failedTogether } from "../sender/send-once.ts";

/**
 * Sends a request, and when it is refused as a whole for what may be wrong with one of its entries, its halves: the
 * entry that is wrong fails alone. Nothing is written twice by that where nothing was written.
 *
 * `inOrder`: when one half is to be sent again, what comes after it is not sent before it.
 */
export async function sendApart<E>(
  entries: readonly E[],
  send: (entries: readonly E[]) => Promise<readonly EntryOutcome[]>,
  isRefusal: (error: unknown) => boolean,
  order: { readonly inOrder?: boolean } = {},
): Promise<readonly EntryOutcome[]> {
  try {
    return await send(entries);
  } catch (error) {
    if (!isRefusal(error)) return failedTogether(entries, error);
    if (entries.length === 1) return [{ ok: false, error, retryable: false }];
    const half = Math.ceil(entries.length / 2);
    const rest = entries.slice(half);
    const first = await sendApart(entries.slice(0, half), send, isRefusal, order);
    const again = order.inOrder === true ? first.find((one) => !one.ok && one.retryable) : undefined;
    return [...first, ...(again ? rest.map(() => again) : await sendApart(rest, send, isRefusal, order))];
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
