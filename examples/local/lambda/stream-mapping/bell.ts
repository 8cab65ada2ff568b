import type { CloudClock } from "../../services.ts";

/** Wakes one waiter. A ring that nobody waits for is kept for the next. */
export interface Bell {
  ring(): void;
  /** Until the bell rings, the signal is aborted, or `ms` real milliseconds have passed. */
  wait(ms?: number): Promise<void>;
}

export function createBell(clock: CloudClock, signal: AbortSignal): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    wake?.();
  };
  signal.addEventListener("abort", ring, { once: true });
  return {
    ring,
    async wait(ms) {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const cancel =
            ms === undefined ? () => {} : clock.after(Math.max(0, ms) * clock.speed, () => wake?.());
          wake = () => {
            cancel();
            wake = undefined;
            resolve();
          };
        });
      }
      rung = false;
    },
  };
}
