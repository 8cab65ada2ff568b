import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkOptions, checkRequiredOptions } from "../core/options.ts";
import { bucketWindow, type Counts, ringWindow, type Window } from "./window.ts";

/** When a closed circuit opens: a pure description, of which each circuit makes its own counts. */
export interface Trip {
  begin(): TripCounts;
  /** In a fleet: after how many failures in a row an environment asks what the others see, before it has tripped. Default: not before. */
  readonly suspiciousAfter?: number;
}

/** Of the failures in a row that trip a circuit: two of five, and never one, which comes about too often. */
const SUSPICIOUS_SHARE = 0.4;

/** The counts of one closed circuit. Each answers whether the circuit is to open. */
export interface TripCounts {
  /** Whether it looks at the clock. If not, nobody reads it for a call that succeeds: `nowMs` and `durationMs` are 0 then. */
  readonly timed: boolean;
  succeeded(nowMs: number, durationMs: number): boolean;
  failed(nowMs: number, durationMs: number): boolean;
}

/**
 * Opens after so many failures without a success between them.
 *
 * `threshold` is 5 unless it is given.
 *
 * @example
 * ```ts
 * const bank = circuitBreaker({ name: "bank", trip: consecutiveFailures(3) });
 * ```
 */
export function consecutiveFailures(threshold: number = 5): Trip {
  checkNumber("consecutiveFailures", "threshold", threshold, { min: 1, integer: true });
  return {
    suspiciousAfter: Math.max(2, Math.ceil(SUSPICIOUS_SHARE * threshold)),
    begin() {
      let failures = 0;
      return {
        timed: false,
        succeeded() {
          failures = 0;
          return false;
        },
        failed() {
          failures += 1;
          return failures >= threshold;
        },
      };
    },
  };
}

/** What share of calls must fail, or be slow, and of how many at least. */
export interface RateOptions {
  /** The share of failures that opens the circuit, above 0, up to 1. Default: 0.5. */
  readonly failureRate?: number;
  /** Calls that must have been counted before any share means something. Default: 10. */
  readonly minimumCalls?: number;
  /** A call that takes longer is slow, in milliseconds. Default: none is. */
  readonly slowCallMs?: number;
  /** The share of slow calls that opens the circuit, above 0, up to 1. Default: 1, when `slowCallMs` is given. */
  readonly slowCallRate?: number;
}

export interface CountWindowOptions extends RateOptions {
  /** How many calls are looked at: the last ones. Default: 100. */
  readonly size?: number;
}

/**
 * Opens when too large a share of the last calls has failed, or was slow.
 *
 * @example
 * ```ts
 * const bank = circuitBreaker({ name: "bank", trip: countWindow({ size: 50, failureRate: 0.4 }) });
 * ```
 */
export function countWindow(options: CountWindowOptions = {}): Trip {
  checkOptions("countWindow", options, ["size", ...RATE_OPTIONS]);
  const { size = 100 } = options;
  checkNumber("countWindow", "size", size, { min: 1, max: 10_000, integer: true });
  const rates = checkedRates("countWindow", options);
  if (rates.minimumCalls > size) {
    throw new InvalidOptionError("countWindow", "minimumCalls must not be more than size, or it never opens");
  }
  return overWindow(rates, rates.slowCallMs !== Number.POSITIVE_INFINITY, () => ringWindow(size));
}

export interface TimeWindowOptions extends RateOptions {
  /** How far back calls are looked at, in milliseconds. Default: 10,000. */
  readonly windowMs?: number;
}

/**
 * Opens when too large a share of the calls of the last seconds has failed, or was slow.
 *
 * The window is computed from the clock when a call ends: what lies before a freeze is not in it, and one failure every ten minutes never
 * opens a window of ten seconds.
 *
 * @example
 * ```ts
 * const bank = circuitBreaker({ name: "bank", trip: timeWindow({ windowMs: 30_000, slowCallMs: 2_000, slowCallRate: 0.8 }) });
 * ```
 */
export function timeWindow(options: TimeWindowOptions = {}): Trip {
  checkOptions("timeWindow", options, ["windowMs", ...RATE_OPTIONS]);
  const { windowMs = 10_000 } = options;
  checkNumber("timeWindow", "windowMs", windowMs, { min: 10 });
  return overWindow(checkedRates("timeWindow", options), true, () => bucketWindow(windowMs));
}

const RATE_OPTIONS = ["failureRate", "minimumCalls", "slowCallMs", "slowCallRate"];

interface Rates {
  readonly failureRate: number;
  readonly minimumCalls: number;
  readonly slowCallMs: number;
  readonly slowCallRate: number;
}

function checkedRates(where: string, options: RateOptions): Rates {
  checkRequiredOptions(where, options, [...RATE_OPTIONS, "size", "windowMs"]);
  const {
    failureRate = 0.5,
    minimumCalls = 10,
    slowCallMs = Number.POSITIVE_INFINITY,
    slowCallRate = 1,
  } = options;
  for (const [name, rate] of Object.entries({ failureRate, slowCallRate })) {
    checkNumber(where, name, rate, { min: 0, max: 1 });
    if (rate === 0) throw new InvalidOptionError(where, `${name} must be above 0, or it opens at once`);
  }
  checkNumber(where, "minimumCalls", minimumCalls, { min: 1, integer: true });
  if (slowCallMs !== Number.POSITIVE_INFINITY) checkNumber(where, "slowCallMs", slowCallMs, { min: 1 });
  return { failureRate, minimumCalls, slowCallMs, slowCallRate };
}

function overWindow(rates: Rates, timed: boolean, open: () => Window): Trip {
  const { failureRate, minimumCalls, slowCallMs, slowCallRate } = rates;

  function isOver({ calls, failures, slow }: Counts): boolean {
    if (calls < minimumCalls) return false;
    return failures >= failureRate * calls || (slow > 0 && slow >= slowCallRate * calls);
  }

  return {
    begin() {
      const window = open();
      const count = (failed: boolean) => (nowMs: number, durationMs: number) =>
        isOver(window.add(nowMs, failed, durationMs > slowCallMs));
      return { timed, succeeded: count(false), failed: count(true) };
    },
  };
}
