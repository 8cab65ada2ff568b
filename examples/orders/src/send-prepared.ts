import type { BulkResult } from "holdfast/batching";

/** Sends what could be prepared, and gives one result for each: what could not be prepared fails with its own reason. */
export async function sendPrepared<T>(
  prepared: readonly PromiseSettledResult<T>[],
  send: (ready: readonly T[]) => Promise<readonly BulkResult[]>,
): Promise<readonly BulkResult[]> {
  const ready = prepared.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const results = (await send(ready)).values();
  return prepared.map((one) => {
    if (one.status === "rejected") return { ok: false, error: one.reason };
    return (
      results.next().value ?? { ok: false, error: new Error("The sender gave no result for this entry.") }
    );
  });
}
