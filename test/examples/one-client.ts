import { type Call, type Runtime, runtimeOf } from "holdfast";

/** Stands for each process's own client where a handler's module, which is loaded once, makes one for all. */
export interface OneClient<T extends object> {
  readonly client: T;
  /** Calls that run on this runtime go to this target. */
  serve(runtime: Runtime, target: T): void;
}

/** `T`'s methods take the call last. */
export function oneClient<T extends object>(): OneClient<T> {
  const targets = new WeakMap<Runtime, T>();
  const route = (_: object, method: string) => {
    return (...given: readonly unknown[]): unknown => {
      const target = targets.get(runtimeOf(given.at(-1) as Call)) as Record<string, unknown> | undefined;
      const own = target?.[method];
      if (typeof own !== "function") throw new Error(`Nobody serves ${method} on this runtime.`);
      return own.apply(target, given);
    };
  };
  return {
    client: new Proxy({}, { get: route }) as T,
    serve: (runtime, target) => targets.set(runtime, target),
  };
}
