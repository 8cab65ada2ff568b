import type { Call } from "../core/call.ts";
import { deriveCall, entered, refusal } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import type { IdempotencyStore } from "./store.ts";
import type { Unit, WithUnit } from "./unit.ts";

/**
 * The kill switch: `HOLDFAST_DISABLE=idempotency` in the environment takes the protection away, for the day on which
 * the store is the problem and repeats are the lesser one. Read once, where the function is wrapped, and said
 * loudly on standard error.
 */
export function isSwitchedOff(operation: string): boolean {
  const disabled = (process.env["HOLDFAST_DISABLE"] ?? "").split(/[\s,]+/);
  if (!disabled.includes("idempotency")) return false;
  console.error(
    `holdfast: HOLDFAST_DISABLE switches idempotency OFF for operation "${operation}": repeats will repeat their effects.`,
  );
  return true;
}

/** The function with a unit that records nothing: `transact` applies its items and that is all. */
export function unguarded<I, R, C extends Call>(
  fn: Fn<I, R, C & WithUnit>,
  store: IdempotencyStore,
): Fn<I, R, C> {
  return async function withoutIdempotency(input, call) {
    const refused = refusal(entered(call));
    if (refused !== undefined) throw refused;
    const unit: Unit = {
      id: "idempotency-is-off",
      fence: 0,
      async transact(items, result) {
        await store.transact(items, undefined, call);
        return result;
      },
    };
    return fn(input, deriveCall(entered(call), {}, { unit }));
  };
}
