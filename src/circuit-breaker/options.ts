import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkOptions, checkRequiredOptions } from "../core/options.ts";
import { mayRetry } from "../retry/classify.ts";
import { checkName } from "./check-name.ts";
import type { Transition } from "./circuit.ts";
import { checkCircuitStore } from "./shared/check-store.ts";
import type { CircuitStore } from "./shared/store.ts";
import { consecutiveFailures, type Trip } from "./trip.ts";

export interface CircuitBreakerOptions<R> {
  /** What is behind it, in the words of who operates it: `bank`. In errors, logs and facts. */
  readonly name: string;
  /** When it opens. Default: `consecutiveFailures(5)`. */
  readonly trip?: Trip;
  /** How long it stays open before a probe goes through, in milliseconds. With a `store`, each opening in a row doubles it, up to eight times. Default: 10,000. */
  readonly halfOpenAfterMs?: number;
  /** How long a probe may take before it counts as failed, in milliseconds. Default: 5,000. */
  readonly probeTimeoutMs?: number;
  /**
   * Probes in a row that must succeed before it closes. Default: 1; 7 of the whole fleet where there is a `store`: what fails three times in five
   * answers one probe well often enough, and seven in a row once in 600 times.
   */
  readonly probesToClose?: number;
  /** Which results are failures: `(response) => response.status === 429 || response.status >= 500`. Default: none. */
  readonly failureWhen?: (result: R) => boolean;
  /**
   * Which errors are failures of what is behind it. Default: those that `mayRetry` of `holdfast/retry` would try again: a 404, a declined card or a mistake in
   * the code say that it has answered, or was never asked. An abort by the caller is never one.
   */
  readonly failureIf?: (error: unknown) => boolean;
  /** Makes the environments of a fleet act as one: `dynamoDBCircuitStore` of `holdfast/circuit-breaker/dynamodb`. Default: each for itself. */
  readonly store?: CircuitStore;
  /** How they do, where there is a store. */
  readonly sharing?: SharingOptions;
  /** Is told of every change of state; what it throws is dropped. */
  readonly onChange?: (change: Transition & { readonly name: string; readonly atMs: number }) => unknown;
}

/** Of a circuit with a store. Times are in milliseconds. */
export interface SharingOptions {
  /** How often an environment reads the circuit beside its calls, give or take a half. Default: 5,000. */
  readonly readEveryMs?: number;
  /** A call that comes after so long without a look, as after a freeze, waits for one, 20 ms at most. Default: 10,000. */
  readonly staleAfterMs?: number;
  /** How long after it has closed until all calls go through again: from 1 in 64, doubling. 0: at once. Default: 10,000. */
  readonly rampMs?: number;
  /** How long any request to the store may take. Default: 250. */
  readonly storeTimeoutMs?: number;
}

export type CheckedOptions<R> = CircuitBreakerOptions<R> &
  Required<
    Pick<
      CircuitBreakerOptions<R>,
      "trip" | "halfOpenAfterMs" | "probeTimeoutMs" | "probesToClose" | "failureIf"
    >
  > & { readonly shared: (Required<SharingOptions> & { readonly store: CircuitStore }) | undefined };

/** Refuses what is wrong, by name, and fills in the defaults. */
export function checkedOptions<R>(options: CircuitBreakerOptions<R>): CheckedOptions<R> {
  checkRequiredOptions("circuitBreaker", options, [
    "name",
    "trip",
    "halfOpenAfterMs",
    "probeTimeoutMs",
    "probesToClose",
    "failureWhen",
    "failureIf",
    "store",
    "sharing",
    "onChange",
  ]);
  const {
    trip = consecutiveFailures(),
    halfOpenAfterMs = 10_000,
    probeTimeoutMs = 5_000,
    probesToClose = options.store === undefined ? 1 : 7,
    failureIf = mayRetry,
  } = options;
  checkName("circuitBreaker", options.name);
  if (typeof trip?.begin !== "function") {
    throw new InvalidOptionError("circuitBreaker", "trip must be one such as consecutiveFailures(5)");
  }
  checkNumber("circuitBreaker", "halfOpenAfterMs", halfOpenAfterMs, { min: 1 });
  checkNumber("circuitBreaker", "probeTimeoutMs", probeTimeoutMs, { min: 1 });
  checkNumber("circuitBreaker", "probesToClose", probesToClose, { min: 1, integer: true });
  const shared = checkedSharing(options);
  for (const option of ["failureWhen", "failureIf", "onChange"] as const) {
    if (options[option] !== undefined && typeof options[option] !== "function") {
      throw new InvalidOptionError("circuitBreaker", `${option} must be a function`);
    }
  }
  return { ...options, trip, halfOpenAfterMs, probeTimeoutMs, probesToClose, failureIf, shared };
}

function checkedSharing({ store, sharing }: CircuitBreakerOptions<never>): CheckedOptions<never>["shared"] {
  const where = "circuitBreaker";
  checkOptions(where, sharing, ["readEveryMs", "staleAfterMs", "rampMs", "storeTimeoutMs"]);
  if (store === undefined) {
    if (sharing !== undefined) throw new InvalidOptionError(where, "sharing needs a store");
    return undefined;
  }
  checkCircuitStore(where, store);
  const { readEveryMs = 5_000, staleAfterMs = 10_000, rampMs = 10_000, storeTimeoutMs = 250 } = sharing ?? {};
  checkNumber(where, "sharing.readEveryMs", readEveryMs, { min: 100 });
  checkNumber(where, "sharing.staleAfterMs", staleAfterMs, { min: 1_000 });
  checkNumber(where, "sharing.rampMs", rampMs, { min: 0 });
  checkNumber(where, "sharing.storeTimeoutMs", storeTimeoutMs, { min: 10 });
  return { store, readEveryMs, staleAfterMs, rampMs, storeTimeoutMs };
}
