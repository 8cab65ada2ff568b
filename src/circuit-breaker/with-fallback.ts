import { type Call, refusal, report } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { within } from "../core/within.ts";
import { wrap } from "../core/wrap.ts";
import type { CircuitFact } from "./facts.ts";

/**
 * Answers in another way when a function fails: from a cache, with a default, by putting the event aside.
 *
 * `fallback` is told why, and decides: what it throws is thrown. It is not asked when the call is over, for nothing may start then; when the
 * call is over before it has answered, the first failure is thrown, which says more than that time is up.
 *
 * @example
 * ```ts
 * const rates = withFallback(readRates, (why) => {
 *   if (!hasCode(why, "CIRCUIT_OPEN")) throw why;
 *   return { eur: 1 };
 * });
 * ```
 */
export function withFallback<I, R, C extends Call, F>(
  fn: Fn<I, R, C>,
  fallback: (why: unknown, input: NoInfer<I>, call: NoInfer<C>) => F | Promise<F>,
): Fn<I, R | F, C> {
  if (typeof fallback !== "function") {
    throw new InvalidOptionError("withFallback", "its second argument must be the function to fall back on");
  }
  const first = wrap(fn);
  return function withFallbackFn(input, call) {
    return first(input, call).catch((why: unknown) => {
      if (refusal(call) !== undefined) throw why;
      report(call, { type: "fallback", error: why } satisfies CircuitFact);
      return within(call, Number.POSITIVE_INFINITY, undefined, async (own) =>
        fallback(why, input, own),
      ).catch((error: unknown) => {
        const reason = refusal(call);
        throw reason !== undefined && error === reason ? why : error;
      });
    });
  };
}
