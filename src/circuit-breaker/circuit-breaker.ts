import { type Call, refusal, report, runtimeOf } from "../core/call.ts";
import { HoldfastError, hasCode } from "../core/errors.ts";
import { dropRejection } from "../core/observer.ts";
import type { Policy } from "../core/policy.ts";
import { within } from "../core/within.ts";
import { started } from "../core/wrap.ts";
import { type Admission, type CircuitState, circuit, type Transition } from "./circuit.ts";
import { CircuitOpenError } from "./errors.ts";
import type { CircuitFact } from "./facts.ts";
import { type CircuitBreakerOptions, checkedOptions } from "./options.ts";
import { type Entry, fleet, type Refused } from "./shared/fleet.ts";

/** A policy with a state. Give the same one to every function that calls the same dependency. */
export interface CircuitBreaker<R> extends Policy<unknown, R> {
  state(call: Call): CircuitState;
  /** Opens it, as if it had tripped now. */
  open(call: Call): void;
  /** Ends what was opened or isolated here. With a `store`, what is open or isolated for all stays so: that is `operateCircuit`'s to end. */
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
 * process's own, unless there is a `store`: then the environments that share it open together, send one probe at a time, and come back over
 * `sharing.rampMs`. They read beside their calls and write nothing while all is well; a call after a failed
 * one first looks, 20 ms at most, what the others have found. Trouble with the store is a fact (`circuit.store-failed`), never an
 * error: each goes on by itself. `open`, `close` and `isolate` remain this process's own; for all of them there is `operateCircuit`.
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
  const settings = checkedOptions(options);
  const {
    name,
    trip,
    halfOpenAfterMs,
    probeTimeoutMs,
    probesToClose,
    failureWhen,
    failureIf,
    onChange,
    shared,
  } = settings;
  /** The call on which the change is noticed: whom to tell. */
  let on: Call | undefined;
  /** Why it has opened, if the others are to know of it. */
  let tripped: Transition["why"] | undefined;
  let isClosed = true;
  const own = circuit({ trip, halfOpenAfterMs, probeTimeoutMs, probesToClose }, (transition) => {
    isClosed = transition.to === "closed";
    const isTold = shared !== undefined && transition.to === "open" && TRIPS.has(transition.why);
    tripped = isTold ? transition.why : undefined;
    if (on === undefined) return;
    const change = { ...transition, name, atMs: runtimeOf(on).now() };
    report(on, { type: "circuit.changed", ...change } satisfies CircuitFact);
    try {
      dropRejection(onChange?.(change));
    } catch {
      // A hook's failure must never reach the caller.
    }
  });
  const { timed } = trip.begin();
  const others =
    shared &&
    fleet({
      ...shared,
      name,
      rules: { ...shared, halfOpenAfterMs, probeTimeoutMs, probesToClose },
      suspiciousAfter: trip.suspiciousAfter ?? Number.POSITIVE_INFINITY,
      isOwnClosed: () => isClosed,
      follow: (to, call) => during(call, () => own.follow(to)),
    });

  /** All of it happens at once, so `on` is never another call's. */
  function during<T>(call: Call, work: (nowMs: number) => T): T {
    on = call;
    try {
      return work(runtimeOf(call).now());
    } finally {
      on = undefined;
    }
  }

  /**
   * All that a healthy call pays for when it ends, so no more than it must be: the circuit itself asks for the time, where it matters. What is given is
   * waited for, so that the others hear of it: a Lambda may be frozen right after its answer.
   */
  function ended(
    admission: Admission,
    call: Call,
    beganMs: number,
    failed: boolean,
  ): Promise<void> | undefined {
    on = call;
    let counts = false;
    try {
      counts = failed
        ? own.failed(admission, runtimeOf(call), beganMs)
        : own.succeeded(admission, runtimeOf(call), beganMs);
    } catch {
      // A trip that throws is no reason to lose an answer.
    }
    on = undefined;
    // What began before a change of state would open for all what has closed since.
    if (others === undefined || !counts) return undefined;
    const heard = others.saw(failed, call);
    if (tripped === undefined) return heard;
    const again = tripped !== "tripped";
    tripped = undefined;
    return others.tripped(call, again);
  }

