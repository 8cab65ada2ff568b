import type { CloudClock } from "../services.ts";
import { firstTime, type ScheduleDefinition, timetableOf } from "./definition.ts";
import { nextTime } from "./expression.ts";

/** A timer on a schedule. */
export interface ScheduleTimer {
  cancel(): void;
}

/** Timers hold at most 2^31 - 1 real milliseconds; a longer wait is made of several. */
const LONGEST_WAIT_MS = 86_400_000;

/** An occurrence this late, in real milliseconds, belongs to a time when the machine slept. */
const TOO_LATE_MS = 60_000;

/**
 * Calls `run` at each time of a schedule from now on, and `completed` after the last.
 *
 * The schedule's first wait counts from the real time; from there on its times are `speed` times as close
 * together, so that it runs as often as on AWS within the cloud's time, at the times it would have there.
 *
 * @throws ExpressionError
 */
export function startTimer(
  definition: ScheduleDefinition,
  options: {
    readonly clock: CloudClock;
    /** A number from 0 up to 1: the place within a flexible window. */
    readonly random: () => number;
    readonly run: (scheduledMs: number) => void;
    readonly completed: () => void;
  },
): ScheduleTimer {
  const { clock, random } = options;
  const startedMs = clock.now();
  const timetable = timetableOf(definition, startedMs);
  const cloudNow = (): number => startedMs + (clock.now() - startedMs) * clock.speed;
  const windowMs = (definition.flexibleWindowMinutes ?? 0) * 60_000;
  const cancellations = new Set<() => void>();
  let cancelled = false;

  function at(cloudMs: number, fn: () => void): void {
    if (cancelled) return;
    const leftMs = Math.max(0, cloudMs - cloudNow());
    const stepMs = Math.min(leftMs, LONGEST_WAIT_MS * clock.speed);
    const cancelTimer = clock.after(stepMs, () => {
      cancellations.delete(cancelTimer);
      if (leftMs > stepMs) at(cloudMs, fn);
      else fn();
    });
    cancellations.add(cancelTimer);
  }

  function schedule(scheduledMs: number | undefined): void {
    if (scheduledMs === undefined) {
      at(startedMs, options.completed);
      return;
    }
    at(scheduledMs, () => {
      const next = nextTime(timetable, scheduledMs);
      const late = (cloudNow() - scheduledMs) / clock.speed > TOO_LATE_MS;
      if (late && next !== undefined) return schedule(nextTime(timetable, cloudNow()));
      const runNow = (): void => {
        options.run(scheduledMs);
        if (next === undefined) options.completed();
      };
      if (windowMs === 0) runNow();
      else at(scheduledMs + random() * windowMs, runNow);
      if (next !== undefined) schedule(next);
    });
  }

  schedule(firstTime(timetable, startedMs));
  return {
    cancel() {
      cancelled = true;
      for (const cancelTimer of cancellations) cancelTimer();
      cancellations.clear();
    },
  };
}
