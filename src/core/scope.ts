import { DeadlineTimer, type Timed } from "./deadline-timer.ts";
import { DeadlineExceededError, HoldfastError } from "./errors.ts";
import { type Listener, Listeners, type Place, type TimerUse } from "./listeners.ts";
import type { Observer } from "./observer.ts";
import type { Runtime } from "./runtime/runtime.ts";

export type { TimerUse } from "./listeners.ts";

/** What a scope has of its own. */
export interface ScopeSettings {
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
 * How long a call may live, and who wants to know when it is over.
 *
 * Scopes form a tree, as calls do. Asking (`refusal`) compares clocks and costs a few nanoseconds; it is right also
 * after a freeze, when timers have not fired yet. Being told (`listen`, `signal`) costs a timer and a place in
 * the parent's list, so it is paid only once someone listens, and is given back when the last one stops.
 */
export class Scope implements Listener, Timed {
  readonly runtime: Runtime;
  readonly parent: Scope | undefined;
  /** As they were given: most scopes have none, and copies would be most of what a scope costs. */
  readonly #settings: ScopeSettings;
  #deadline: number | (() => number);
  /** Why it is over, or `ENDED`: it has settled. */
  #reason: unknown;
  #controller: AbortController | undefined;
  #listeners: Listeners | undefined;

  constructor(runtime: Runtime, parent: Scope | undefined, settings: ScopeSettings) {
    this.runtime = runtime;
    this.parent = parent;
    this.#settings = settings;
    this.#deadline = settings.deadlineMs ?? Number.POSITIVE_INFINITY;
  }

  get observer(): Observer | undefined {
    return this.#settings.observer;
  }

  /** The tightest deadline on the way to the root, in epoch milliseconds. */
  get boundMs(): number {
    return this.#bounder().ownMs();
  }

  /** The same without the deadlines that may be extended. */
  get hardBoundMs(): number {
    let boundMs = Number.POSITIVE_INFINITY;
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (!scope.#settings.isExtendable) boundMs = Math.min(boundMs, scope.ownMs());
    }
    return boundMs;
  }

  /** Why no new work may start here, or undefined when it may. */
  refusal(): unknown {
    const bounder = this.#bounder();
    return this.#refusalAt(bounder, bounder.#nowMs());
  }

  /** The same by a clock that was read just now. */
  refusalAt(nowMs: number): unknown {
    return this.#refusalAt(this.#bounder(), nowMs);
  }

