import { type Call, entered, mended, refusal } from "./call.ts";
import { InvalidOptionError } from "./errors.ts";
import type { Fn } from "./fn.ts";
import type { Policy } from "./policy.ts";

/**
 * Puts policies round a function; the first is the outermost.
 *
 * The stack is put together here, once. A call that is over (aborted, past its deadline, settled) is refused before
 * anything runs, which is what stops a worker that slept through its time from starting new effects.
 *
 * @example
 * ```ts
 * const charge = wrap(callBank, retry({ maxAttempts: 4 }), timeout({ ms: 2_000 }));
 * await charge(entry, call);
 * ```
 */
export function wrap<I, R, C extends Call>(
  fn: Fn<I, R, C>,
  ...policies: readonly Policy<NoInfer<I>, NoInfer<R>>[]
): Fn<I, R, C> {
  const run = compose("wrap", fn, policies);
  const begin: Fn<I, R, C> = (input, call) => {
    const whole = entered(call);
    const reason = refusal(whole);
    return reason === undefined ? run(input, whole) : Promise.reject(reason);
  };
  return function wrapped(input, call) {
    return settled(begin, input, call);
  };
}

/** Folds policies round a function without `wrap`'s check. `where` names the caller in errors. */
export function compose<I, R, C extends Call>(
  where: string,
  fn: Fn<I, R, C>,
  policies: readonly Policy<I, R>[],
): Fn<I, R, C> {
  if (typeof fn !== "function") {
    throw new InvalidOptionError(where, "its first argument must be the function; policies come after it");
  }
  policies.forEach((policy, index) => {
    checkPolicy(where, policy, index);
  });
  return policies.reduceRight<Fn<I, R, C>>((inner, policy) => layer(policy, inner), fn);
}

function layer<I, R, C extends Call>(policy: Policy<I, R>, inner: Fn<I, R, C>): Fn<I, R, C> {
  const { run } = policy;
  return (input, call) =>
    run.call(policy, input, call, (next: Call) =>
      inner(input, next === call ? call : mended(next as C)),
    ) as Promise<R>;
}

/** What lies beneath, begun on its call: as with `settled`, it never throws. */
export function started<R, C extends Call>(next: (call: C) => Promise<R>, call: C): Promise<R> {
  try {
    return promised(next(call));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A function that throws before its first await rejects, and one that gives no promise answers, like any other. */
export function settled<I, R, C extends Call>(fn: Fn<I, R, C>, input: I, call: C): Promise<R> {
  try {
    return promised(fn(input, call));
  } catch (error) {
    return Promise.reject(error);
  }
}

function promised<R>(answer: unknown): Promise<R> {
  return answer instanceof Promise ? answer : Promise.resolve(answer as R);
}

function checkPolicy(where: string, policy: unknown, index: number): void {
  if (typeof policy === "function") {
    throw new InvalidOptionError(
      where,
      `policy ${index + 1} is the function ${policy.name || "(anonymous)"} itself; call it: ${policy.name || "policy"}(…)`,
    );
  }
  if (
    typeof policy !== "object" ||
    policy === null ||
    !("run" in policy) ||
    typeof policy.run !== "function"
  ) {
    const what = Array.isArray(policy)
      ? "a list; give the policies one by one"
      : "no policy: it needs a name and a run function";
    throw new InvalidOptionError(where, `policy ${index + 1} is ${what}`);
  }
}
