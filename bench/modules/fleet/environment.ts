import type { Runtime } from "holdfast";
import type { Timeline } from "./timeline.ts";

/**
 * One environment of the fleet, as Lambda runs them: one invocation at a time, and frozen between two. While it is frozen no timer fires and no reply
 * is taken in; both happen at the thaw, overdue timers first.
 */
export interface Environment {
  readonly name: string;
  /** Its clock is off, for good. */
  readonly skewMs: number;
  readonly runtime: Runtime;
  freeze(): void;
  thaw(): void;
  /** Something from outside, which a frozen environment takes in when it thaws. */
  arrives(delayMs: number, work: () => void): void;
}

export function environment(
  time: Timeline,
  name: string,
  skewMs: number,
  epochMs: number,
  random: () => number,
): Environment {
  let isFrozen = true;
  let ids = 0;
  const overdue = new Set<() => void>();
  const arrived: (() => void)[] = [];
  return {
    name,
    skewMs,
    runtime: {
      now: () => epochMs + time.nowMs + skewMs,
      random,
      newId() {
        ids += 1;
        return `${name}-${ids}`;
      },
      setTimer(delayMs, fn) {
        const fire = (): void => {
          if (isFrozen) overdue.add(fn);
          else fn();
        };
        const cancel = time.after(delayMs, fire);
        return () => {
          cancel();
          overdue.delete(fn);
        };
      },
    },
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
      for (const fn of overdue) fn();
      overdue.clear();
      for (const work of arrived.splice(0)) work();
    },
    arrives(delayMs, work) {
      time.after(delayMs, () => {
        if (isFrozen) arrived.push(work);
        else work();
      });
    },
  };
}
