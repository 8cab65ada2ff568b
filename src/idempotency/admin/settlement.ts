import type { Call } from "../../core/call.ts";
import { HoldfastError, TerminalError } from "../../core/errors.ts";
import { encodeResult } from "../codec.ts";
import { inRecord } from "../results/in-record.ts";
import type { ResultKeeper, ResultOwner } from "../results/keeper.ts";
import type { RecordChange } from "../store.ts";
import { checkSettles } from "./guards.ts";
import type { Inspection } from "./inspection.ts";

/**
 * What somebody found out of a key. `completed`: the work was done, and repeats get `result`; without one they are
 * refused (`IDEMPOTENCY_RESULT_NOT_STORED`) and not run. `released`: it was not done, and the next delivery runs.
 * `failed`: it must not be done, and repeats get `error`.
 */
export type Finding =
  | { readonly as: "completed"; readonly result?: unknown }
  | { readonly as: "released" }
  | { readonly as: "failed"; readonly error?: Error };

/** How a finding is written. */
export interface SettleOptions {
  /** Settles also under a run that still holds the key: what it does afterwards is refused. Default: false. */
  readonly force?: boolean;
  /** How long the settled record is remembered, in milliseconds. Default: as long as its run would have it. */
  readonly rememberMs?: number;
  /** How results are kept, as the function was told: for one that encrypts them. Default: in the record, in clear. */
  readonly results?: ResultKeeper;
}

export type Settlement = Finding & SettleOptions;

/** The write that settles a record, for its new owner. Rejects where nothing is to settle. */
export async function settledChange(
  seen: Inspection,
  settlement: Settlement,
  owner: string,
  call: Call,
): Promise<RecordChange & { readonly owner: string }> {
  checkSettles(seen, settlement.force ?? false);
  const { id, seenAtMs: atMs } = seen;
  if (settlement.as === "released") return { owner, state: "RELEASED", atMs };
  const { expiresAtMs, atMs: begunMs } = seen.record;
  const rememberMs = settlement.rememberMs ?? Math.max(0, expiresAtMs - begunMs);
  const ending = { owner, atMs, expiresAtMs: atMs + rememberMs };
  if (settlement.as === "failed") {
    const error = settlement.error ?? new TerminalError("Someone settled this key as failed.");
    return { state: "FAILED", result: await kept(error, { id, owner }, settlement.results, call), ...ending };
  }
  return "result" in settlement
    ? {
        state: "COMPLETED",
        result: await kept(settlement.result, { id, owner }, settlement.results, call),
        ...ending,
      }
    : { state: "COMPLETED_NO_RESULT", ...ending };
}

async function kept(
  value: unknown,
  of: ResultOwner,
  results: ResultKeeper = inRecord,
  call: Call,
): Promise<string> {
  const text = encodeResult(value);
  const form = text === undefined ? undefined : await results.keep(text, of, call);
  if (form !== undefined) return form;
  throw new HoldfastError(
    "IDEMPOTENCY_RESULT_NOT_STORED",
    "Nothing was settled: this result is too large for the record, or not made of plain data. Give less of it.",
  );
}
