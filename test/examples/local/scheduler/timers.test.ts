import { expect, it } from "vitest";
import { startTimer } from "../../../../examples/local/scheduler/timers.ts";
import type { CloudClock } from "../../../../examples/local/services.ts";
import { scheduleNamed } from "./set-up.ts";

/** A clock whose time and timers are moved apart, as when the machine sleeps. */
function sleepyClock(startMs: number) {
  const timers: (() => void)[] = [];
  let nowMs = startMs;
  const clock: CloudClock = {
    speed: 1,
    now: () => nowMs,
    after(_cloudMs, fn) {
      timers.push(fn);
      return () => {};
    },
  };
  return {
    clock,
    wakeAt(iso: string): void {
      nowMs = Date.parse(iso);
      for (const fn of timers.splice(0)) fn();
    },
  };
}

it("leaves out what was missed while the machine slept, and goes on with the next", () => {
  const { clock, wakeAt } = sleepyClock(Date.parse("2026-11-25T02:50:00Z"));
  const ran: string[] = [];
  const schedule = scheduleNamed("hourly", { expression: "cron(0 * * * ? *)" });
  startTimer(
    { ...schedule, deleteAfterCompletion: false },
    { clock, random: () => 0, run: (ms) => void ran.push(new Date(ms).toISOString()), completed: () => {} },
  );
  wakeAt("2026-11-25T06:30:00Z");
  expect(ran).toEqual([]);
  wakeAt("2026-11-25T07:00:00Z");
  expect(ran).toEqual(["2026-11-25T07:00:00.000Z"]);
});

it("runs a single time late rather than never", () => {
  const { clock, wakeAt } = sleepyClock(Date.parse("2026-11-25T02:50:00Z"));
  let ran = 0;
  let completed = 0;
  const schedule = scheduleNamed("once", { expression: "at(2026-11-25T03:00:00)" });
  startTimer(
    { ...schedule, deleteAfterCompletion: false },
    { clock, random: () => 0, run: () => void ran++, completed: () => void completed++ },
  );
  wakeAt("2026-11-25T06:30:00Z");
  expect([ran, completed]).toEqual([1, 1]);
});
