import { deriveCall } from "./call.ts";
import { InvalidOptionError } from "./errors.ts";
import type { Observer } from "./observer.ts";
import type { Policy } from "./policy.ts";
import { resting } from "./resting.ts";

/**
 * Tells `observer` what happens beneath: attempts, replays, records.
 *
 * What the observer throws is dropped.
 *
 * @example
 * ```ts
 * const charge = wrap(callBank, observed((fact) => metrics.count(fact.type)), retry());
 * ```
 */
export function observed(observer: Observer): Policy {
  if (typeof observer !== "function")
    throw new InvalidOptionError("observed", "it takes a function (fact, call)");
  return { name: "observed", run: (_input, call, next) => resting(deriveCall(call, { observer }), next) };
}
