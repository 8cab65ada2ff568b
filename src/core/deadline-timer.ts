import type { CancelTimer, Runtime } from "./runtime/runtime.ts";

/** What the timer is for. */
export interface Timed {
  readonly runtime: Runtime;
  /** Epoch milliseconds; may be moved to a later point, and the timer restarted. */
  ownMs(): number;
  expire(): unknown;
}

/**
 * The one timer of a deadline, for all who listen to its scope or beneath it. It keeps the process alive for as long as one of them
 * waits (`hold`).
 */
export class DeadlineTimer {
  readonly #of: Timed;
  #use: "hold" | "free" | "none" = "none";
  #holds = 0;
  #cancel: CancelTimer | undefined;

  constructor(of: Timed) {
    this.#of = of;
  }

  start(use: "hold" | "free", nowMs: number): void {
    if (this.#use === use || this.#use === "hold") return;
    this.#use = use;
    this.#wait(nowMs);
  }

  stop(): void {
    this.#use = "none";
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Its deadline has moved. */
  restart(nowMs: number): void {
    if (this.#use !== "none") this.#wait(nowMs);
  }

  hold(): void {
    this.#holds += 1;
  }

  /** Once nobody holds it, it lets the process end. */
  unhold(): void {
    this.#holds -= 1;
    if (this.#holds > 0 || this.#use !== "hold") return;
    this.#use = "free";
    this.#wait(this.#of.runtime.now());
  }

  #wait(nowMs: number): void {
    this.#cancel?.();
    const deadlineMs = this.#of.ownMs();
    const fired = (): void => this.#fired(deadlineMs);
    this.#cancel = this.#of.runtime.setTimer(deadlineMs - nowMs, fired, this.#use === "hold");
  }

  /**
   * A timer can fire a little early; then it waits for the rest. One that fires much too early by the clock has waited
   * its time, and the clock was set back meanwhile: waiting for it again would be to hang.
   */
  #fired(deadlineMs: number): void {
    const nowMs = this.#of.runtime.now();
    const leftMs = deadlineMs - nowMs;
    if (leftMs <= 0 || leftMs > EARLY_MS) this.#of.expire();
    else this.#wait(nowMs);
  }
}

/** Timers count whole milliseconds, from a clock that is not the wall's. */
const EARLY_MS = 50;
