import { type Call, type Fn, report } from "holdfast";

/** Why an event will never be posted, in words that quote nothing of it. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

/** Errors that stay the same however often the event comes. */
const FINAL: ReadonlySet<unknown> = new Set([
  "ENTRY_INVALID",
  "EVENT_INVALID",
  "EVENT_UNEXPECTED",
  "IDEMPOTENCY_PAYLOAD_MISMATCH",
  "LEDGER_KEY_REUSED",
]);

/** Data that PostgreSQL cannot take (22), and what its constraints forbid (23). Source: "PostgreSQL Error Codes". */
const FINAL_SQLSTATE = /^2[23][0-9A-Z]{3}$/;

/** Undefined for whatever may go better another time: a database that is down, a key that another run holds. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, constraint } = error as { readonly code?: unknown; readonly constraint?: unknown };
  if (FINAL.has(code)) return { code: String(code), reason: error.message };
  if (typeof code !== "string" || !FINAL_SQLSTATE.test(code)) return undefined;
  // PostgreSQL's own message may quote what was sent.
  const which = typeof constraint === "string" ? `, ${constraint}` : "";
  return { code: "LEDGER_REFUSED", reason: `The database refused the entry (SQLSTATE ${code}${which}).` };
}

/**
 * Sends what will never be posted where people look, with the reason, and is done with it: to try again would only be late.
 *
 * A process that dies after the sending sends it again; two letters of one event are no harm. One that cannot be sent fails
 * with why it was not sent, and the event comes again.
 */
export function settingAside<I, R, C extends Call>(
  fn: Fn<I, R, C>,
  send: Fn<Refusal, void, C>,
): Fn<I, R | { readonly refused: string }, C> {
  return async function setAside(input, call) {
    try {
      return await fn(input, call);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      await send(refusal, call);
      report(call, { type: "ledger.refused", code: refusal.code });
      return { refused: refusal.code };
    }
  };
}
