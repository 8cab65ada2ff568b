import { type Call, runtimeOf, scopeOf } from "../core/call.ts";
import type { RecordChange } from "./store.ts";

/** Clocks of machines that keep time differ by less. */
const CLOCK_SKEW_MS = 500;
export const LEASE_WITHOUT_DEADLINE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
export const REMEMBER_MS: number = 14 * DAY_MS;
/** A record that someone has to settle waits for that: it must not expire, nor be deleted by TTL, before. */
export const UNTIL_SETTLED_MS: number = 3_650 * DAY_MS;

/** What a run asks of its lease. */
export interface LeaseSettings {
  readonly leaseMs?: number;
  readonly heartbeatMs?: number | false;
  readonly rememberMs?: number;
  readonly onAbandoned?: "rerun" | "block";
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
   * Absent where a lease lasts as long as the call may: nothing starts after the call's deadline. The lease of a run above is no
   * deadline if it may be kept up.
   */
  beat(call: Call, leaseUntilMs: number): Beat | undefined;
}

export function leaseTimes(settings: LeaseSettings): LeaseTimes {
  const { rememberMs = REMEMBER_MS } = settings;

  function from(nowMs: number, lengthMs: number) {
    const leaseUntilMs = nowMs + lengthMs;
    // A run that dies without a word leaves its record so.
    const keptMs = settings.onAbandoned === "block" ? UNTIL_SETTLED_MS : rememberMs;
    return { nowMs, leaseUntilMs, expiresAtMs: Math.max(nowMs + keptMs, leaseUntilMs) };
  }

  return {
    rememberMs,
    fromNow(call) {
      const nowMs = runtimeOf(call).now();
      const toDeadlineMs = Math.max(0, scopeOf(call).hardBoundMs - nowMs) + CLOCK_SKEW_MS;
      const lengthMs = toDeadlineMs === Number.POSITIVE_INFINITY ? LEASE_WITHOUT_DEADLINE_MS : toDeadlineMs;
      return from(nowMs, settings.leaseMs ?? lengthMs);
    },
    beat(call, leaseUntilMs) {
      const { leaseMs = LEASE_WITHOUT_DEADLINE_MS, heartbeatMs = leaseMs / 3 } = settings;
      if (heartbeatMs === false || leaseUntilMs >= scopeOf(call).hardBoundMs) return undefined;
      return {
        everyMs: heartbeatMs,
        change() {
          const { nowMs: _, ...change } = from(runtimeOf(call).now(), leaseMs);
          return change;
        },
      };
    },
  };
}
