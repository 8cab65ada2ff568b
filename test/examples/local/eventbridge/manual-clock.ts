import type { CloudClock } from "../../../../examples/local/services.ts";

export interface ManualClock extends CloudClock {
  /** Lets cloud time pass, running what falls due in order, with the promises in between. */
  advance(cloudMs: number): Promise<void>;
  timers(): number;
}

export function manualClock(speed = 1): ManualClock {
  const timers = new Set<{ readonly at: number; readonly fn: () => void }>();
  let nowMs = Date.UTC(2026, 10, 22, 18, 43, 48, 250);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    speed,
    now: () => nowMs,
    after(cloudMs, fn) {
      const timer = { at: nowMs + cloudMs / speed, fn };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    timers: () => timers.size,
    async advance(cloudMs) {
      const until = nowMs + cloudMs / speed;
      for (;;) {
        await settle();
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = next.at;
        next.fn();
      }
      nowMs = until;
    },
  };
}