  function refused(call: Call, { retryAfterMs, because = "open" }: Refused): Promise<never> {
    const state = during(call, (nowMs) => own.state(nowMs));
    const why = state === "isolated" ? "isolated" : because;
    report(call, { type: "circuit.refused", name, state, because: why, retryAfterMs } satisfies CircuitFact);
    return Promise.reject(new CircuitOpenError(name, retryAfterMs, why));
  }

  const probed = <T extends R, C extends Call>(call: C, beganMs: number, next: Next<T, C>): Promise<T> =>
    within(call, beganMs + probeTimeoutMs, () => probeTimedOut(name, probeTimeoutMs), next);

  function alone<T extends R, C extends Call>(call: C, next: Next<T, C>): Promise<T> {
    const admission = own.pass ?? during(call, (nowMs) => own.admit(nowMs));
    if (!admission.admitted) return refused(call, admission);
    const beganMs = timed || admission.isProbe ? runtimeOf(call).now() : 0;
    const answer = admission.isProbe ? probed(call, beganMs, next) : started(next, call);
    return answer.then(
      (result) => {
        const heard = ended(admission, call, beganMs, isBad(result));
        return heard === undefined ? result : heard.then(() => result);
      },
      (error) => {
        if (isCalledOff(call, error)) {
          own.forget(admission);
          throw error;
        }
        const heard = ended(admission, call, beganMs, isFailure(error));
        if (heard === undefined) throw error;
        return heard.then(() => {
          throw error;
        });
      },
    );
  }

  /** A predicate that throws must not make an error of an answer: it would be tried again. */
  function isBad(result: R): boolean {
    try {
      return failureWhen?.(result) === true;
    } catch {
      return false;
    }
  }

  function isFailure(error: unknown): boolean {
    try {
      return failureIf(error);
    } catch {
      return true;
    }
  }

  /** What the fleet has open stays so: another state than what becomes of its calls would be a lie. */
  function closeByHand(nowMs: number): void {
    own.byHand("closed", nowMs);
    const state = others?.state() ?? "closed";
    if (state !== "closed") own.follow(state);
  }

  /** After the others have been asked: alone, refused, or as the probe for all of them. */
  async function entered<T extends R, C extends Call>(entry: Entry, call: C, next: Next<T, C>): Promise<T> {
    const reason = refusal(call);
    if (reason !== undefined) {
      if (entry !== undefined && "ended" in entry) await entry.forgotten(call);
      throw reason;
    }
    if (entry === undefined) return alone(call, next);
    if ("retryAfterMs" in entry) return refused(call, entry);
    report(call, { type: "circuit.probed", name } satisfies CircuitFact);
    let result: T;
    try {
      result = await probed(call, runtimeOf(call).now(), next);
    } catch (error) {
      await (isCalledOff(call, error) ? entry.forgotten(call) : entry.ended(isFailure(error), call));
      throw error;
    }
    await entry.ended(isBad(result), call);
    return result;
  }

  return {
    name: "circuitBreaker",
    state: (call) => during(call, (nowMs) => own.state(nowMs)),
    open: (call) => during(call, (nowMs) => own.byHand("open", nowMs)),
    close: (call) => during(call, (nowMs) => closeByHand(nowMs)),
    isolate: (call) => during(call, (nowMs) => own.byHand("isolated", nowMs)),
    run(_input, call, next) {
      // Isolated here, it sends no probe for the others either.
      const entering = own.isApart ? undefined : others?.enter(call);
      return entering === undefined
        ? alone(call, next)
        : entering.then((entry) => entered(entry, call, next));
    },
  };
}

type Next<T, C> = (call: C) => Promise<T>;

/** What the environment found out for itself. */
const TRIPS: ReadonlySet<Transition["why"]> = new Set(["tripped", "probe-failed", "probe-timed-out"]);

/** The caller's own abort says nothing of the dependency; that the time was up does. */
function isCalledOff(call: Call, error: unknown): boolean {
  const reason = refusal(call);
  return reason !== undefined && !hasCode(reason, "DEADLINE_EXCEEDED") && !hasCode(error, "TIMEOUT");
}

function probeTimedOut(name: string, ms: number): HoldfastError {
  return new HoldfastError(
    "TIMEOUT",
    `The circuit "${name}" sent this call as a probe, and there was no answer within ${ms} ms. Whether the work was done is not known.`,
    { retryable: true },
  );
}
