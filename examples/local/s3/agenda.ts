import type { CloudClock, Running } from "../services.ts";

/** Work that is due later on the cloud's clock. */
export interface Agenda extends Running {
  /** Runs `work` once `cloudMs` have passed, however long that is. Returns its cancellation. */
  in(cloudMs: number, work: () => void): () => void;
}

/** Timers hold at most 2^31 - 1 real milliseconds, 24.8 days; longer ones would fire at once. */
const LONGEST_STEP_MS = 86_400_000;

export function startAgenda(clock: CloudClock): Agenda {
  const cancellations = new Set<() => void>();
  let stopped = false;
  return {
    in(cloudMs, work) {
      if (stopped) return () => {};
      let cancelTimer = (): void => {};
      const cancel = (): void => {
        cancellations.delete(cancel);
        cancelTimer();
      };
      const step = (leftMs: number): void => {
        const stepMs = Math.min(leftMs, LONGEST_STEP_MS);
        cancelTimer = clock.after(stepMs, () => {
          if (leftMs > stepMs) return step(leftMs - stepMs);
          cancellations.delete(cancel);
          work();
        });
      };
      cancellations.add(cancel);
      step(Math.max(0, cloudMs));
      return cancel;
    },
    async stop() {
      stopped = true;
      for (const cancel of [...cancellations]) cancel();
    },
  };
}
