import type { Call } from "../../core/call.ts";
import type { BulkResult } from "../bulk-result.ts";
import type { BulkTarget } from "./bulk-target.ts";
import { dispatch, type SendLimits } from "./dispatch.ts";

/**
 * Sends entries in as few requests as the target's limits allow, and again what failed and may be repeated. One
 * result for each entry, in their order, also when the call is over before all is sent. Never rejects.
 */
export function sendAll<E>(
  target: BulkTarget<E>,
  entries: readonly E[],
  call: Call,
  limits: SendLimits,
): Promise<readonly BulkResult[]> {
  return new Promise((resolve) => {
    const sending = dispatch(target, call, limits, { changed, over });
    const all = entries.map(sending.add);
    sending.watch();
    changed();

    function changed(): void {
      sending.send(true);
      if (sending.open > 0) return;
      sending.end();
      resolve(all.map((one) => one.result ?? { ok: false, error: undefined }));
    }

    function over(): void {
      for (const one of all) sending.giveUp(one);
      changed();
    }
  });
}
