/**
 * Everything that differs from one run to the next: time, chance and identity.
 *
 * A call carries its runtime (`runtimeOf(call)`), so a test replaces it in one place, where the call is made,
 * and every policy beneath follows: see `manualRuntime` in `holdfast/testing`.
 */
export interface Runtime {
  /** Milliseconds since the epoch. Leases and deadlines are compared between machines, so no monotonic clock. */
  now(): number;
  /** A number in [0, 1), for jitter. */
  random(): number;
  /** A new identifier that no other run has: owner tokens, event ids. */
  newId(): string;
  /**
   * Runs `fn` once, `delayMs` from now, and returns the cancellation.
   *
   * A guard (a timeout) never keeps a process alive; a sleep that someone awaits must, or a plain script would
   * end in the middle of a backoff: `keepAlive` says which.
   */
  setTimer(delayMs: number, fn: () => void, keepAlive?: boolean): CancelTimer;
}

export type CancelTimer = () => void;

/** Node fires a timer at once when its delay does not fit 31 bits, so longer waits are made of several. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The module's, not the global one: that brings in Web Crypto, which costs a cold start a millisecond and every call a check. */
let randomUUID: typeof import("node:crypto").randomUUID | undefined;

/** The real clock, chance and timers. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  random: () => Math.random(),
  newId() {
    randomUUID ??= process.getBuiltinModule("node:crypto").randomUUID;
    return randomUUID();
  },
  setTimer(delayMs, fn, keepAlive = false) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (remainingMs: number): void => {
      const ms = Math.min(remainingMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (remainingMs > ms ? arm(remainingMs - ms) : fn()), ms);
      if (!keepAlive) timer.unref();
    };
    arm(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** A Date reaches 100,000,000 days from the epoch, either way (ECMAScript, "Time Values and Time Range"). */
const LAST_TIME_MS = 8.64e15;

/** A point in time as ISO 8601 in UTC: `2026-11-23T05:18:00.000Z`. */
export function isoTime(epochMs: number): string {
  return Math.abs(epochMs) <= LAST_TIME_MS ? new Date(epochMs).toISOString() : `${epochMs} ms`;
}
