import type { Runtime } from "holdfast";
import type { Action } from "./every-order.ts";

/** Where workers stop before whatever they do next, on a clock that stands, until the schedule lets one of them go on. */
export interface Stage {
  now(): number;
  advance(ms: number): void;
  /** Stops here until the schedule lets it go on; while there are `losses` left, also to find that the reply is lost. */
  gate<T>(name: string, run: () => Promise<T>, losses?: Losses): Promise<T>;
  /** What the gates offer now. */
  gates(): readonly Action[];
  /** What the timers offer: by what they do, whose it is. */
  readonly timers: ReadonlyMap<() => void, number>;
  /** A timer's time has come. */
  fire(timer: () => void): void;
  runtime(worker: number): Runtime;
  /** From now on nobody stops. */
  open(): void;
}

/** How many replies may still be lost. */
export interface Losses {
  left: number;
}

interface Gate {
  readonly pass: Action;
  readonly lose: Action;
  readonly losses: Losses;
}

const NONE: Losses = { left: 0 };

export function newStage(): Stage {
  const gates = new Set<Gate>();
  const timers = new Map<() => void, number>();
  let nowMs = 1_000_000;
  let isOpen = false;

  return {
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
    gate<T>(name: string, run: () => Promise<T>, losses = NONE) {
      if (isOpen) return run();
      return new Promise<T>((resolve, reject) => {
        const leave = (): void => {
          gates.delete(gate);
        };
        const gate: Gate = {
          pass: {
            name,
            run() {
              leave();
              run().then(resolve, reject);
            },
          },
          lose: {
            name: `${name}, the reply is lost`,
            run() {
              leave();
              losses.left -= 1;
              run().then(() => reject(new Error("no reply")), reject);
            },
          },
          losses,
        };
        gates.add(gate);
      });
    },
    gates: () =>
      Array.from(gates).flatMap(({ pass, lose, losses }) => (losses.left > 0 ? [pass, lose] : [pass])),
    timers,
    fire(timer) {
      timers.delete(timer);
      timer();
    },
    runtime(worker) {
      let ids = 0;
      return {
        now: () => nowMs,
        random: () => 0.5,
        newId: () => `${worker}-${++ids}`,
        setTimer(_delayMs, fn) {
          timers.set(fn, worker);
          return () => timers.delete(fn);
        },
      };
    },
    open() {
      isOpen = true;
    },
  };
}
