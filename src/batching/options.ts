import { type Call, entered } from "../core/call.ts";
import { checkNumber, HoldfastError, InvalidOptionError } from "../core/errors.ts";

/** Time to answer, to write the log and to be received, before the invocation is killed. */
export const DEFAULT_MARGIN_MS = 200;

/** Refuses wrong options of a batch where they are given. */
export function checkBatch(
  where: string,
  fn: unknown,
  options: { readonly body: unknown; readonly concurrency: number; readonly marginMs: number },
): void {
  const { body, concurrency, marginMs } = options;
  if (typeof fn !== "function") throw new InvalidOptionError(where, "its first argument must be a function");
  if (typeof (body as { readonly decode?: unknown } | null)?.decode !== "function") {
    throw new InvalidOptionError(where, "body must be a decoder, such as json() or text()");
  }
  checkNumber(where, "concurrency", concurrency, { min: 1, integer: true });
  checkNumber(where, "marginMs", marginMs, { min: 0 });
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
