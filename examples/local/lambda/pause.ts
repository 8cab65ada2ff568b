import type { CloudClock } from "../services.ts";

/** Waits real milliseconds, or until the signal is aborted. */
export function pause(clock: CloudClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(Math.max(0, ms) * clock.speed, end);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
