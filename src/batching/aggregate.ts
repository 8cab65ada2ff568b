import { type Call, deriveCall, runtimeOf, scopeOf } from "../core/call.ts";
import { checkNumber, saysRetryable, TerminalError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { checkRequiredOptions } from "../core/options.ts";
import type { Scope } from "../core/scope.ts";
import { settled } from "../core/wrap.ts";
import { at } from "./at.ts";
import type { BulkResult } from "./bulk-result.ts";
import { BulkAnswerError } from "./errors.ts";
import { checkFunction } from "./options.ts";

export interface AggregateOptions {
  /** Inputs that go together at most. Give the batch round it as much `concurrency`, or fewer ever come together. */
  readonly maxRecords: number;
  /** How long an input waits for others, in milliseconds. */
  readonly maxMs: number;
}

interface Waiting<T> {
  readonly input: T;
  readonly call: Call;
  readonly resolve: (result: undefined) => void;
  readonly reject: (error: unknown) => void;
  /** Stops hearing of its call's end. */
  leave: () => void;
}

interface Bundle<T> {
  readonly waiting: Set<Waiting<T>>;
  cancelTimer: () => void;
}

/**
 * Turns a function of many inputs into one of one input: it waits until `maxRecords` have come together, or the first has waited
 * `maxMs`, and each input gets its own result.
 *
 * Only inputs of one invocation go together. The function's call is over when the first of their calls is. When it rejects all of them fail; one whose
 * result is not ok fails alone, and for good (`TERMINAL`) when the result says `retryable: false`.
 *
 * @example
 * ```ts
 * const index = aggregate(indexOrders, { maxRecords: 100, maxMs: 50 });
 * export const handler = wrapHandler(sqsBatch(index, { concurrency: 100 }));
 * ```
 */
export function aggregate<T>(
  fn: Fn<readonly T[], readonly BulkResult[], Call>,
  options: AggregateOptions,
): Fn<T, undefined, Call> {
  checkFunction("aggregate", fn);
  checkRequiredOptions("aggregate", options, ["maxRecords", "maxMs"]);
  const { maxRecords, maxMs } = options;
  checkNumber("aggregate", "maxRecords", maxRecords, { min: 1, integer: true });
  checkNumber("aggregate", "maxMs", maxMs, { min: 0 });
  /** By invocation: an environment may have several, and none may wait for another's. */
  const bundles = new WeakMap<Scope, Bundle<T>>();

  return function aggregated(input, call) {
    return new Promise((resolve, reject) => {
      const root = rootOf(scopeOf(call));
      const bundle = bundles.get(root) ?? open(root, call);
      const one: Waiting<T> = { input, call, resolve, reject, leave: () => {} };
      bundle.waiting.add(one);
      one.leave = scopeOf(call).listen((reason) => {
        bundle.waiting.delete(one);
        if (bundle.waiting.size === 0) close(root, bundle);
        reject(reason);
      });
      if (bundle.waiting.size >= maxRecords) flush(root, bundle);
    });
  };

  function open(root: Scope, call: Call): Bundle<T> {
    const bundle: Bundle<T> = { waiting: new Set(), cancelTimer: () => {} };
    bundle.cancelTimer = runtimeOf(call).setTimer(maxMs, () => flush(root, bundle), true);
    bundles.set(root, bundle);
    return bundle;
  }

  function close(root: Scope, bundle: Bundle<T>): void {
    bundle.cancelTimer();
    if (bundles.get(root) === bundle) bundles.delete(root);
  }

  function flush(root: Scope, bundle: Bundle<T>): void {
    close(root, bundle);
    const together = [...bundle.waiting];
    const [first] = together;
    if (first === undefined) return;
    const own = deriveCall(first.call, {}, { record: undefined });
    settled(
      fn,
      together.map(({ input }) => input),
      own,
    )
      .then(
        (results) => settle(together, results),
        (error) => {
          for (const { reject } of together) reject(error);
        },
      )
      .finally(() => {
        scopeOf(own).end();
        for (const { leave } of together) leave();
      });
  }

  function settle(together: readonly Waiting<T>[], results: readonly BulkResult[]): void {
    const wrong = (): BulkAnswerError =>
      new BulkAnswerError("The aggregated function", together.length, results);
    const isAligned = Array.isArray(results) && results.length === together.length;
    together.forEach((one, index) => {
      const result: BulkResult | null | undefined = isAligned ? at(results, index) : undefined;
      if (result?.ok === true) one.resolve(undefined);
      else one.reject(result?.ok === false ? failureOf(result) : wrong());
    });
  }
}

/** A service's own error does not say that it is final; the sender that had the answer does. */
function failureOf({ error, retryable }: Extract<BulkResult, { ok: false }>): unknown {
  if (retryable !== false || saysRetryable(error) !== undefined) return error;
  const { name } = Object(error) as { readonly name?: unknown };
  const why = typeof name === "string" ? `: ${name}` : "";
  return new TerminalError(`The input was refused for good${why}. The cause says why.`, { cause: error });
}

function rootOf(scope: Scope): Scope {
  let root = scope;
  while (root.parent !== undefined) root = root.parent;
  return root;
}
