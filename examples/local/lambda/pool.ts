import type { LambdaFunction } from "../template/stack.ts";
import type { Environment } from "./environment.ts";
import type { Outcome } from "./invocation.ts";
import { limits } from "./limits.ts";

/** The environments of one function. */
export interface Pool {
  /** Runs `work` in an environment as soon as one is free, or says at once that concurrency is used up. */
  run(
    work: (environment: Environment, coldStart: boolean) => Promise<Outcome>,
  ): Promise<Outcome | "throttled" | "stopped">;
  stop(): Promise<void>;
}

/**
 * Concurrency as Lambda counts it, on a machine with few cores: invocations above the reserved concurrency (or
 * the account's 1,000) are throttled; those within it wait while `maxEnvironments` processes are busy.
 */
export function createPool(options: {
  readonly fn: LambdaFunction;
  readonly maxEnvironments: number;
  readonly start: () => Promise<Environment>;
}): Pool {
  const { fn } = options;
  const allowed = Math.min(fn.reservedConcurrency ?? limits.accountConcurrency, limits.accountConcurrency);
  const all = new Set<Environment>();
  /** Those that are given nothing more to do and have not ended yet. */
  const retired = new Set<Environment>();
  const idle: Environment[] = [];
  const waiting: ((environment: Environment | undefined) => void)[] = [];
  let running = 0;
  let starting = 0;
  /** Environments that have answered and will ask for their next invocation in a moment. */
  let finishing = 0;
  let stopped = false;

  /** The warmest environment, a new one, or the next to become free. Undefined once stopped. */
  async function acquire(): Promise<{ environment: Environment; cold: boolean } | undefined> {
    const warm = idle.pop();
    if (warm !== undefined) return { environment: warm, cold: false };
    const soonFree = finishing > waiting.length;
    if (!soonFree && all.size + starting < options.maxEnvironments) return create();
    const environment = await new Promise<Environment | undefined>((resolve) => waiting.push(resolve));
    if (environment !== undefined) return { environment, cold: false };
    return stopped ? undefined : acquire();
  }

  async function create(): Promise<{ environment: Environment; cold: boolean } | undefined> {
    starting += 1;
    let environment: Environment;
    try {
      environment = await options.start();
    } catch (error) {
      // Whoever waits may have been waiting for this one.
      waiting.shift()?.(undefined);
      throw error;
    } finally {
      starting -= 1;
    }
    all.add(environment);
    void environment.exited.then(() => {
      all.delete(environment);
      const at = idle.indexOf(environment);
      if (at >= 0) idle.splice(at, 1);
      // Its place is free: whoever waits longest may start another.
      waiting.shift()?.(undefined);
    });
    if (!stopped) return { environment, cold: true };
    await environment.stop();
    return undefined;
  }

  function release(environment: Environment): void {
    const next = waiting.shift();
    if (next === undefined) idle.push(environment);
    else next(environment);
  }

  return {
    async run(work) {
      if (stopped) return "stopped";
      if (running >= allowed) return "throttled";
      running += 1;
      try {
        const acquired = await acquire();
        if (acquired === undefined) return "stopped";
        const { environment, cold } = acquired;
        const outcome = await work(environment, cold);
        if (outcome.kind === "ok" || outcome.kind === "error") {
          finishing += 1;
          void environment.idle().then((usable) => {
            finishing -= 1;
            if (usable) release(environment);
          });
        } else {
          // A frozen one lives on for a while, and holds no place.
          all.delete(environment);
          retired.add(environment);
          void environment.exited.then(() => retired.delete(environment));
          environment.retire();
          waiting.shift()?.(undefined);
        }
        return outcome;
      } finally {
        running -= 1;
      }
    },
    async stop() {
      stopped = true;
      for (const resume of waiting.splice(0)) resume(undefined);
      await Promise.all([...all, ...retired].map((environment) => environment.stop()));
    },
  };
}
