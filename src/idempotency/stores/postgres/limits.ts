import { type Call, runtimeOf } from "../../../core/call.ts";

/** PostgreSQL's limits are whole milliseconds of 32 bits. */
const MAX_LIMIT_MS = 2 ** 31 - 1;

/**
 * A process that freezes in the middle goes on holding the row's lock, and so does a statement that nobody waits for any
 * more. What is left of the call is what the server is told to allow: past its deadline another run gets the key.
 */
export function leftMs(call: Call): number | undefined {
  const ms = call.deadlineMs - runtimeOf(call).now();
  return ms <= MAX_LIMIT_MS ? Math.max(ms, 1) : undefined;
}
