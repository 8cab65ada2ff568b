import type { Call } from "../../core/call.ts";
import { within } from "../../core/within.ts";
import { afterwards } from "../afterwards.ts";
import type { ResultKeeper, ResultOwner } from "./keeper.ts";

/**
 * What the record keeps of a text, on a call of its own: the unit's may just have ended, and what keeps results may hang and
 * must leave the record's own last word the time it needs.
 */
export function keptInTime(
  results: ResultKeeper,
  text: string,
  of: ResultOwner,
  call: Call,
): Promise<string | undefined> {
  return afterwards(call, async (late) => {
    const kept = results.keep(text, of, late);
    return kept instanceof Promise ? within(late, late.deadlineMs, undefined, () => kept) : kept;
  });
}
