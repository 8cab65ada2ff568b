import { type Call, deriveCall, runtimeOf } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import { transactUnsupported } from "./errors.ts";
import type { IdempotencyStore } from "./store.ts";
import { resultOf, type Unit, type WithUnit } from "./unit.ts";

/**
 * The function with a unit that records nothing: `transact` applies its items and that is all.
 *
 * `id` is the key's, where there is one: targets that know a repeat by it still do. Otherwise it is a new one for each run.
 */
export function unguarded<I, R, C extends Call>(
  fn: Fn<I, R, C & WithUnit>,
  store: IdempotencyStore,
  operation: string,
): (id: string | undefined, input: I, call: C) => Promise<R> {
  return function runUnguarded(id, input, call) {
    const runtime = runtimeOf(call);
    const unit: Unit = {
      id: id ?? `${operation}#${runtime.newId()}`,
      fence: runtime.now(),
      async transact(items, result) {
        if (store.transact === undefined) throw transactUnsupported(operation, store.name);
        await store.transact(items, undefined, call);
        return resultOf(result);
      },
    };
    return settled(fn, input, deriveCall(call, {}, { unit }));
  };
}
