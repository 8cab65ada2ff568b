import type { Call } from "./call-shape.ts";
import { HoldfastError, InvalidOptionError } from "./errors.ts";
import { type Fact, type Observer, tell } from "./observer.ts";
import { type Runtime, systemRuntime } from "./runtime/runtime.ts";
import { Scope, type ScopeSettings } from "./scope.ts";

export type { Call } from "./call-shape.ts";

const SCOPE: unique symbol = Symbol("holdfast.scope");

/** The getters sit on the prototype: an own accessor would cost fifty times as much as the rest of the call. */
class ScopedCall implements Call {
  readonly [SCOPE]: Scope;
  readonly attempt: number;

  constructor(scope: Scope, attempt: number) {
    this[SCOPE] = scope;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    return this[SCOPE].signal;
  }

  get deadlineMs(): number {
    return this[SCOPE].boundMs;
  }
}

/** How `openCall` begins a tree of calls. */
export interface OpenCallOptions {
  readonly runtime: Runtime;
  readonly external?: AbortSignal | undefined;
  readonly deadlineMs: number | (() => number);
}

/** Begins a tree of calls: an invocation, or a root call. */
export function openCall(options: OpenCallOptions): Call {
  return new ScopedCall(new Scope(options.runtime, undefined, options), 1);
}

/** What a derived call changes. A later deadline than the parent's has no effect. */
export interface CallChanges {
  readonly deadlineMs?: number;
  readonly attempt?: number;
  /** Whether `deadlineMs` may be moved to a later point. Default: false. */
  readonly isExtendable?: boolean;
  /** The error of having passed `deadlineMs`; default: what the parent's deadline says. */
  readonly overdue?: (() => unknown) | undefined;
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
  const { deadlineMs } = changes;
  if (Number.isNaN(deadlineMs))
    throw new InvalidOptionError("deriveCall", "deadlineMs must be a number, not NaN");
  const child = derived(call, changes, changes.attempt ?? call.attempt);
  if (extras !== undefined) copyMembers(extras, child);
  return child as unknown as C & X;
}

function derived(call: Call, settings: ScopeSettings, attempt: number): ScopedCall {
  const parent = scopeOf(call);
  const child = new ScopedCall(new Scope(parent.runtime, parent, settings), attempt);
  copyMembers(call, child);
  return child;
}

/**
 * Makes calls beneath one, which differ in one member and in their attempt: one for each record of a batch.
 *
 * What all of them carry is looked at once. Of thousands of records whose work is short, that would be half of what a call costs.
 */
export function callsBeneath<C extends Call, K extends string>(
  call: C,
  member: K,
): <V>(value: V, attempt: number) => C & Readonly<Record<K, V>> {
  const parent = scopeOf(call);
  const source = call as Call as unknown as Readonly<Record<string, unknown>>;
  const carried: string[] = [];
  for (const name in source) if (!OWN.has(name) && name !== member) carried.push(name);
  return function callBeneath(value, attempt) {
    const child = new ScopedCall(new Scope(parent.runtime, parent, NOTHING_OF_ITS_OWN), attempt);
    const target = child as unknown as Record<string, unknown>;
    for (const name of carried) target[name] = source[name];
    target[member] = value;
    return child as Call as C & Readonly<Record<K, typeof value>>;
  };
}

const NOTHING_OF_ITS_OWN: ScopeSettings = {};

/** What a call carries besides its own: context, record, unit. */
function copyMembers(from: object, to: ScopedCall): void {
  const source = from as Readonly<Record<string, unknown>>;
  const target = to as unknown as Record<string, unknown>;
  for (const name in source) if (!OWN.has(name)) target[name] = source[name];
}

/** A call's own members: the scope knows two of them, and an attempt is never copied. */
const OWN: ReadonlySet<string> = new Set<keyof Call>(["signal", "deadlineMs", "attempt"]);

/** The scope of a call; for a call made by hand (a test's, another copy's) one that follows its signal. */
export function scopeOf(call: Call): Scope {
  return (call as Partial<ScopedCall> | undefined)?.[SCOPE] ?? adopted(call);
}

function adopted(call: Call): Scope {
  checkCall(call);
  return new Scope(systemRuntime, undefined, { external: call.signal, deadlineMs: call.deadlineMs });
}

/**
 * Makes a call whole again that someone spread: `{ ...call, attempt: 2 }` loses the lazy signal, which the compiler
 * cannot see where the call's type is a parameter (inside a policy); `{ ...call, signal }` must obey both signals.
 */
export function mended<C extends Call>(call: C): C {
  if (call instanceof ScopedCall || !(SCOPE in call)) return call;
  const given: Partial<Call> = call;
  const { deadlineMs, signal: external } = given;
  return derived(call, { deadlineMs, external }, call.attempt) as Call as C;
}

/**
 * The call that a caller handed in, whole; anything else is refused with what to do, before it is taken for one.
 *
 * @throws HoldfastError `CALL_MISSING`, `CALL_IS_CONTEXT`.
 */
export function entered<C extends Call>(call: C): C {
  if (call instanceof ScopedCall) return call;
  checkCall(call);
  return mended(call);
}

function checkCall(call: unknown): void {
  if (typeof call === "object" && call !== null) {
    if (SCOPE in call) return;
    if ("getRemainingTimeInMillis" in call) throw callIsContext();
    const { deadlineMs, signal }: { deadlineMs?: unknown; signal?: unknown } = call;
    if (typeof deadlineMs === "number" && typeof signal === "object" && signal !== null) return;
  }
  throw callMissing();
}

function callMissing(): HoldfastError {
  return new HoldfastError(
    "CALL_MISSING",
    "A wrapped function was called without its call. Pass on the `call` your handler was given, " +
      "or begin one with rootCall({ timeoutMs }).",
  );
}

function callIsContext(): HoldfastError {
  return new HoldfastError(
    "CALL_IS_CONTEXT",
    "A wrapped function was given Lambda's context instead of a call. Export wrapHandler(fn) as the handler: " +
      "it makes the call from the context.",
  );
}

/**
 * The clock, chance and timers that this call runs on.
 *
 * @example
 * ```ts
 * const remainingMs = call.deadlineMs - runtimeOf(call).now();
 * ```
 */
export function runtimeOf(call: Call): Runtime {
  return (call as Partial<ScopedCall>)[SCOPE]?.runtime ?? systemRuntime;
}

/**
 * Why nothing new may start on this call (aborted, past its deadline, settled), or undefined when it may.
 *
 * @example
 * ```ts
 * const reason = refusal(call);
 * if (reason !== undefined) throw reason;
 * ```
 */
export function refusal(call: Call): unknown {
  return scopeOf(call).refusal();
}

/** Whether anyone hears what is reported on this call. What costs something to tell need not be put together otherwise. */
export function isObserved(call: Call): boolean {
  let scope = (call as Partial<ScopedCall>)[SCOPE];
  while (scope !== undefined) {
    if (scope.observer !== undefined) return true;
    scope = scope.parent;
  }
  return false;
}

/**
 * Tells the call's observers, the nearest first.
 *
 * Costs a walk up the tree, and nothing else, when nobody listens.
 *
 * @example
 * ```ts
 * report(call, { type: "bank.slow", durationMs: 1_200 });
 * ```
 */
export function report(call: Call, fact: Fact): void {
  let scope = (call as Partial<ScopedCall>)[SCOPE];
  while (scope !== undefined) {
    if (scope.observer !== undefined) tell(scope.observer, fact, call);
    scope = scope.parent;
  }
}
