import type { Environment } from "./environment.ts";
import type { Timeline } from "./timeline.ts";

/** What is wrong with the table for a while. `lostReplies`: the share of requests that are done, and nobody hears of it. */
export interface Trouble {
  readonly isDown?: boolean;
  readonly lostReplies?: number;
  /** Instead of what a partition can do. */
  readonly writesPerSecond?: number;
  readonly readsPerSecond?: number;
}

/** How a client tries again, as the SDK that a contender uses does by default. */
export interface Retries {
  readonly attempts: number;
  delayMs(attempt: number, isThrottled: boolean, random: () => number): number;
}

/** A request that failed; `isOver` says between two attempts that nobody waits any more. */
export interface Request {
  readonly from: Environment;
  readonly retries: Retries;
  readonly isOver?: () => boolean;
}

/** What a change of an item makes of it; undefined: its condition failed. */
export type Change<T, A> = (found: T | undefined) => { readonly put?: T; readonly answer: A };

/** A DynamoDB table, as the environments see it: a network away, throttled by key, eventually consistent. */
export interface Table {
  /** Eventually consistent. */
  read<T>(key: string, request: Request): Promise<T | undefined>;
  /** Atomic. What is not `put` has been refused by its condition, and costs a write all the same. */
  update<T, A>(key: string, change: Change<T, A>, request: Request): Promise<A>;
}

/** Requests that the table got, throttled ones among them: a retry is one more. */
export interface Traffic {
  reads: number;
  writes: number;
  throttled: number;
  /** By key, then by second. */
  readonly writesPerSecond: Map<string, number[]>;
}

export interface TableSettings {
  readonly time: Timeline;
  readonly random: () => number;
  readonly traffic: Traffic;
  troubleAt(nowMs: number): Trouble;
  /** Is told each item that is written. */
  wrote(key: string, item: unknown, by: Environment): void;
}

/** What one item can take, in requests: "Best practices for designing and using partition keys effectively" (DynamoDB), with reads at half a unit each. */
const PARTITION = { writesPerSecond: 1_000, readsPerSecond: 6_000 };
/** One read in three is answered by a replica that lags, by so much on average. */
const LAGGING = { share: 1 / 3, meanMs: 40 };

export class TableError extends Error {
  readonly isThrottled: boolean;

  constructor(message: string, isThrottled = false) {
    super(message);
    this.isThrottled = isThrottled;
  }
}

export function table({ time, random, traffic, troubleAt, wrote }: TableSettings): Table {
  const histories = new Map<string, { readonly atMs: number; readonly item: unknown }[]>();
  const taken = new Map<string, { second: number; reads: number; writes: number }>();

  /** Each way: 2 ms, and a tail. Both together stand for what a client in the same region measures. */
  const wayMs = (): number => 1 + random() + (random() < 0.02 ? 20 * random() : 1.5 * random());

  /** Whether the key is over what its partition can do in this second. */
  function isThrottled(key: string, kind: "reads" | "writes"): boolean {
    const second = Math.floor(time.nowMs / 1_000);
    let now = taken.get(key);
    if (now?.second !== second) {
      now = { second, reads: 0, writes: 0 };
      taken.set(key, now);
    }
    const trouble = troubleAt(time.nowMs);
    const most = trouble[`${kind}PerSecond`] ?? PARTITION[`${kind}PerSecond`];
    // Spread over the second: what a second allows is not gone in its first milliseconds. What is throttled takes nothing.
    if (now[kind] >= Math.max(1, (most * ((time.nowMs % 1_000) + 50)) / 1_000)) return true;
    now[kind] += 1;
    return false;
  }

  function count(key: string, kind: "reads" | "writes"): void {
    traffic[kind] += 1;
    if (kind === "reads") return;
    const perSecond = traffic.writesPerSecond.get(key) ?? [];
    traffic.writesPerSecond.set(key, perSecond);
    const second = Math.floor(time.nowMs / 1_000);
    perSecond[second] = (perSecond[second] ?? 0) + 1;
  }

  function attempted<A>(key: string, kind: "reads" | "writes", from: Environment, work: () => A): Promise<A> {
    return new Promise((resolve, reject) => {
      const fail = (afterMs: number, why: string, throttled = false): void =>
        from.arrives(afterMs, () => reject(new TableError(why, throttled)));
      time.after(wayMs(), () => {
        const { isDown, lostReplies = 0 } = troubleAt(time.nowMs);
        if (isDown) return fail(wayMs(), "the table is down");
        count(key, kind);
        if (isThrottled(key, kind)) {
          traffic.throttled += 1;
          return fail(wayMs(), "ProvisionedThroughputExceededException", true);
        }
        const answer = work();
        if (random() < lostReplies) return fail(20 + wayMs(), "the connection was reset");
        from.arrives(wayMs(), () => resolve(answer));
      });
    });
  }

  async function tried<A>(
    key: string,
    kind: "reads" | "writes",
    request: Request,
    work: () => A,
  ): Promise<A> {
    const { from, retries, isOver } = request;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await attempted(key, kind, from, work);
      } catch (error) {
        if (attempt >= retries.attempts || isOver?.()) throw error;
        const isThrottled = error instanceof TableError && error.isThrottled;
        const delayMs = retries.delayMs(attempt, isThrottled, from.runtime.random);
        await new Promise<void>((resolve) => from.runtime.setTimer(delayMs, resolve));
        if (isOver?.()) throw error;
      }
    }
  }

  function asOf(key: string, atMs: number): unknown {
    const history = histories.get(key) ?? [];
    for (let index = history.length - 1; index >= 0; index -= 1) {
      const version = history[index];
      if (version !== undefined && version.atMs <= atMs) return version.item;
    }
    return undefined;
  }

  return {
    read<T>(key: string, request: Request) {
      return tried(key, "reads", request, () => {
        const lagMs = random() < LAGGING.share ? -LAGGING.meanMs * Math.log(1 - random()) : 0;
        return asOf(key, time.nowMs - lagMs) as T | undefined;
      });
    },
    update<T, A>(key: string, change: Change<T, A>, request: Request) {
      return tried(key, "writes", request, () => {
        const { put, answer } = change(asOf(key, time.nowMs) as T | undefined);
        if (put !== undefined) {
          const history = histories.get(key) ?? [];
          histories.set(key, history);
          history.push({ atMs: time.nowMs, item: put });
          wrote(key, put, request.from);
        }
        return answer;
      });
    },
  };
}
