import { DeadlineExceededError, HoldfastError } from "./errors.ts";
import type { Observer } from "./observer.ts";
import type { CancelTimer, Runtime } from "./runtime/runtime.ts";

/** What a scope is opened with. */
export interface ScopeOptions {
  readonly runtime: Runtime;
  readonly parent?: Scope | undefined;
  /** An AbortSignal from outside that ends this scope: the caller's own, at the root. */
  readonly external?: AbortSignal | undefined;
  /**
   * Epoch milliseconds at which this scope is over; later than the parent's is the parent's. A function is asked
   * once, when someone wants to know: most invocations end without reading the clock.
   */
  readonly deadlineMs?: number | (() => number) | undefined;
  /** The error of having passed `deadlineMs`, made only when it happens. Default: `DeadlineExceededError`. */
  readonly overdue?: (() => unknown) | undefined;
  /** Whether `deadlineMs` may be moved to a later point (`extend`): what lies beneath must not take it for the end. */
  readonly isExtendable?: boolean | undefined;
  readonly observer?: Observer | undefined;
}

/**
 * What a listener wants of the timer that the tightest deadline has: that it wakes someone who is waiting, and so
 * keeps the process alive (`hold`); that it fires if there still is a process (`free`); nothing (`none`).
 */
export type TimerUse = "hold" | "free" | "none";

/** What a listener wants to know besides that the scope is over: that it has come to rest, that a deadline moved. */
interface Listener {
  readonly settled: () => void;
  readonly moved: () => void;
}

/** By what they do when the scope is over. */
type Listeners = Map<(reason: unknown) => void, Listener>;

/** How often any deadline has moved: what was found out about the tightest one holds until the next time. */
let moves = 0;

/**
 * How long a call may live, and who wants to know when it is over.
 *
 * Scopes form a tree, as calls do. Asking (`refusal`) compares clocks and costs a few nanoseconds; it is right also
 * after a freeze, when timers have not fired yet. Being told (`listen`, `signal`) costs a timer and a place in
 * the parent's list, so it is paid only once someone listens, and is given back when the last one stops.
 */
export class Scope {
  readonly runtime: Runtime;
  readonly parent: Scope | undefined;
  readonly observer: Observer | undefined;
  readonly #external: AbortSignal | undefined;
  readonly #overdue: (() => unknown) | undefined;
  readonly #isExtendable: boolean;
  #deadline: number | (() => number);
  #bounder: Scope | undefined;
  #boundAt = 0;
  #reason: unknown;
  #ended = false;
  #controller: AbortController | undefined;
  #listeners: Listeners | undefined;
  #disconnect: (() => void) | undefined;
  #cancelTimer: CancelTimer | undefined;
  #timer: TimerUse = "none";
  /** What this scope's own listeners want of a timer, wherever it is. */
  #use: TimerUse = "none";
  /** How many scopes, this one among them, hold this one's timer; and the one whose timer this scope holds. */
  #holds = 0;
  #held: Scope | undefined;

  constructor(options: ScopeOptions) {
    this.runtime = options.runtime;
    this.parent = options.parent;
    this.observer = options.observer;
    this.#external = options.external;
    this.#overdue = options.overdue;
    this.#isExtendable = options.isExtendable ?? false;
    this.#deadline = options.deadlineMs ?? Number.POSITIVE_INFINITY;
  }

  /** The tightest deadline on the way to the root, in epoch milliseconds. */
  get boundMs(): number {
    return this.#bound().#ownMs();
  }

  /** The same without the deadlines that may be extended. */
  get hardBoundMs(): number {
    const aboveMs = this.parent?.hardBoundMs ?? Number.POSITIVE_INFINITY;
    return this.#isExtendable ? aboveMs : Math.min(aboveMs, this.#ownMs());
  }

