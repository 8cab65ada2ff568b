import { type Call, runtimeOf } from "../../../core/call.ts";
import { sleep } from "../../../core/sleep.ts";

/** Whoever is at the same rows at the same moment; the loser did nothing and may go again. */
const MAX_REPEATS = 6;
const FIRST_WAIT_MS = 20;

/** `serialization_failure`, `deadlock_detected`. Source: PostgreSQL Documentation, "Serialization Failure Handling". */
const CONFLICTS = new Set(["40001", "40P01"]);

/** Classes and codes with which the server ends the connection: it is broken, or was closed by someone. */
const ENDED = /^(?:08|57P0|25P0[34])/;

/** What Node.js and pg say of a connection that broke under a query. The server may have done it, or not. */
const BROKEN = /^(?:ECONNRESET|EPIPE|57P01|57P02|57P05|08003|08006)$/;
const BROKEN_MESSAGE = /^Connection terminated(?: unexpectedly)?$|is not queryable$/;

/** Whether the server rolled the transaction back because of others, so that the same may succeed at once. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(codeOf(error));
}

/** Whether the connection broke: mostly one that had stood idle for so long that someone on the way forgot it. */
export function isBroken(error: unknown): boolean {
  return BROKEN.test(codeOf(error)) || (error instanceof Error && BROKEN_MESSAGE.test(error.message));
}

/** Whether the server refused the statement and waits for the next: every SQLSTATE has five places, a digit among them. */
export function isAnswer(error: unknown): boolean {
  const code = codeOf(error);
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(code) && !ENDED.test(code);
}

/** Whether a COMMIT that was answered so has certainly not been done. `statement_completion_unknown` (40003) is no answer. */
export function isRolledBack(error: unknown): boolean {
  return isAnswer(error) && codeOf(error) !== "40003";
}

/** Does it again while it fails in a way that is harmless to repeat, after a wait that grows and is drawn by chance. */
export async function again<T>(
  call: Call,
  harmless: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await work();
    } catch (error) {
      if (repeats === MAX_REPEATS || !harmless(error)) throw error;
      await sleep(call, runtimeOf(call).random() * FIRST_WAIT_MS * 2 ** repeats);
    }
  }
}

/** What to look at when an error is one of the usual set-up mistakes. */
export function setUpHint(error: unknown, table: string): string | undefined {
  return {
    "42P01": `Is the table there? Run postgresTable("${table}") once, in a migration; is the connection's search_path right?`,
    "42703":
      `The table has other columns: postgresTable("${table}") says which it needs. ` +
      `If only steps is missing: ALTER TABLE ${table} ADD COLUMN steps jsonb.`,
    "42P10": `Has the table its primary key, as in postgresTable("${table}")?`,
    "42501": "May the role SELECT, INSERT, UPDATE and DELETE on the table, and use its schema?",
    "25006": "This connection cannot write: is the pool connected to a replica?",
    "28P01": "Is the password right that the pool was given?",
    "28000": "Does pg_hba.conf let this user in from here, and in this way (TLS)?",
    "3D000": "Is the database's name right that the pool was given?",
    "53300": "PostgreSQL has no connection left: give each pool fewer (max), or put a pooler in between.",
    ECONNREFUSED: "Does PostgreSQL listen at the host and port that the pool was given?",
    ENOTFOUND: "Is the host's name right that the pool was given?",
  }[codeOf(error)];
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
