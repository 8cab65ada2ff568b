import type { CloudClock } from "../services.ts";
import { isJson } from "./states.ts";
import { TaskError } from "./task-error.ts";

/** Timers hold at most 2^31 - 1 real milliseconds; a longer wait is made of several. */
const LONGEST_STEP_MS = 86_400_000;

/** A Wait state: lets the cloud's time pass, and gives its input on. Rejects as soon as `stopped` aborts. */
export async function runWait(
  by: "Seconds" | "Timestamp",
  parameters: unknown,
  clock: CloudClock,
  stopped: AbortSignal,
): Promise<unknown> {
  const { amount, input } = isJson(parameters) ? parameters : { amount: undefined, input: undefined };
  let leftMs = by === "Seconds" ? secondsMs(amount) : untilMs(amount, clock.now());
  while (leftMs > 0) {
    const stepMs = Math.min(leftMs, LONGEST_STEP_MS * clock.speed);
    await pause(stepMs, clock, stopped);
    leftMs -= stepMs;
  }
  return input;
}

function secondsMs(amount: unknown): number {
  if (typeof amount === "number" && Number.isInteger(amount) && amount >= 0 && amount <= 99_999_999) {
    return amount * 1_000;
  }
  throw new TaskError(
    "States.Runtime",
    `${JSON.stringify(amount)} are no seconds; a Wait takes a whole number from 0 to 99999999`,
    { final: true },
  );
}

function untilMs(amount: unknown, nowMs: number): number {
  const timeMs = typeof amount === "string" ? Date.parse(amount) : Number.NaN;
  if (
    typeof amount === "string" &&
    /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(amount) &&
    !Number.isNaN(timeMs)
  ) {
    return timeMs - nowMs;
  }
  throw new TaskError("States.Runtime", `${JSON.stringify(amount)} is no timestamp of RFC 3339`, {
    final: true,
  });
}

function pause(cloudMs: number, clock: CloudClock, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel();
      reject(new TaskError("States.Runtime", "stopped", { final: true }));
    };
    const cancel = clock.after(cloudMs, () => {
      stopped.removeEventListener("abort", stop);
      resolve();
    });
    stopped.addEventListener("abort", stop, { once: true });
    if (stopped.aborted) stop();
  });
}
