import type { Call } from "../../core/call.ts";
import { HoldfastError, InvalidOptionError, TerminalError } from "../../core/errors.ts";
import { encodeResult } from "../codec.ts";
import { REMEMBER_MS, UNTIL_SETTLED_MS } from "../lease-times.ts";
import type { IdempotencyRecord } from "../record.ts";
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
  /** How long the settled record is remembered, in milliseconds. Default: as long as its run would have it, or 14 days. */
  readonly rememberMs?: number;
  /** How results are kept, as the function was told: for one that encrypts them. Default: in the record, in clear. */
  readonly results?: ResultKeeper;
}

export type Settlement = Finding & SettleOptions;

/** A record that waits to be settled does not tell how long its run would have had it remembered. */
function rememberedMs({ expiresAtMs, atMs }: IdempotencyRecord): number {
  const ms = Math.max(0, expiresAtMs - atMs);
  return ms < UNTIL_SETTLED_MS ? ms : REMEMBER_MS;
}

const FINDINGS: readonly Finding["as"][] = ["completed", "released", "failed"];

/** The write that settles a record, for its new owner. Rejects where nothing is to settle. */
export async function settledChange(
  seen: Inspection,
  settlement: Settlement,
  owner: string,
  call: Call,
): Promise<RecordChange & { readonly owner: string }> {
  checkSettles(seen, settlement.force ?? false);
  const { id, seenAtMs: atMs } = seen;
  if (!FINDINGS.includes(settlement.as)) {
    throw new InvalidOptionError("settle", `as must be ${FINDINGS.join(", ")}`);
  }
  const ending = { owner, atMs, expiresAtMs: atMs + (settlement.rememberMs ?? rememberedMs(seen.record)) };
  if (settlement.as === "released") return { state: "RELEASED", ...ending };
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
