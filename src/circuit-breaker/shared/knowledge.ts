import { isAlerted, isPutBack, MAX_SKEW_MS, type SharedCircuit } from "./item.ts";

/** What one environment knows of the shared circuit, and since when. */
export interface Knowledge {
  readonly item: SharedCircuit | undefined;
  /** Open, unless this environment has found out for itself that all is well while the store was away. */
  readonly isOpen: boolean;
  /** When this environment may next ask for the probe of an open circuit: its own moment, so that not all come at once. */
  probeAtMs: number;
  /**
   * Takes in what was read, of which one that began at `atMs` is at least so new; `isNewest`: what refused a write, which is never old.
   * Answers whether the state has changed. An eventual read can show an old item: lower epochs change nothing.
   */
  learn(item: SharedCircuit | undefined, atMs: number, nowMs: number, isNewest: boolean): boolean;
  /** While the store is away: this environment's own probe has succeeded. Holds until something is learnt. */
  overrule(): void;
  isAlerted(nowMs: number): boolean;
}

/** Probes are asked for within so much of a cooldown after its end, and no later than this. */
const SPREAD = 0.2;
const MOST_SPREAD_MS = 2_000;

/** `random` is of whatever call is being served: chance is a call's. */
export function knowledge(readEveryMs: number, random: () => number): Knowledge {
  let item: SharedCircuit | undefined;
  let itemAtMs = Number.NEGATIVE_INFINITY;
  let isOverruled = false;
  let coolAtMs = 0;
  let probeAtMs = 0;

  function isOld(read: SharedCircuit | undefined, atMs: number): boolean {
    if (item === undefined) return false;
    if (read === undefined || read.epoch < item.epoch) return true;
    // What began so long before what is known is of a clock that was put back: no read takes so long.
    return read.epoch === item.epoch && atMs < itemAtMs && atMs > itemAtMs - 10 * MAX_SKEW_MS;
  }

  /** Whoever holds the lease may be quick: looked at again before it ends. */
  function nextTry(open: SharedCircuit, nowMs: number): number {
    if (nowMs < coolAtMs || open.probeUntilMs <= nowMs) return coolAtMs;
    return Math.min(open.probeUntilMs + random() * MAX_SKEW_MS, nowMs + readEveryMs * (0.5 + random()));
  }

  return {
    get item() {
      return item;
    },
    get isOpen() {
      return item?.state === "OPEN" && !isOverruled;
    },
    get probeAtMs() {
      return probeAtMs;
    },
    set probeAtMs(ms) {
      probeAtMs = ms;
    },
    learn(read, atMs, nowMs, isNewest) {
      if (!isNewest && isOld(read, atMs)) return false;
      const before = item;
      const wasOverruled = isOverruled;
      item = read;
      itemAtMs = atMs;
      isOverruled = false;
      const isNew = read?.epoch !== before?.epoch || read?.state !== before?.state;
      if (read?.state === "OPEN") {
        const spreadMs = Math.min(MOST_SPREAD_MS, SPREAD * (read.untilMs - read.sinceMs));
        if (isNew) coolAtMs = read.untilMs + random() * spreadMs;
        if (isPutBack(read, nowMs)) coolAtMs = Math.min(coolAtMs, nowMs + random() * spreadMs);
        probeAtMs = nextTry(read, nowMs);
      }
      return isNew || wasOverruled;
    },
    overrule() {
      isOverruled = true;
    },
    isAlerted: (nowMs) => isAlerted(item, nowMs),
  };
}
