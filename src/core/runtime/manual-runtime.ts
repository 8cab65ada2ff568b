import { HoldfastError } from "../errors.ts";
import { checkOptions } from "../options.ts";
import type { CancelTimer, Runtime } from "./runtime.ts";
import { seededRandom } from "./seeded-random.ts";

/** A runtime whose time stands still until a test moves it. */
export interface ManualRuntime extends Runtime {
  /** Moves the clock by `ms`, firing the timers on the way in order, and letting promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Moves the clock without firing anything: what a frozen environment finds when it thaws. */
  jump(ms: number): void;
  /** Moves the clock from timer to timer until `work` settles, and gives its outcome. */
  run<T>(work: Promise<T>): Promise<T>;
  /** How many timers are waiting; 0 once every call has settled. */
  readonly pendingTimers: number;
}

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

/**
 * A manual clock with seeded chance and counted identifiers, for tests without waiting.
 *
 * Those who share a store share one: two of them count the same identifiers.
 *
 * @example
 * ```ts
 * const clock = manualRuntime();
 * const call = rootCall({ runtime: clock, timeoutMs: 5_000 });
 * await clock.run(charge(entry, call)); // backoffs pass at once
 * ```
 */
export function manualRuntime(
  options: { readonly startMs?: number; readonly seed?: number } = {},
): ManualRuntime {
  checkOptions("manualRuntime", options, ["startMs", "seed"]);
  let nowMs = options.startMs ?? 1_700_000_000_000;
  let ids = 0;
  const timers = new Set<Timer>();
  const random = seededRandom(options.seed ?? 1);

  function earliest(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.atMs <= untilMs && (first === undefined || timer.atMs < first.atMs)) first = timer;
    }
    return first;
  }

  function fire(timer: Timer): void {
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.atMs);
    timer.fn();
  }

  return {
    now: () => nowMs,
    random,
    newId() {
      ids += 1;
      return `id-${ids}`;
    },
    setTimer(delayMs, fn): CancelTimer {
      const timer = { atMs: nowMs + Math.max(0, delayMs), fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    jump(ms) {
      nowMs += ms;
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await promisesSettle();
      for (let timer = earliest(untilMs); timer !== undefined; timer = earliest(untilMs)) {
        fire(timer);
        await promisesSettle();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    async run(work) {
      let done = false;
      const finished = (): void => {
        done = true;
      };
      work.then(finished, finished);
      for (let idle = 0; ; ) {
        await promisesSettle();
        if (done) return work;
        const timer = earliest(Number.POSITIVE_INFINITY);
        if (timer !== undefined) {
          idle = 0;
          fire(timer);
        } else if (++idle > IDLE_TURNS) {
          throw new HoldfastError("NOTHING_TO_WAIT_FOR", "The work has not settled and no timer is pending.");
        }
      }
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}

/** Turns of the event loop without a timer after which the work counts as stuck: real I/O may take some. */
const IDLE_TURNS = 2_000;

/** A turn of the event loop: every promise that can settle without a timer has. */
function promisesSettle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
