import { type Call, refusal, runtimeOf } from "../core/call.ts";

/** Beats while a run goes on. */
export interface Heartbeat {
  /** Lets no beat begin, and waits for one that is on its way: it would collide with the next write. */
  pause(): Promise<void>;
  resume(): void;
}

/** For runs whose lease lasts as long as they may. */
export const noHeartbeat: Heartbeat = { pause: async () => {}, resume() {} };

/**
 * Calls `beat` every so often while the call may go on; the next one is timed once the last has come back.
 *
 * The timer keeps no process alive. After a freeze it fires late, and by then the call refuses: its lease has ended.
 */
export function heartbeat(call: Call, everyMs: number, beat: () => Promise<void>): Heartbeat {
  const runtime = runtimeOf(call);
  let paused = false;
  let beating = Promise.resolve();
  let cancel = next();

  function next(): () => void {
    return runtime.setTimer(everyMs, () => {
      if (refusal(call) !== undefined) return;
      beating = beat().then(() => {
        if (!paused) cancel = next();
      });
    });
  }

  return {
    pause() {
      paused = true;
      cancel();
      return beating;
    },
    resume() {
      paused = false;
      cancel = next();
    },
  };
}
