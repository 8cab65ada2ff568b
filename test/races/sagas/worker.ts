import { RetryableError, type Runtime } from "holdfast";
import type { ManualRuntime } from "holdfast/testing";

/** What can go wrong at an await of a worker, and how often: from 0 to 1 each. */
export interface Chances {
  /** It dies before the operation is sent, or after it was done. */
  readonly kill: number;
  readonly loseRequest: number;
  readonly loseReply: number;
  /** It stands still, for up to three leases, before the operation is sent, or after it was done. */
  readonly freeze: number;
}

/** How often each did. */
export type Met = Record<"killed" | "lost requests" | "lost replies" | "frozen", number>;

/** A process that handles one delivery, at the mercy of chance. */
export interface Worker {
  readonly runtime: Runtime;
  /** The target, each of whose methods is one of the worker's awaits. */
  watch<T extends object>(target: T): T;
  /** Settles when it dies, if it does. */
  readonly died: Promise<"died">;
}

export interface WorkerOptions {
  readonly clock: ManualRuntime;
  readonly random: () => number;
  readonly chances: Chances;
  readonly longestFreezeMs: number;
  readonly met: Met;
}

const LONGEST_WAY_MS = 40;

export function startWorker({ clock, random, chances, longestFreezeMs, met }: WorkerOptions): Worker {
  let isDead = false;
  let thawed: Promise<void> | undefined;
  let die: (how: "died") => void = () => {};
  const died = new Promise<"died">((resolve) => {
    die = resolve;
  });
  const passed = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(ms, resolve));

  function kill(): Promise<never> {
    isDead = true;
    met.killed += 1;
    die("died");
    return new Promise(() => {});
  }

  /** Nothing of a dead worker goes on; a frozen one goes on when it thaws. */
  async function alive(): Promise<void> {
    while (thawed !== undefined) await thawed;
    if (isDead) await new Promise(() => {});
  }

  async function freeze(): Promise<void> {
    met.frozen += 1;
    thawed = passed(random() * longestFreezeMs);
    await thawed;
    thawed = undefined;
    await alive();
  }

  async function perform(operation: string, send: () => Promise<unknown>): Promise<unknown> {
    await alive();
    const fate = random();
    const isEarly = random() < 0.5;
    const { kill: k, loseRequest: q, loseReply: r, freeze: f } = chances;
    const isKilled = fate < k;
    const isFrozen = fate >= k && fate < k + f;
    if (isKilled && isEarly) return kill();
    if (isFrozen && isEarly) await freeze();
    await passed(random() * LONGEST_WAY_MS);
    if (fate >= k + f && fate < k + f + q) {
      met["lost requests"] += 1;
      await alive();
      throw new RetryableError(`The connection was lost before ${operation} was sent.`);
    }
    const answer = await Promise.allSettled([send()]);
    if (isKilled && !isDead) return kill();
    await passed(random() * LONGEST_WAY_MS);
    await alive();
    if (isFrozen && !isEarly) await freeze();
    if (fate >= k + f + q && fate < k + f + q + r) {
      met["lost replies"] += 1;
      throw new RetryableError(`The connection was lost before ${operation} was answered.`);
    }
    if (answer[0].status === "rejected") throw answer[0].reason;
    return answer[0].value;
  }

  return {
    died,
    runtime: {
      now: clock.now,
      random,
      newId: clock.newId,
      setTimer: (delayMs, fn) =>
        clock.setTimer(delayMs, () => {
          if (thawed === undefined && !isDead) fn();
          else void alive().then(fn);
        }),
    },
    watch: (target) =>
      new Proxy(target, {
        get(on, name) {
          const value: unknown = Reflect.get(on, name);
          if (typeof value !== "function") return value;
          return (...given: unknown[]) => perform(String(name), async () => Reflect.apply(value, on, given));
        },
      }),
  };
}
