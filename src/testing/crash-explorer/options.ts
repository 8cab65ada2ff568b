import { checkNumber, InvalidOptionError, RetryableError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { CRASH_KINDS, type CrashKind, type CrashSchedule } from "./fault.ts";

export interface ExploreCrashesOptions {
  /** How many faults a schedule has at most. Each one more multiplies the schedules by thirty and more. Default: 1. */
  readonly maxFaults?: number;
  /** How many schedules run at most; those with fewer faults come first. Default: 10,000. */
  readonly maxSchedules?: number;
  /** What may go wrong. Default: everything. */
  readonly faults?: readonly CrashKind[];
  /**
   * How long a sleeping process sleeps, in milliseconds; each of several is tried. Default: `[0, 1_000_000]`, a repeat
   * while the first run still holds its lease, and one when that has ended, whatever a Lambda function's timeout.
   */
  readonly asleepMs?: number | readonly number[];
  /** How much later the event is delivered again after a delivery has ended, in milliseconds. Default: 1,000,000. */
  readonly redeliverAfterMs?: number;
  /** How often the event is delivered at most. Default: 10. */
  readonly maxDeliveries?: number;
  /** Whether it is a failure, too, when no delivery settles after the last fault. Default: true. */
  readonly mustSettle?: boolean;
  /** The error of a lost connection, as the client throws it. Default: a RetryableError. */
  readonly lostError?: (operation: string) => unknown;
  /** Runs this schedule alone: one that a CrashFoundError carries, or its message shows. */
  readonly schedule?: CrashSchedule;
}

/** The options with every default filled in. */
export interface Exploration {
  readonly maxFaults: number;
  readonly maxSchedules: number;
  readonly kinds: readonly CrashKind[];
  readonly asleepMs: readonly number[];
  readonly redeliverAfterMs: number;
  readonly maxDeliveries: number;
  readonly mustSettle: boolean;
  readonly lostError: (operation: string) => unknown;
  readonly schedule: CrashSchedule | undefined;
}

const WHERE = "exploreCrashes";

const KNOWN = [
  "maxFaults",
  "maxSchedules",
  "faults",
  "asleepMs",
  "redeliverAfterMs",
  "maxDeliveries",
  "mustSettle",
  "lostError",
  "schedule",
] as const satisfies (keyof ExploreCrashesOptions)[];

/** Longer than a Lambda function can run (900 s), and so than a lease that follows its deadline. */
const PAST_ANY_LEASE_MS = 1_000_000;

export function checkedExploration(options: ExploreCrashesOptions): Exploration {
  checkOptions(WHERE, options, KNOWN);
  const { maxFaults = 1, maxSchedules = 10_000, faults = CRASH_KINDS, schedule, mustSettle = true } = options;
  const {
    asleepMs = [0, PAST_ANY_LEASE_MS],
    redeliverAfterMs = PAST_ANY_LEASE_MS,
    maxDeliveries = 10,
  } = options;
  const sleeps = typeof asleepMs === "number" ? [asleepMs] : asleepMs;
  checkNumber(WHERE, "maxFaults", maxFaults, { min: 0, integer: true });
  checkNumber(WHERE, "maxSchedules", maxSchedules, { min: 1, integer: true });
  checkNumber(WHERE, "maxDeliveries", maxDeliveries, { min: 2, integer: true });
  checkNumber(WHERE, "redeliverAfterMs", redeliverAfterMs, { min: 0 });
  for (const ms of sleeps) checkNumber(WHERE, "asleepMs", ms, { min: 0 });
  for (const kind of faults) {
    if (!CRASH_KINDS.includes(kind)) {
      throw new InvalidOptionError(
        WHERE,
        `faults: there is no "${kind}"; there is ${CRASH_KINDS.join(", ")}`,
      );
    }
  }
  return {
    maxFaults,
    maxSchedules,
    kinds: faults,
    asleepMs: sleeps,
    redeliverAfterMs,
    maxDeliveries,
    mustSettle,
    lostError: options.lostError ?? connectionLost,
    schedule,
  };
}

function connectionLost(operation: string): RetryableError {
  return new RetryableError(`The connection was lost before ${operation} was answered.`);
}
