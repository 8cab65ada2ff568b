import type { CloudClock } from "./services.ts";

/**
 * The machine's own time, with waiting between deliveries `speed` times as fast. Its timers keep the process
 * alive: what waits here is work that must still happen.
 *
 * @throws RangeError when `speed` is not a finite number of at least 1.
 */
export function systemClock(speed = 1): CloudClock {
  if (!Number.isFinite(speed) || speed < 1) {
    throw new RangeError(
      `speed is ${speed}; give a number of 1 (AWS's own waiting times) or more (60: a minute passes in a second)`,
    );
  }
  return {
    speed,
    now: () => Date.now(),
    after(cloudMs, fn) {
      const timer = setTimeout(fn, Math.max(0, cloudMs) / speed);
      return () => clearTimeout(timer);
    },
  };
}
