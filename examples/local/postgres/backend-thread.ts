/**
 * PGlite in a thread of its own: a statement keeps its thread busy until it is done. Takes what a client sends up to the
 * point where it waits, gives the answer.
 */
import { parentPort } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import type { Answer, Question } from "./backend.ts";
import { simpleQuery, statusIn, type TransactionStatus } from "./wire.ts";

/**
 * PGlite does not outlive a time limit that passes: its only backend would end. So none is left standing when a
 * statement is done; who asked is told of the one for idle transactions, to keep it himself.
 */
const TAKE_LIMITS = `SELECT extract(epoch FROM current_setting('idle_in_transaction_session_timeout')::interval) * 1000,
  set_config('idle_in_transaction_session_timeout', '0', true), set_config('statement_timeout', '0', true)`;

const port = parentPort;
if (port === null) throw new Error("backend-thread.ts runs in a thread that backend.ts starts.");
const db = await PGlite.create();

function ask(bytes: Uint8Array): { readonly answer: Uint8Array; readonly status: TransactionStatus } {
  const answer = db.execProtocolRawSync(bytes);
  return { answer, status: statusIn(answer) ?? "I" };
}

/** The first column of the only row that a query answers with. */
function firstValue(sql: string): number {
  const answer = Buffer.from(ask(simpleQuery(sql)).answer);
  for (let at = 0; at < answer.length; at += 1 + answer.readUInt32BE(at + 1)) {
    // A DataRow: its length, how many columns, then each with its own length.
    if (answer[at] !== "D".charCodeAt(0)) continue;
    const length = answer.readInt32BE(at + 7);
    return Number(answer.toString("utf8", at + 11, at + 11 + length));
  }
  return 0;
}

port.on("message", ({ id, bytes }: Question) => {
  const { answer, status } = ask(bytes);
  // What has failed can only be rolled back. Done now, nobody has to wait for the one who will ask for it.
  if (status === "E") ask(simpleQuery("ROLLBACK"));
  const idleLimitMs = status === "T" ? firstValue(TAKE_LIMITS) : 0;
  port.postMessage({ id, answer, status, idleLimitMs } satisfies Answer);
});
