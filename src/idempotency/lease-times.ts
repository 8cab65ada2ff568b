import { type Call, runtimeOf, scopeOf } from "../core/call.ts";
import type { RecordChange } from "./store.ts";

/** Clocks of machines that keep time differ by less. */
const CLOCK_SKEW_MS = 500;
const LEASE_WITHOUT_DEADLINE_MS = 60_000;
const FOURTEEN_DAYS_MS = 14 * 24 * 3_600_000;

/** What a run asks of its lease. */
export interface LeaseSettings {
  readonly leaseMs?: number;
  readonly heartbeatMs?: number | false;
  readonly rememberMs?: number;
}

/** The change that keeps a key held for longer, and how often it is made. */
export interface Beat {
  readonly everyMs: number;
  change(): RecordChange & { readonly leaseUntilMs: number };
}

/** How long keys are held and remembered. */
export interface LeaseTimes {
  readonly rememberMs: number;
  /** Seen from now. A record must not expire before its own lease. */
  fromNow(call: Call): {
    readonly nowMs: number;
    readonly leaseUntilMs: number;
    readonly expiresAtMs: number;
  };
  /**
   * Absent where a lease lasts as long as the call may: nothing starts after the call's deadline. One that may be moved (of
   * the lease that another `idempotent` keeps up round this one) is not the last word.
   */
  beat(call: Call, leaseUntilMs: number): Beat | undefined;
}

export function leaseTimes(settings: LeaseSettings): LeaseTimes {
  const { rememberMs = FOURTEEN_DAYS_MS } = settings;

  function from(nowMs: number, lengthMs: number) {
    const leaseUntilMs = nowMs + lengthMs;
    return { nowMs, leaseUntilMs, expiresAtMs: Math.max(nowMs + rememberMs, leaseUntilMs) };
  }

  return {
    rememberMs,
    fromNow(call) {
      const nowMs = runtimeOf(call).now();
      const toDeadlineMs = Math.max(0, call.deadlineMs - nowMs) + CLOCK_SKEW_MS;
      const lengthMs = toDeadlineMs === Number.POSITIVE_INFINITY ? LEASE_WITHOUT_DEADLINE_MS : toDeadlineMs;
      return from(nowMs, settings.leaseMs ?? lengthMs);
    },
    beat(call, leaseUntilMs) {
      const { leaseMs = LEASE_WITHOUT_DEADLINE_MS, heartbeatMs } = settings;
      const lastsAsLong = leaseUntilMs >= call.deadlineMs && !scopeOf(call).isBoundExtensible;
      if (heartbeatMs === false || lastsAsLong) return undefined;
      return {
        everyMs: heartbeatMs ?? (leaseUntilMs - runtimeOf(call).now()) / 3,
        change() {
          const { nowMs: _, ...change } = from(runtimeOf(call).now(), leaseMs);
          return change;
        },
      };
    },
  };
}
