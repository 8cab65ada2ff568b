import type { CloudClock } from "./services.ts";

/** Waits between deliveries, all of which can be ended at once. */
export interface Waits {
  /** Lets the cloud's time pass. False when the waits were stopped first. */
  wait(cloudMs: number): Promise<boolean>;
  readonly stopped: boolean;
  stop(): void;
}

export function stoppableWaits(clock: CloudClock): Waits {
  const cancellations = new Set<() => void>();
  let stopped = false;
  return {
    wait(cloudMs) {
      return new Promise((resolve) => {
        if (stopped) return resolve(false);
        const end = (goOn: boolean): void => {
          cancellations.delete(cancel);
          resolve(goOn);
        };
        const stopTimer = clock.after(cloudMs, () => end(true));
        const cancel = (): void => {
          stopTimer();
          end(false);
        };
        cancellations.add(cancel);
      });
    },
    get stopped() {
      return stopped;
    },
    stop() {
      stopped = true;
      for (const cancel of [...cancellations]) cancel();
    },
  };
}
