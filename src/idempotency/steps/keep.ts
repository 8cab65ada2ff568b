import { bareError } from "../bare-error.ts";
import { encodeResult } from "../codec.ts";
import { keptInTime } from "../results/kept-in-time.ts";
import { resultIn } from "../results/result-in.ts";
import type { ExtendedUnit } from "../unit-extension.ts";

/** A step write costs by the item's size, and so does every condition that fails. */
const MOST_BYTES = 32 * 1_024;
const MOST_BYTES_IN_ALL = 256 * 1_024;

/** How the results and errors of one unit's steps are kept. */
export interface StepKeeper {
  /** Undefined where it cannot be kept. Rejects where what keeps results does not answer. */
  keep(value: unknown): Promise<string | undefined>;
  keepError(error: unknown): Promise<string>;
  value(kept: string): Promise<unknown>;
}

export function stepKeeper({ results, lease, call, steps }: ExtendedUnit): StepKeeper {
  let bytes = Object.values(steps).reduce((sum, text) => sum + Buffer.byteLength(text), 0);

  async function keep(value: unknown): Promise<string | undefined> {
    const text = encodeResult(value);
    const kept = text === undefined ? undefined : await keptInTime(results, text, lease, call);
    if (kept === undefined) return undefined;
    const size = Buffer.byteLength(kept);
    if (size > MOST_BYTES || bytes + size > MOST_BYTES_IN_ALL) return undefined;
    bytes += size;
    return kept;
  }

  return {
    keep,
    async keepError(error) {
      return (await keep(error)) ?? (await keep(bareError(error))) ?? "";
    },
    value: async (kept) => resultIn(await results.text(kept, lease, call)),
  };
}
