import { type Call, refusal, report } from "../core/call.ts";
import { hasCode, InvalidOptionError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { within } from "../core/within.ts";
import { wrap } from "../core/wrap.ts";
import type { CircuitOpenError } from "./errors.ts";
import type { CircuitFact } from "./facts.ts";

/** What was put aside, for who keeps it. */
export interface Skipped<I> {
  readonly input: I;
  /** Why: its `retryAfterMs` says when it may be worth a replay. */
  readonly why: CircuitOpenError;
}

/**
 * Puts an event aside while the circuit is open, to be replayed later: in a queue, a table, a bucket.
 *
 * Only what the circuit refused goes to `sink`; every other error is thrown. The event counts as handled once `sink` has resolved: the result is
 * `{ skipped: true }`. When `sink` fails, or the call is over before it has resolved, the refusal itself is thrown, and the event stays where it
 * came from: what `sink` keeps after that comes twice. Inside a retry, an attempt may have been sent before the circuit opened: replay with the same idempotency key.
 *
 * @example
 * ```ts
 * const charged = skipWhenOpen(charge, ({ input, why }) => sendLater(input, why.retryAfterMs ?? 60_000));
 * ```
 */
export function skipWhenOpen<I, R, C extends Call>(
  fn: Fn<I, R, C>,
  sink: (skipped: Skipped<NoInfer<I>>, call: NoInfer<C>) => unknown,
): Fn<I, R | { readonly skipped: true }, C> {
  if (typeof sink !== "function") {
    throw new InvalidOptionError(
      "skipWhenOpen",
      "its second argument must be the function that puts events aside",
    );
  }
  const first = wrap(fn);
  const put = async (skipped: Skipped<I>, call: C): Promise<void> => {
    await within(call, Number.POSITIVE_INFINITY, undefined, async (own) => sink(skipped, own));
    // After a freeze its answer may come first, and the caller has given the call up all the same.
    const reason = refusal(call);
    if (reason !== undefined) throw reason;
  };
  return async function skipWhenOpenFn(input, call) {
    try {
      return await first(input, call);
    } catch (error) {
      if (!isRefusal(error) || refusal(call) !== undefined) throw error;
      try {
        await put({ input, why: error }, call);
      } catch (failed) {
        report(call, { type: "circuit.skip-failed", error: failed } satisfies CircuitFact);
        throw error;
      }
      report(call, { type: "circuit.skipped", error } satisfies CircuitFact);
      return { skipped: true } as const;
    }
  };
}

function isRefusal(error: unknown): error is CircuitOpenError {
  return hasCode(error, "CIRCUIT_OPEN");
}
