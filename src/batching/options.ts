import { type Call, entered } from "../core/call.ts";
import { checkNumber, HoldfastError, InvalidOptionError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { RunLimits } from "./engine/run-records.ts";
import { checkPoison, type PoisonOptions, type SqsPoisonOptions } from "./poison.ts";

/** Time to answer, to write the log and to be received, before the invocation is killed. */
export const DEFAULT_MARGIN_MS = 200;

/** What every batch of records takes. */
export interface BatchOptions<Rec> {
  /** Records under way at once. Default: 10. */
  readonly concurrency?: number;
  /**
   * Milliseconds before the call's deadline at which the batch answers, whatever its records do. Default: 200. A
   * `deadline()` outside is counted from, not added to.
   */
  readonly marginMs?: number;
  /** Where records go that fail for good, so that they block nothing. Default: they come again until the source gives them up. */
  readonly poison?: PoisonOptions<Rec>;
}

/** Refuses wrong options where they are given, and gives the limits with their defaults. */
export function checkedLimits(
  where: string,
  fn: unknown,
  options: {
    readonly concurrency?: number;
    readonly marginMs?: number;
    readonly poison?: SqsPoisonOptions<never>;
  },
  more: { readonly known: readonly string[]; readonly countsReceives?: boolean },
): RunLimits {
  checkOptions(where, options, [...more.known, "concurrency", "marginMs", "poison"]);
  const { concurrency = 10, marginMs = DEFAULT_MARGIN_MS, poison } = options;
  checkFunction(where, fn);
  checkNumber(where, "concurrency", concurrency, { min: 1, integer: true });
  checkNumber(where, "marginMs", marginMs, { min: 0 });
  checkPoison(where, poison, more.countsReceives ?? false);
  return { concurrency, marginMs };
}

export function checkFunction(where: string, fn: unknown): void {
  if (typeof fn !== "function") throw new InvalidOptionError(where, "its first argument must be a function");
}

/** `method` is what such a decoder has. */
export function checkDecoder(
  where: string,
  option: string,
  decoder: unknown,
  method: "decode" | "decodeItem" = "decode",
): void {
  if (typeof (decoder as Readonly<Record<string, unknown>> | null | undefined)?.[method] === "function")
    return;
  const example = method === "decode" ? "json() or text()" : "unmarshalled()";
  throw new InvalidOptionError(where, `${option} must be a decoder, such as ${example}`);
}

/**
 * The call of a whole batch.
 *
 * @throws HoldfastError `BATCH_IN_UNIT` inside `idempotent`: a remembered answer would name the same failures for ever.
 */
export function enteredBatch(where: string, call: Call): Call {
  if (typeof call === "object" && call !== null && "unit" in call) {
    throw new HoldfastError(
      "BATCH_IN_UNIT",
      `${where} was called inside idempotent, which would remember the batch's failures and replay them. ` +
        `Put it inside, round each record: ${where}(idempotent(fn, …)).`,
    );
  }
  return entered(call);
}
