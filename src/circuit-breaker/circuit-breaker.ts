import { awsSaysRetryable } from "../aws/aws-error.ts";
import { type Call, refusal, report, runtimeOf } from "../core/call.ts";
import { checkNumber, HoldfastError, hasCode, InvalidOptionError, saysRetryable } from "../core/errors.ts";
import { dropRejection } from "../core/observer.ts";
import { checkRequiredOptions } from "../core/options.ts";
import type { Policy } from "../core/policy.ts";
import { within } from "../core/within.ts";
import { settled } from "../core/wrap.ts";
import { type Admission, type CircuitState, circuit, type Transition } from "./circuit.ts";
import { CircuitOpenError } from "./errors.ts";
import { consecutiveFailures, type Trip } from "./trip.ts";

export interface CircuitBreakerOptions<R> {
  /** What is behind it, in the words of who operates it: `bank`. In errors, logs and facts. */
  readonly name: string;
  /** When it opens. Default: `consecutiveFailures(5)`. */
  readonly trip?: Trip;
  /** How long it stays open before a probe goes through, in milliseconds. Default: 10,000. */
  readonly halfOpenAfterMs?: number;
  /** How long a probe may take before it counts as failed, in milliseconds. Default: 5,000. */
  readonly probeTimeoutMs?: number;
  /** Probes in a row that must succeed before it closes. Default: 1. */
  readonly probesToClose?: number;
  /** Which results are failures: `(response) => response.status === 429 || response.status >= 500`. Default: none. */
  readonly failureWhen?: (result: R) => boolean;
  /**
   * Which errors are failures of what is behind it. Default: all but those that say that trying again cannot help, for then it has answered. An abort
   * by the caller is never one.
   */
  readonly failureIf?: (error: unknown) => boolean;
  /** Is told of every change of state; what it throws is dropped. */
  readonly onChange?: (change: Transition & { readonly name: string }) => unknown;
}

/** A policy with a state. Give the same one to every function that calls the same dependency. */
export interface CircuitBreaker<R> extends Policy<unknown, R> {
  state(call: Call): CircuitState;
  /** Opens it, as if it had tripped now. */
  open(call: Call): void;
  close(call: Call): void;
  /** Refuses every call, without probes, until it is closed. */
  isolate(call: Call): void;
}

/**
 * Stops calling what has failed too often, and looks from time to time whether it is well again.
 *
 * Closed, it costs some nanoseconds. Open, calls fail at once (`CIRCUIT_OPEN`, with `retryAfterMs`); `retry` outside gives up on that. After
 * `halfOpenAfterMs` one call goes through as a probe, within `probeTimeoutMs`; others are refused meanwhile, not queued. Its success closes the circuit, its
 * failure opens it for another while. A call that began before a change of state, and ends after it, changes nothing.
 *
 * All is computed from the clock when calls come and end: after a freeze no stale count opens it, and no timer is left behind. The state is this
 * process's own.
 *
 * Source of the pattern: M. Nygard, "Release It!" (2007).
 *
 * @example
 * ```ts
 * const bank = circuitBreaker({ name: "bank", halfOpenAfterMs: 30_000 });
 * const charge = wrap(callBank, retry({ maxAttempts: 3 }), bank, timeout({ ms: 2_000 }));
 * ```
 */
