import { type Call, report, runtimeOf } from "../core/call.ts";
import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { dropRejection } from "../core/observer.ts";
import { checkRequiredOptions } from "../core/options.ts";
import { mayRetry } from "../retry/classify.ts";
import type { CircuitFact } from "./facts.ts";
import { withFallback } from "./with-fallback.ts";

export interface LastGoodOptions<I> {
  /** How old an answer may be that is given instead, in milliseconds. */
  readonly maxAgeMs: number;
  /** Which inputs have the same answer: as for a cache. */
  readonly key: (input: I) => string;
  /** How many answers this process remembers; the one not used for longest goes first. Default: 100. */
  readonly maxEntries?: number;
}

/**
 * Gives the last good answer when there is no better one: the circuit is open, or the error may pass.
 *
 * **For reads only.** The answer of a payment is of that payment: given to another one it is a lie. What would come
 * again on every attempt (a 404, a 403, `retryable: false`) is an answer, and is thrown. Answers are kept as they are: do not change them.
 *
 * @example
 * ```ts
 * const rates = lastGood(readRates, { maxAgeMs: 300_000, key: (currency) => currency });
 * ```
 */
export function lastGood<I, R, C extends Call>(
  fn: Fn<I, R, C>,
  options: LastGoodOptions<NoInfer<I>>,
): Fn<I, R, C> {
  checkRequiredOptions("lastGood", options, ["maxAgeMs", "key", "maxEntries"]);
  const { maxAgeMs, key, maxEntries = 100 } = options;
  checkNumber("lastGood", "maxAgeMs", maxAgeMs, { min: 1 });
  checkNumber("lastGood", "maxEntries", maxEntries, { min: 1, integer: true });
  if (typeof key !== "function")
    throw new InvalidOptionError("lastGood", "key must be a function of the input");
  const answers = new Map<string, Answer<R>>();
  let reads = 0;

  function keyOf(input: I): string {
    const of: unknown = key(input);
    if (typeof of === "string") return of;
    dropRejection(of);
    throw new InvalidOptionError("lastGood", `key must give a string, at once, and gave ${kindOf(of)}`);
  }

  function remember(of: string, answer: Answer<R>): void {
    answers.delete(of);
    answers.set(of, answer);
    const [oldest] = answers.keys();
    if (answers.size > maxEntries && oldest !== undefined) answers.delete(oldest);
  }

  const asked: Fn<I, R, C> = async (input, call) => {
    const of = keyOf(input);
    reads += 1;
    const began = reads;
    const result = await fn(input, call);
    // A slower read that began earlier may have seen what has changed since.
    if ((answers.get(of)?.began ?? 0) < began) remember(of, { result, atMs: runtimeOf(call).now(), began });
    return result;
  };
  return withFallback(asked, (why, input, call) => {
    if (!mayRetry(why)) throw why;
    const of = keyOf(input);
    const last = answers.get(of);
    if (last === undefined) throw why;
    const ageMs = runtimeOf(call).now() - last.atMs;
    if (ageMs > maxAgeMs || ageMs < 0) throw why;
    remember(of, last);
    report(call, { type: "last-good", ageMs, error: why } satisfies CircuitFact);
    return last.result;
  });
}

interface Answer<R> {
  readonly result: R;
  readonly atMs: number;
  /** Which of the reads it came from, in the order in which they began. */
  readonly began: number;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return typeof value === "object" && "then" in value ? "a promise" : `a ${typeof value}`;
}
