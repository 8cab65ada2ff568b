import { type Fact, type Observer, tell } from "./observer.ts";
import { type Runtime, systemRuntime } from "./runtime/runtime.ts";
import { Scope } from "./scope.ts";

/**
 * What the moment allows a function: until when it may run, whether it was told to stop, which attempt this is.
 *
 * A call is passed on explicitly; nothing is ambient, so invocations interleaved in one process share nothing.
 * Inside Lambda `wrapHandler` makes it; elsewhere `rootCall()` does. To change it for what lies beneath, use
 * `deriveCall`: `signal` is made only when it is read, so spreading a call would lose it, and does not compile.
 *
 * (An abstract class for the sake of that last sentence; as a type it is structural, and any object with these
 * three members is a call.)
 */
export abstract class Call {
  /** Aborts when the call must stop. */
  abstract get signal(): AbortSignal;
  /** Epoch milliseconds by which the call must have settled; `Infinity` when nothing limits it. */
  abstract readonly deadlineMs: number;
  /** 1 for the first attempt; `retry` counts up. */
  abstract readonly attempt: number;
}

const SCOPE: unique symbol = Symbol("holdfast.scope");

/** `signal` sits on the prototype: an own accessor would cost fifty times as much as the rest of the call. */
class ScopedCall implements Call {
  readonly [SCOPE]: Scope;
  readonly deadlineMs: number;
  readonly attempt: number;

  constructor(scope: Scope, deadlineMs: number, attempt: number) {
    this[SCOPE] = scope;
    this.deadlineMs = deadlineMs;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    return this[SCOPE].signal;
  }
}

/** How `openCall` begins a tree of calls. */
export interface OpenCallOptions {
  readonly runtime: Runtime;
  readonly external?: AbortSignal | undefined;
  readonly deadlineMs: number;
}

/** Begins a tree of calls: an invocation, or a root call. */
export function openCall<X extends object = object>(options: OpenCallOptions, extras?: X): Call & X {
  const scope = new Scope(options);
  return Object.assign(new ScopedCall(scope, scope.boundMs, 1), extras);
}

/** What a derived call changes. A later deadline than the parent's has no effect. */
export interface CallChanges {
  readonly deadlineMs?: number;
  readonly attempt?: number;
  /** The error of having passed `deadlineMs`; default: what the parent's deadline says. */
  readonly overdue?: () => unknown;
  /** Is told the facts of this call and of all beneath it, before the parent's observers are. */
  readonly observer?: Observer;
}

/**
 * A call for what lies beneath: same runtime, context and record, with its own signal, which follows the parent's.
 *
 * @example
 * ```ts
 * const again = deriveCall(call, { attempt: call.attempt + 1 });
 * ```
 */
export function deriveCall<C extends Call, X extends object = object>(
  call: C,
  changes: CallChanges = {},
  extras?: X,
): C & X {
  return derived(call, changes, undefined, extras) as unknown as C & X;
}

function derived(
  call: Call,
  changes: CallChanges,
  external: AbortSignal | undefined,
  extras: object | undefined,
): Call {
  const parent = scopeOf(call);
  const scope = new Scope({
    runtime: parent.runtime,
    parent,
    external,
    deadlineMs: changes.deadlineMs ?? call.deadlineMs,
    overdue: changes.overdue,
    observer: changes.observer,
  });
  const child = new ScopedCall(scope, scope.boundMs, changes.attempt ?? call.attempt);
  copyExtras(call, child);
  return extras === undefined ? child : Object.assign(child, extras);
}

function copyExtras(from: Call, to: ScopedCall): void {
  const target: Record<string, unknown> = to as unknown as Record<string, unknown>;
  for (const key in from) {
    if (key !== "deadlineMs" && key !== "attempt" && key !== "signal") {
      target[key] = (from as unknown as Record<string, unknown>)[key];
    }
  }
}

/** The scope of a call; for a call made by hand (a test's, another copy's) one that follows its signal. */
export function scopeOf(call: Call): Scope {
  return (
    (call as Partial<ScopedCall>)[SCOPE] ??
    new Scope({ runtime: systemRuntime, external: call.signal, deadlineMs: call.deadlineMs })
  );
}

/**
 * Makes a call whole again that someone spread: `{ ...call, attempt: 2 }` loses the lazy signal, which the compiler
 * cannot see where the call's type is a parameter (inside a policy); `{ ...call, signal }` must obey both signals.
 */
export function mended<C extends Call>(call: C): C {
  if (call instanceof ScopedCall || !(SCOPE in call)) return call;
  return derived(call, {}, "signal" in call ? call.signal : undefined, undefined) as C;
}

/** The clock, chance and timers that this call runs on. */
export function runtimeOf(call: Call): Runtime {
  return (call as Partial<ScopedCall>)[SCOPE]?.runtime ?? systemRuntime;
}

/** Why nothing new may start on this call (aborted, past its deadline, settled), or undefined when it may. */
export function refusal(call: Call): unknown {
  return scopeOf(call).refusal();
}

/** Tells the call's observers, the nearest first. Costs a walk up the tree, and nothing else, when nobody listens. */
export function report(call: Call, fact: Fact): void {
  let scope = (call as Partial<ScopedCall>)[SCOPE];
  while (scope !== undefined) {
    if (scope.observer !== undefined) tell(scope.observer, fact, call);
    scope = scope.parent;
  }
}