export function circuitBreaker<R = unknown>(options: CircuitBreakerOptions<R>): CircuitBreaker<R> {
  const { name, trip, halfOpenAfterMs, probeTimeoutMs, probesToClose, failureWhen, failureIf, onChange } =
    checked(options);
  /** The call on which the change is noticed: whom to tell. */
  let on: Call | undefined;
  const own = circuit({ trip, halfOpenAfterMs, probeTimeoutMs, probesToClose }, (transition) => {
    const change = { ...transition, name };
    if (on !== undefined) report(on, { type: "circuit.changed", ...change });
    try {
      dropRejection(onChange?.(change));
    } catch {
      // A hook's failure must never reach the caller.
    }
  });
  const { timed } = trip.begin();

  /** All of it happens at once, so `on` is never another call's. */
  function during<T>(call: Call, work: (nowMs: number) => T): T {
    on = call;
    try {
      return work(runtimeOf(call).now());
    } finally {
      on = undefined;
    }
  }

  function ended(admission: Admission, call: Call, beganMs: number, failed: boolean): void {
    during(call, (nowMs) => own[failed ? "failed" : "succeeded"](admission, nowMs, nowMs - beganMs));
  }

  function failedWith(error: unknown, admission: Admission, call: Call, beganMs: number): void {
    if (isCalledOff(call, error)) own.forget(admission);
    else ended(admission, call, beganMs, failureIf(error));
  }

  return {
    name: "circuitBreaker",
    state: (call) => during(call, (nowMs) => own.state(nowMs)),
    open: (call) => during(call, (nowMs) => own.byHand("open", nowMs)),
    close: (call) => during(call, (nowMs) => own.byHand("closed", nowMs)),
    isolate: (call) => during(call, (nowMs) => own.byHand("isolated", nowMs)),
    run(_input, call, next) {
      const admission = during(call, (nowMs) => own.admit(nowMs));
      if (!admission.admitted) {
        report(call, { type: "circuit.refused", name, retryAfterMs: admission.retryAfterMs });
        return Promise.reject(new CircuitOpenError(name, admission.retryAfterMs));
      }
      const beganMs = timed || admission.isProbe ? runtimeOf(call).now() : 0;
      const answer = admission.isProbe
        ? within(call, beganMs + probeTimeoutMs, () => probeTimedOut(name, probeTimeoutMs), next)
        : settled((_, c: typeof call) => next(c), undefined, call);
      return answer.then(
        (result) => {
          ended(admission, call, beganMs, failureWhen?.(result) === true);
          return result;
        },
        (error) => {
          failedWith(error, admission, call, beganMs);
          throw error;
        },
      );
    },
  };
}

/** The caller's own abort says nothing of the dependency; that the time was up does. */
function isCalledOff(call: Call, error: unknown): boolean {
  const reason = refusal(call);
  return reason !== undefined && !hasCode(reason, "DEADLINE_EXCEEDED") && !hasCode(error, "TIMEOUT");
}

/** What answers "no" is well. */
function isFailure(error: unknown): boolean {
  return saysRetryable(error) ?? awsSaysRetryable(error) ?? true;
}

function probeTimedOut(name: string, ms: number): HoldfastError {
  return new HoldfastError(
    "TIMEOUT",
    `The circuit "${name}" sent this call as a probe, and there was no answer within ${ms} ms. Whether the work was done is not known.`,
    { retryable: true },
  );
}

function checked<R>(options: CircuitBreakerOptions<R>) {
  checkRequiredOptions("circuitBreaker", options, [
    "name",
    "trip",
    "halfOpenAfterMs",
    "probeTimeoutMs",
    "probesToClose",
    "failureWhen",
    "failureIf",
    "onChange",
  ]);
  const {
    trip = consecutiveFailures(),
    halfOpenAfterMs = 10_000,
    probeTimeoutMs = 5_000,
    probesToClose = 1,
    failureIf = isFailure,
  } = options;
  const { name } = options;
  if (typeof name !== "string" || !/^[\x20-\x7e]{1,100}$/.test(name)) {
    throw new InvalidOptionError("circuitBreaker", "name must be 1 to 100 ASCII characters");
  }
  if (typeof trip?.begin !== "function") {
    throw new InvalidOptionError("circuitBreaker", "trip must be one such as consecutiveFailures(5)");
  }
  checkNumber("circuitBreaker", "halfOpenAfterMs", halfOpenAfterMs, { min: 1 });
  checkNumber("circuitBreaker", "probeTimeoutMs", probeTimeoutMs, { min: 1 });
  checkNumber("circuitBreaker", "probesToClose", probesToClose, { min: 1, integer: true });
  for (const option of ["failureWhen", "failureIf", "onChange"] as const) {
    if (options[option] !== undefined && typeof options[option] !== "function") {
      throw new InvalidOptionError("circuitBreaker", `${option} must be a function`);
    }
  }
  return { ...options, trip, halfOpenAfterMs, probeTimeoutMs, probesToClose, failureIf };
}
