import type { Runtime } from "../../core/runtime/runtime.ts";

/**
 * A world has two halves. What outlives a process (stores, ledgers, third parties) is made by `setUp`, once a schedule; what is a
 * process's own (the handler, its caches, what it holds open) is made by `start`, once a process.
 *
 * A process that stops loses its half, and the next delivery finds a new one. A process that sleeps keeps it, and goes on
 * with what it remembers. One that only failed keeps it too, and serves the next delivery.
 */
export interface CrashWorld {
  /**
   * Begins a process, and returns how it handles a delivery of the event, of which it is told the number. It must reject
   * when the source would deliver again: a batch that names failures, an HTTP answer 503.
   */
  start(process: CrashProcess): (delivery: number) => Promise<unknown>;
  /** The invariant: throws, or rejects, when it does not hold. Is called once, when everything has come to its end. */
  check(ends: readonly DeliveryEnd[]): void | Promise<void>;
}

/** What a process is given: its own view of what outlives it. */
export interface CrashProcess {
  /**
   * The target as this process sees it: each method that returns a Promise is one of its await points, called
   * `name.method`; a function is called `name`. Everything that outlives the process must be reached through it: what
   * is not watched goes on although the process has stopped.
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
