import { type Call, openCall, runtimeOf, scopeOf } from "../core/call.ts";

/** Time for the last word to the store. Longer than the client's own retries take, shorter than a usual reserve. */
const LAST_WORD_MS = 2_000;

/**
 * Runs the write that ends a unit on a call of its own: the unit's call may just have been aborted or have passed its
 * deadline, and that is when letting go of the key matters.
 */
export async function afterwards<T>(call: Call, write: (late: Call) => Promise<T>): Promise<T> {
  const runtime = runtimeOf(call);
  const late: Call = openCall({ runtime, deadlineMs: runtime.now() + LAST_WORD_MS });
  try {
    return await write(late);
  } finally {
    scopeOf(late).end();
  }
}
