import { type Call, deriveCall, runtimeOf } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import { transactUnsupported } from "./errors.ts";
import type { IdempotencyStore } from "./store.ts";
import type { Unit, WithUnit } from "./unit.ts";

/**
 * The function with a unit that records nothing: `transact` applies its items and that is all.
 *
 * A target may still know a repeat by the unit's `id`, and a stale run by its `fence`. So the id is that of the input's key,
 * and where there is none a new one: shared by all inputs it would have the target do the first one's work alone. The fence
 * is the clock, where the fences of records start as well.
 */
export function unguarded<I, R, C extends Call>(
  fn: Fn<I, R, C & WithUnit>,
  store: IdempotencyStore,
  operation: string,
): (input: I, call: C, id?: string) => Promise<R> {
  return function runUnguarded(input, call, id) {
    const runtime = runtimeOf(call);
    const unit: Unit = {
      id: id ?? `${operation}#unguarded-${runtime.newId()}`,
      fence: runtime.now(),
      async transact(items, result) {
        if (store.transact === undefined) throw transactUnsupported(operation, store.name);
        await store.transact(items, undefined, call);
        return result;
      },
    };
    return settled(fn, input, deriveCall(call, {}, { unit }));
  };
}
