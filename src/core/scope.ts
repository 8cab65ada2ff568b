import { DeadlineExceededError, HoldfastError } from "./errors.ts";
import type { Observer } from "./observer.ts";
import type { CancelTimer, Runtime } from "./runtime/runtime.ts";

/** What a scope is opened with. */
export interface ScopeOptions {
  readonly runtime: Runtime;
  readonly parent?: Scope | undefined;
  /** An AbortSignal from outside that ends this scope: the caller's own, at the root. */
  readonly external?: AbortSignal | undefined;
  /** Epoch milliseconds at which this scope is over. Later than the parent's is the parent's. */
  readonly deadlineMs: number;
  /** The error of having passed `deadlineMs`, made only when it happens. Default: `DeadlineExceededError`. */
  readonly overdue?: (() => unknown) | undefined;
  readonly observer?: Observer | undefined;
}

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
  /** The tightest deadline on the way to the root, and the scope that set it. */
  readonly boundMs: number;
  readonly #bounder: Scope;
  readonly #overdue: (() => unknown) | undefined;
  readonly #external: AbortSignal | undefined;
  #reason: unknown;
  #ended = false;
  #controller: AbortController | undefined;
  #listeners: Map<(reason: unknown) => void, () => void> | undefined;
  #cancelTimer: CancelTimer | undefined;
  #leaveParent: (() => void) | undefined;

  constructor(options: ScopeOptions) {
    const { parent } = options;
    this.runtime = options.runtime;
    this.parent = parent;
    this.observer = options.observer;
    this.#external = options.external;
    this.#overdue = options.overdue;
    if (parent !== undefined && parent.boundMs <= options.deadlineMs) {
      this.boundMs = parent.boundMs;
      this.#bounder = parent.#bounder;
    } else {
      this.boundMs = options.deadlineMs;
      this.#bounder = this;
    }
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
    if (this.boundMs !== Number.POSITIVE_INFINITY && this.runtime.now() >= this.boundMs) {
      return this.#bounder.#expire();
    }
    return undefined;
  }

  /** Ends the scope for a reason: its signal aborts, listeners hear it, children with it. The first reason stays. */
  abort(reason: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason ?? callEnded();
    const listeners = this.#disconnect();
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
    const listeners = this.#disconnect();
    if (listeners !== undefined) for (const settled of listeners.values()) settled();
  }

  /**
   * Calls `over` once when the scope is over (now, if it is), or `settled` when it comes to rest before that,
   * unless the returned function is called first.
   */
  listen(over: (reason: unknown) => void, settled: () => void = ignore): () => void {
    const reason = this.refusal();
    if (reason !== undefined) {
      over(reason);
      return ignore;
    }
    if (this.#listeners === undefined) this.#connect();
    this.#listeners?.set(over, settled);
    return () => {
      if (this.#listeners?.delete(over) && this.#listeners.size === 0) this.#disconnect();
    };
  }

  /** The AbortSignal of this scope, made the first time that someone reads it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.listen((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  #expire(): unknown {
    if (this.#reason === undefined) this.abort(this.#overdue?.() ?? new DeadlineExceededError(this.boundMs));
    return this.#reason;
  }

  #connect(): void {
    this.#listeners = new Map();
    if (this.#bounder === this && this.boundMs !== Number.POSITIVE_INFINITY) this.#arm();
    this.#external?.addEventListener("abort", this.#hearExternal, { once: true });
    this.#leaveParent = this.parent?.listen(
      (reason) => this.abort(reason),
      () => this.rest(),
    );
  }

  #disconnect(): Map<(reason: unknown) => void, () => void> | undefined {
    const listeners = this.#listeners;
    if (listeners === undefined) return undefined;
    this.#listeners = undefined;
    this.#cancelTimer?.();
    this.#external?.removeEventListener("abort", this.#hearExternal);
    this.#leaveParent?.();
    return listeners;
  }

  /** Timers can fire a little early and clocks can be set back: only the clock decides. */
  #arm(): void {
    this.#cancelTimer = this.runtime.setTimer(this.boundMs - this.runtime.now(), () => {
      if (this.runtime.now() >= this.boundMs) this.#expire();
      else this.#arm();
    });
  }

  readonly #hearExternal = (): void => this.abort(this.#external?.reason);
}

function callEnded(): HoldfastError {
  return new HoldfastError(
    "CALL_ENDED",
    "This call has already settled, so nothing new may start through it. " +
      "Await all work before the handler returns, or give background work a call of its own: rootCall().",
  );
}

function ignore(): void {}
