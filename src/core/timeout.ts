import { runtimeOf } from "./call.ts";
import { checkNumber, HoldfastError } from "./errors.ts";
import { checkRequiredOptions } from "./options.ts";
import type { Policy } from "./policy.ts";
import { within } from "./within.ts";

/** One attempt took longer than its `timeout`. The work may still be going on where it was sent. */
export class TimeoutError extends HoldfastError {
  override readonly name = "TimeoutError";
  constructor(ms: number) {
    super(
      "TIMEOUT",
      `No answer within ${ms} ms. Whether the work was done is not known: retry only what may repeat.`,
      {
        retryable: true,
      },
    );
  }
}

/**
 * Gives each attempt a limit of its own, in milliseconds, and rejects with `TimeoutError` past it.
 *
 * The attempt's signal aborts as well, so pass `call.signal` to what you call. Belongs innermost, inside `retry`.
 *
 * @example
 * ```ts
 * const charge = wrap(callBank, retry(), timeout({ ms: 2_000 }));
 * ```
 */
export function timeout(options: { readonly ms: number }): Policy {
  checkRequiredOptions("timeout", options, ["ms"]);
  const { ms } = options;
  checkNumber("timeout", "ms", ms, { min: 1 });
  return {
    name: "timeout",
    run: (_input, call, next) => within(call, runtimeOf(call).now() + ms, () => new TimeoutError(ms), next),
  };
}
