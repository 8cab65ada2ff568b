import type { ManualRuntime } from "../../core/runtime/manual-runtime.ts";
import type { CancelTimer } from "../../core/runtime/runtime.ts";

/**
 * Whether a process runs, sleeps or has stopped, and what follows from it for all that it waits for.
 *
 * A stopped process's timers and replies never come. A sleeping one's come when it awakes, late.
 */
export interface Life {
  readonly state: "awake" | "asleep" | "stopped";
  /** Does it now, when the process awakes, or never. */
  whenAwake(what: () => void): void;
  setTimer(delayMs: number, fn: () => void): CancelTimer;
  readonly overdueTimers: number;
  stop(): void;
  sleep(): void;
  wake(timersFirst: boolean): Promise<void>;
  /** Settles once the process is not awake. */
  halted(): Promise<void>;
}

interface Timer {
  readonly fn: () => void;
  readonly cancel: CancelTimer;
}

export function newLife(clock: ManualRuntime): Life {
  let state: Life["state"] = "awake";
  let held: (() => void)[] = [];
  const tellHalted: (() => void)[] = [];
  const timers = new Set<Timer>();
  /** Their time came while the process slept; in that order. */
  const overdue = new Set<Timer>();

  function halt(how: "asleep" | "stopped"): void {
    state = how;
    for (const tell of tellHalted.splice(0)) tell();
  }

  function release(): void {
    const waiting = held;
    held = [];
    // One of them may make the process sleep or stop again: then the rest waits on.
    for (const what of waiting) life.whenAwake(what);
  }

  async function fireOverdue(): Promise<void> {
    for (const timer of overdue) {
      if (state !== "awake") return;
      overdue.delete(timer);
      timer.fn();
      await clock.advance(0);
    }
  }

  const life: Life = {
    get state() {
      return state;
    },
    get overdueTimers() {
      return overdue.size;
    },
    whenAwake(what) {
      if (state === "awake") what();
      else if (state === "asleep") held.push(what);
    },
    setTimer(delayMs, fn) {
      if (state === "stopped") return () => {};
      const timer: Timer = {
        fn,
        cancel: clock.setTimer(delayMs, () => {
          timers.delete(timer);
          if (state === "asleep") overdue.add(timer);
          else fn();
        }),
      };
      timers.add(timer);
      return () => {
        timer.cancel();
        timers.delete(timer);
        overdue.delete(timer);
      };
    },
    stop() {
      for (const timer of timers) timer.cancel();
      timers.clear();
      halt("stopped");
    },
    sleep() {
      halt("asleep");
    },
    async wake(timersFirst) {
      state = "awake";
      if (timersFirst) await fireOverdue();
      release();
      await clock.advance(0);
      await fireOverdue();
    },
    halted() {
      if (state !== "awake") return Promise.resolve();
      return new Promise((resolve) => tellHalted.push(resolve));
    },
  };
  return life;
}
