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

/** Node fires a timer at once when its delay does not fit 31 bits. */
const LONGEST_TIMER_MS = 2_147_483_000;

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
    if (delayMs > FAR_MS) return farTimer(delayMs, fn, keepAlive);
    const timer = nodeTimer(delayMs, fn, keepAlive);
    return () => cleared(timer);
  },
};

/** What is farther away is waited for in several steps. */
const FAR_MS = 2_000;

/**
 * Node keeps a list for each length of its timers, and one that was given back leaves its list behind until its time has come: deadlines, each a
 * different while away, would leave thousands. So the first step is of whole seconds.
 */
function farTimer(delayMs: number, fn: () => void, keepAlive: boolean): CancelTimer {
  const dueMs = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    const stepMs = leftMs > FAR_MS ? Math.min(LONGEST_TIMER_MS, leftMs - (leftMs % 1_000)) : leftMs;
    timer = nodeTimer(stepMs, step, keepAlive);
  };
  const step = (): void => {
    const leftMs = dueMs - performance.now();
    if (leftMs <= 0) fn();
    else wait(leftMs);
  };
  wait(delayMs);
  return () => cleared(timer);
}

function nodeTimer(delayMs: number, fn: () => void, keepAlive: boolean): NodeJS.Timeout {
  const timer = setTimeout(fn, Math.max(0, delayMs));
  return keepAlive ? timer : timer.unref();
}

/** A timer that keeps the process alive takes its list with it when it is cleared, which costs twice as much as all the rest. */
function cleared(timer: NodeJS.Timeout): void {
  clearTimeout(timer.unref());
}

/** A Date reaches 100,000,000 days from the epoch, either way (ECMAScript, "Time Values and Time Range"). */
const LAST_TIME_MS = 8.64e15;

/** A point in time as ISO 8601 in UTC: `2026-11-23T05:18:00.000Z`. */
export function isoTime(epochMs: number): string {
  return Math.abs(epochMs) <= LAST_TIME_MS ? new Date(epochMs).toISOString() : `${epochMs} ms`;
}
