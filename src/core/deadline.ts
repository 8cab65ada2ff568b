import { checkNumber } from "./errors.ts";
import { checkRequiredOptions } from "./options.ts";
import type { Policy } from "./policy.ts";
import { within } from "./within.ts";

/**
 * Stops the work `reserveMs` before the invocation's own end, and rejects with `DeadlineExceededError`.
 *
 * What Lambda kills it kills in silence: the reserve is the time to answer, to log and to let go of a lease.
 * Belongs round all other policies but `logged()`, whose line says how it ended. Does nothing on a call without a deadline.
 *
 * @example
 * ```ts
 * export const handler = wrapHandler(placeOrder, deadline({ reserveMs: 500 }));
 * ```
 */
export function deadline(options: { readonly reserveMs: number }): Policy {
  checkRequiredOptions("deadline", options, ["reserveMs"]);
  const { reserveMs } = options;
  checkNumber("deadline", "reserveMs", reserveMs, { min: 0 });
  return {
    name: "deadline",
    run: (_input, call, next) =>
      call.deadlineMs === Number.POSITIVE_INFINITY
        ? next(call)
        : within(call, call.deadlineMs - reserveMs, undefined, next),
  };
}
