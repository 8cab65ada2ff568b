import { type Call, openCall, scopeOf } from "./call.ts";
import { checkNumber, InvalidOptionError } from "./errors.ts";
import { checkOptions } from "./options.ts";
import { type Runtime, systemRuntime } from "./runtime/runtime.ts";

export interface RootCallOptions {
  /** Ends the call when it aborts: a server's shutdown, a client that went away. */
  readonly signal?: AbortSignal;
  /** Milliseconds from now until the call's deadline. Default: no deadline. */
  readonly timeoutMs?: number;
  /** Clock, chance and timers. Default: the real ones. */
  readonly runtime?: Runtime;
}

/** A call at the root of its tree. Disposing it gives back its timer at once, rather than at its deadline. */
export type RootCall = Call & Disposable;

/**
 * Begins a call outside Lambda: in a server, a script, a test.
 *
 * @example
 * ```ts
 * using call = rootCall({ signal: request.signal, timeoutMs: 5_000 });
 * await charge(entry, call);
 * ```
 */
export function rootCall(options: RootCallOptions = {}): RootCall {
  checkOptions("rootCall", options, ["signal", "timeoutMs", "runtime"]);
  const { signal, timeoutMs, runtime = systemRuntime } = options;
  if (timeoutMs !== undefined) checkNumber("rootCall", "timeoutMs", timeoutMs, { min: 0 });
  checkSignal(signal);
  checkRuntime(runtime);
  const deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : runtime.now() + timeoutMs;
  const call: Call = openCall({ runtime, external: signal, deadlineMs });
  return Object.assign(call, {
    [Symbol.dispose](): void {
      scopeOf(call).rest();
    },
  });
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || (typeof signal === "object" && signal !== null && "aborted" in signal)) return;
  throw new InvalidOptionError("rootCall", "signal must be an AbortSignal");
}

function checkRuntime(runtime: Runtime): void {
  for (const name of ["now", "random", "newId", "setTimer"] as const satisfies (keyof Runtime)[]) {
    if (typeof runtime?.[name] === "function") continue;
    throw new InvalidOptionError(
      "rootCall",
      `runtime must have the function ${name}; for tests there is manualRuntime()`,
    );
  }
}