  #refusalAt(bounder: Scope, nowMs: number): unknown {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (scope.#reason !== undefined) return scope.#reason === ENDED ? callEnded() : scope.#reason;
      const { external } = scope.#settings;
      if (external?.aborted) return external.reason;
    }
    return nowMs >= bounder.ownMs() ? bounder.expire() : undefined;
  }

  /** Moves an extendable scope's own deadline to a later point, as a lease that was kept up does. The parent's still holds. */
  extend(deadlineMs: number): void {
    if (this.#isOver || deadlineMs <= this.ownMs()) return;
    this.#deadline = deadlineMs;
    this.moved();
  }

  /** Ends the scope for a reason: its signal aborts, listeners hear it, children with it. The first reason stays. */
  abort(cause: unknown): void {
    if (this.#isOver) return;
    const reason = cause ?? callEnded();
    this.#reason = reason;
    const listeners = this.#letGo();
    for (let one = listeners?.take(); one !== undefined; one = listeners?.take()) one.abort(reason);
  }

  /**
   * The call has settled: what wakes later and still holds it is refused.
   * The signal is not aborted, for a result may still be read through it (a response's body).
   */
  end(): void {
    this.#reason ??= ENDED;
    this.rest();
  }

  /** Gives back timers and subscriptions, here and below, without a word on whether the call may go on. */
  rest(): void {
    const listeners = this.#letGo();
    for (let one = listeners?.take(); one !== undefined; one = listeners?.take()) one.rest();
  }

  /** `tell`, to listeners that may leave before they are told: by calling what it returns. */
  listen(
    abort: (reason: unknown) => void,
    rest: () => void = ignore,
    use: TimerUse = "free",
    moved: () => void = ignore,
  ): () => void {
    const place = this.tell({ abort, rest, moved }, use);
    const listeners = this.#listeners;
    if (place === undefined || listeners === undefined) return ignore;
    return () => this.#left(listeners, place);
  }

  /** Calls `abort` once when the scope is over (now, if it is), or `rest` when it comes to rest before that. */
  tell(listener: Listener, use: TimerUse): Place | undefined {
    const bounder = this.#bounder();
    const nowMs = bounder.#nowMs();
    const reason = this.#refusalAt(bounder, nowMs);
    if (reason !== undefined) {
      listener.abort(reason);
      return undefined;
    }
    const listeners = this.#connected();
    const place = listeners.add(listener);
    if (use !== "none") this.#arm(listeners, use, nowMs);
    return place;
  }

  /** The AbortSignal of this scope, made the first time that someone reads it. */
  get signal(): AbortSignal {
    const { external } = this.#settings;
    // The caller's own signal says it all, and needs no listener that would have to be given back.
    if (external !== undefined && this.parent === undefined && this.boundMs === Number.POSITIVE_INFINITY) {
      return external;
    }
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.tell({ abort: (reason) => controller.abort(reason), rest: ignore, moved: ignore }, "free");
    }
    return this.#controller.signal;
  }

  get #isOver(): boolean {
    return this.#reason !== undefined && this.#reason !== ENDED;
  }

  /** The scope that sets the tightest deadline: this one, or one above; of two that are equal, the outer. */
  #bounder(): Scope {
    let bounder: Scope = this;
    for (let scope = this.parent; scope !== undefined; scope = scope.parent) {
      if (scope.ownMs() <= bounder.ownMs()) bounder = scope;
    }
    return bounder;
  }

  /** This scope's own deadline. */
  ownMs(): number {
    if (typeof this.#deadline === "function") this.#deadline = this.#deadline();
    return this.#deadline;
  }

  /** To be compared with the deadline; the clock is not read when there is none. */
  #nowMs(): number {
    return this.ownMs() === Number.POSITIVE_INFINITY ? 0 : this.runtime.now();
  }

  /** Its own deadline has passed: why it is over. */
  expire(): unknown {
    if (!this.#isOver) {
      this.abort(this.#settings.overdue?.() ?? new DeadlineExceededError(this.ownMs()));
    }
    return this.#reason;
  }

  /** A deadline above, or this one, has moved: the timer that is needed now may be another's. */
  moved(): void {
    const listeners = this.#listeners;
    if (listeners === undefined) return;
    const nowMs = this.runtime.now();
    // This scope's own timer, for whoever beneath waits by it: to the new deadline.
    listeners.timer?.restart(nowMs);
    if (listeners.use !== "none") {
      const { held } = listeners;
      listeners.held = undefined;
      held?.unhold();
      this.#arm(listeners, listeners.use, nowMs);
    }
    listeners.moved();
  }

  /** A place among the parent's listeners, and so on up to the root: had as long as someone listens here. */
  #connected(): Listeners {
    if (this.#listeners !== undefined) return this.#listeners;
    const { parent } = this;
    const listeners = new Listeners(this, parent === undefined ? undefined : parent.#connected());
    this.#listeners = listeners;
    const { external } = this.#settings;
    if (external !== undefined) {
      listeners.hearExternal = () => this.abort(external.reason);
      external.addEventListener("abort", listeners.hearExternal, { once: true });
    }
    return listeners;
  }

  #letGo(): Listeners | undefined {
    const listeners = this.#listeners;
    if (listeners === undefined) return undefined;
    this.#listeners = undefined;
    const { parent } = this;
    const { hearExternal, above, place, timer, held } = listeners;
    if (hearExternal !== undefined) this.#settings.external?.removeEventListener("abort", hearExternal);
    if (parent !== undefined && above !== undefined && place !== undefined) parent.#left(above, place);
    timer?.stop();
    held?.unhold();
    return listeners;
  }

  /** Whoever had this place listens no more. */
  #left(listeners: Listeners, place: Place): void {
    if (listeners.remove(place) && listeners === this.#listeners) this.#letGo();
  }

  /** Sees to the timer of the tightest deadline; a hold on it is let go of with the listeners that wanted it. */
  #arm(listeners: Listeners, use: "hold" | "free", nowMs: number): void {
    if (listeners.use !== "hold") listeners.use = use;
    const bounder = this.#bounder();
    const timed = bounder.#listeners;
    if (timed === undefined || bounder.ownMs() === Number.POSITIVE_INFINITY) return;
    timed.timer ??= new DeadlineTimer(bounder);
    timed.timer.start(use, nowMs);
    if (use === "free" || listeners.held !== undefined) return;
    listeners.held = timed.timer;
    timed.timer.hold();
  }
}

const ENDED: unique symbol = Symbol("ended");

function callEnded(): HoldfastError {
  return new HoldfastError(
    "CALL_ENDED",
    "This call has already settled, so nothing new may start through it. " +
      "Await all work before the handler returns, or give background work a call of its own: rootCall().",
  );
}

export function ignore(): void {}