  /** Why no new work may start here, or undefined when it may. */
  refusal(): unknown {
    let scope: Scope | undefined = this;
    do {
      if (scope.#reason !== undefined) return scope.#reason;
      if (scope.#ended) return callEnded();
      if (scope.#external?.aborted) return scope.#external.reason;
      scope = scope.parent;
    } while (scope !== undefined);
    const bounder = this.#bound();
    const boundMs = bounder.#ownMs();
    if (boundMs !== Number.POSITIVE_INFINITY && this.runtime.now() >= boundMs) return bounder.#expire();
    return undefined;
  }

  /** Moves an extendable scope's own deadline to a later point, as a lease that was kept up does. The parent's still holds. */
  extend(deadlineMs: number): void {
    if (this.#reason !== undefined || deadlineMs <= this.#ownMs()) return;
    this.#deadline = deadlineMs;
    moves += 1;
    this.#moved();
  }

  /** Ends the scope for a reason: its signal aborts, listeners hear it, children with it. The first reason stays. */
  abort(cause: unknown): void {
    if (this.#reason !== undefined) return;
    const reason = cause ?? callEnded();
    this.#reason = reason;
    const listeners = this.#letGo();
    if (listeners !== undefined) for (const over of listeners.keys()) over(reason);
  }

  /**
   * The call has settled: what wakes later and still holds it is refused.
   * The signal is not aborted, for a result may still be read through it (a response's body).
   */
  end(): void {
    this.#ended = true;
    this.rest();
  }

  /** Gives back timers and subscriptions, here and below, without a word on whether the call may go on. */
  rest(): void {
    const listeners = this.#letGo();
    if (listeners !== undefined) for (const { settled } of listeners.values()) settled();
  }

  /**
   * Calls `over` once when the scope is over (now, if it is), or `settled` when it comes to rest before that,
   * unless the returned function is called first; and `moved` when a deadline above was moved.
   */
  listen(
    over: (reason: unknown) => void,
    settled: () => void = ignore,
    timer: TimerUse = "free",
    moved: () => void = ignore,
  ): () => void {
    const reason = this.refusal();
    if (reason !== undefined) {
      over(reason);
      return ignore;
    }
    const listeners = this.#listeners ?? this.#connect();
    // The deadline can pass between the look above and the parent's own: then nobody is left to tell.
    if (this.#reason !== undefined) {
      over(this.#reason);
      return ignore;
    }
    listeners.set(over, { settled, moved });
    if (timer !== "none") this.#arm(timer);
    return () => {
      if (listeners.delete(over) && listeners.size === 0 && listeners === this.#listeners) this.#letGo();
    };
  }

  /** The AbortSignal of this scope, made the first time that someone reads it. */
  get signal(): AbortSignal {
    const external = this.#external;
    // The caller's own signal says it all, and needs no listener that would have to be given back.
    if (external !== undefined && this.parent === undefined && this.boundMs === Number.POSITIVE_INFINITY) {
      return external;
    }
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.listen((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  /** The scope that sets the tightest deadline: this one, or one above. */
  #bound(): Scope {
    if (this.#bounder === undefined || this.#boundAt !== moves) {
      this.#boundAt = moves;
      const { parent } = this;
      const above = parent === undefined ? undefined : parent.#bound();
      this.#bounder = above !== undefined && above.#ownMs() <= this.#ownMs() ? above : this;
    }
    return this.#bounder;
  }

  #ownMs(): number {
    if (typeof this.#deadline === "function") this.#deadline = this.#deadline();
    return this.#deadline;
  }

  #expire(): unknown {
    if (this.#reason === undefined) this.abort(this.#overdue?.() ?? new DeadlineExceededError(this.#ownMs()));
    return this.#reason;
  }

  #connect(): Listeners {
    const listeners: Listeners = new Map();
    this.#listeners = listeners;
    const external = this.#external;
    const hear = (): void => this.abort(external?.reason);
    external?.addEventListener("abort", hear, { once: true });
    const leaveParent = this.parent?.listen(
      (reason) => this.abort(reason),
      () => this.rest(),
      "none",
      () => this.#moved(),
    );
    this.#disconnect = () => {
      external?.removeEventListener("abort", hear);
      leaveParent?.();
    };
    return listeners;
  }

  #letGo(): Listeners | undefined {
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#disconnect?.();
    this.#disconnect = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timer = "none";
    this.#use = "none";
    this.#letGoOfHold();
    return listeners;
  }

  /** A deadline above, or this one, has moved: the timer that is needed now may be another's. */
  #moved(): void {
    const use = this.#use;
    if (this.#timer !== "none") {
      // This scope's own timer, for whoever beneath waits by it: to the new deadline.
      const own = this.#timer;
      this.#timer = "none";
      this.#startTimer(own);
    }
    if (use !== "none") {
      this.#letGoOfHold();
      this.#arm(use);
    }
    for (const { moved } of this.#listeners?.values() ?? []) moved();
  }

  #letGoOfHold(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) held.#unhold();
  }

  /** Sees to the timer of the tightest deadline; a hold on it is let go of with the listeners that wanted it. */
  #arm(use: TimerUse): void {
    if (this.#use !== "hold") this.#use = use;
    const bounder = this.#bound();
    bounder.#startTimer(use);
    if (use === "free" || this.#held !== undefined) return;
    this.#held = bounder;
    bounder.#holds += 1;
  }

  #unhold(): void {
    this.#holds -= 1;
    if (this.#holds > 0 || this.#timer !== "hold") return;
    this.#timer = "none";
    this.#startTimer("free");
  }

  /**
   * A timer can fire a little early; then it waits for the rest. One that fires much too early by the clock has waited
   * its time, and the clock was set back meanwhile: waiting for it again would be to hang.
   */
  #startTimer(use: TimerUse): void {
    const deadlineMs = this.#ownMs();
    if (deadlineMs === Number.POSITIVE_INFINITY || this.#timer === use || this.#timer === "hold") return;
    this.#cancelTimer?.();
    this.#timer = use;
    const { runtime } = this;
    const again = (): void => {
      const fire = (): void => {
        const leftMs = deadlineMs - runtime.now();
        if (leftMs <= 0 || leftMs > EARLY_MS) this.#expire();
        else again();
      };
      this.#cancelTimer = runtime.setTimer(deadlineMs - runtime.now(), fire, use === "hold");
    };
    again();
  }
}

/** Timers count whole milliseconds, from a clock that is not the wall's. */
const EARLY_MS = 50;

function callEnded(): HoldfastError {
  return new HoldfastError(
    "CALL_ENDED",
    "This call has already settled, so nothing new may start through it. " +
      "Await all work before the handler returns, or give background work a call of its own: rootCall().",
  );
}

function ignore(): void {}
