import type { Runtime } from "../../core/runtime/runtime.ts";

/**
 * What outlives a process (stores, ledgers, third parties), how a process begins on it, and what must be true in the end.
 */
export interface CrashWorld {
  /**
   * Begins a process, and returns how it handles one delivery of the event, of which it is told the number. It settles
   * when its source would not deliver again: a batch that names failures must throw. Whatever is made in here (caches, wrapped
   * functions, the handler) is a process's own memory: lost when it stops, kept while it sleeps.
   */
  start(process: CrashProcess): (delivery: number) => Promise<unknown>;
  /** The invariant: throws, or rejects, when it does not hold. Is called once, when everything has come to its end. */
  check(ends: readonly DeliveryEnd[]): void | Promise<void>;
}

/** What a process is given: its own view of what outlives it. */
export interface CrashProcess {
  /**
   * The target, with its methods that return a Promise as this process's await points. They are called `name.method`; a
   * function is called `name`. Anything of the target that is not watched is beyond the explorer's faults.
   */
  watch<T extends object>(name: string, target: T): T;
  /** The shared manual clock; chance and identifiers of this process; timers that stop and sleep with it. */
  readonly runtime: Runtime;
}

/** How a delivery ended, in the order in which they did. */
export type DeliveryEnd =
  | { readonly delivery: number; readonly how: "settled"; readonly answer: unknown }
  | { readonly delivery: number; readonly how: "rejected"; readonly error: unknown }
  | { readonly delivery: number; readonly how: "stopped" };

/** Makes a fresh world for each schedule. `clock` tells the time that all its processes share. */
export type SetUpWorld = (clock: Pick<Runtime, "now">) => CrashWorld | Promise<CrashWorld>;
