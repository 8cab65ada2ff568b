import { HoldfastError } from "../../core/errors.ts";
import type { CrashSchedule } from "./fault.ts";
import type { DeliveryEnd } from "./world.ts";

/** A schedule after which the invariant does not hold: the shortest that was found. Its cause is the invariant's error. */
export class CrashFoundError extends HoldfastError {
  override readonly name = "CrashFoundError";
  /** Give it to `exploreCrashes` as `schedule` to run it alone. */
  readonly schedule: CrashSchedule;
  /** What happened, as the message shows it: one line for each step. */
  readonly steps: string;

  constructor(found: {
    readonly schedule: CrashSchedule;
    readonly steps: string;
    readonly cause: unknown;
    readonly failed: number;
    readonly ran: number;
  }) {
    const { schedule, steps, cause, failed, ran } = found;
    const said = cause instanceof Error ? cause.message : String(cause);
    const head =
      schedule.length === 0
        ? "It fails although nothing goes wrong:"
        : `${failed} of ${ran} schedules with ${schedule.length === 1 ? "1 fault" : `${schedule.length} faults`} fail. The shortest:`;
    super(
      "CRASH_FOUND",
      `${said}\n\n${head}\n\n${steps}\n\nTo run it alone: { schedule: ${JSON.stringify(schedule)} }`,
      { cause },
    );
    this.schedule = schedule;
    this.steps = steps;
  }
}

/** The same start did not lead to the same awaits. */
export function notRepeatable(schedule: CrashSchedule, left: number, steps: string): HoldfastError {
  const fault = schedule[schedule.length - left];
  const where =
    fault === undefined ? "" : `await ${fault.await} (${fault.operation}) of delivery ${fault.delivery} `;
  return new HoldfastError(
    "CRASH_NOT_REPEATABLE",
    `exploreCrashes: ${where}was not reached when the schedule was run. The handler has changed since the schedule was made, ` +
      `or takes its time, chance or identifiers from elsewhere than its process's runtime.\n\n${steps}`,
  );
}

/** The event would go on being delivered for ever, or be given up. */
export function neverSettled(deliveries: number, ends: readonly DeliveryEnd[]): HoldfastError {
  const last = ends.at(-1);
  return new HoldfastError(
    "CRASH_NEVER_SETTLED",
    `The event was delivered ${deliveries} times, and no delivery after the last fault settled. ` +
      "A source gives up in the end: its event is lost, or what it held stays held.",
    { cause: last?.how === "rejected" ? last.error : undefined },
  );
}
