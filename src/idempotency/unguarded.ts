import { type Call, deriveCall } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import { transactUnsupported } from "./errors.ts";
import type { IdempotencyStore } from "./store.ts";
import type { Unit, WithUnit } from "./unit.ts";

/** The function with a unit that records nothing: `transact` applies its items and that is all. */
export function unguarded<I, R, C extends Call>(
  fn: Fn<I, R, C & WithUnit>,
  store: IdempotencyStore,
  operation: string,
): Fn<I, R, C> {
  return function runUnguarded(input, call) {
    const unit: Unit = {
      id: `${operation}#unguarded`,
      fence: 0,
      async transact(items, result) {
        if (store.transact === undefined) throw transactUnsupported(operation, store.name);
        await store.transact(items, undefined, call);
        return result;
      },
    };
    return settled(fn, input, deriveCall(call, {}, { unit }));
  };
}
