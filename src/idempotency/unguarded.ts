import { type Call, deriveCall, runtimeOf } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import { transactUnsupported } from "./errors.ts";
import type { IdempotentOptions } from "./options.ts";
import { isRefused } from "./refused-transaction.ts";
import { inRecord } from "./results/in-record.ts";
import { resultOf, type Unit, type WithUnit } from "./unit.ts";
import type { Extended, UnitExtension } from "./unit-extension.ts";

/**
 * The function with a unit that records nothing: `transact` applies its items and that is all.
 *
 * `id` is the key's, where there is one: targets that know a repeat by it still do. Otherwise it is a new one for each run.
 */
export function unguarded<I, R, C extends Call, S>(
  fn: Fn<I, R, C & WithUnit>,
  settings: Pick<IdempotentOptions<I, S>, "store" | "operation" | "onError">,
  extension: UnitExtension | undefined,
): (id: string | undefined, input: I, call: C) => Promise<R> {
  const { store, operation, onError } = settings;

  return async function runUnguarded(givenId, input, call) {
    const runtime = runtimeOf(call);
    const id = givenId ?? `${operation}#${runtime.newId()}`;
    const fence = runtime.now();
    let isOpen = true;
    let isApplied = false;
    let isUnknown = false;
    const extended: Extended | undefined = extension?.open({
      operation,
      lease: { id, owner: "", fence },
      call,
      results: inRecord,
      steps: {},
      record: async () => {},
      isOpen: () => isOpen && !isApplied && !isUnknown,
      onError,
    });
    const unit: Unit = {
      id,
      fence,
      async transact(items, result) {
        if (store.transact === undefined) throw transactUnsupported(operation, store.name);
        if (extended !== undefined) await extended.checkTransact();
        await store.transact(items, undefined, call).catch((error: unknown) => {
          isUnknown ||= !isRefused(error);
          throw error;
        });
        isApplied = true;
        return resultOf(result);
      },
      ...extended?.members,
    };
    const inner = deriveCall(call, {}, { unit });
    if (extended === undefined) return settled(fn, input, inner);
    try {
      // What the function left running begins no step any more: it would be taken back by nobody.
      const result = await settled(fn, input, inner).finally(() => {
        isOpen = false;
      });
      if (!isApplied) await extended.finish();
      return result;
    } catch (error) {
      throw isApplied ? error : (await extended.fail(error, isUnknown)).error;
    }
  };
}
