import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Backend } from "./backend.ts";
import type { Turns } from "./turns.ts";
import {
  askForPassword,
  clientFrames,
  errorResponse,
  type Frame,
  readyForQuery,
  rolledBack,
  sessionBegun,
  simpleQuery,
  statementIn,
} from "./wire.ts";

/** What becomes of what a client asks. `dead`: nobody hears of it; `lose-reply`: it is done, and the connection breaks. */
export interface QueryFate {
  readonly do: "slow" | "fail" | "dead" | "lose-reply";
  readonly delayMs?: number;
}

/** Asked with the first word of a statement (`BEGIN`, `COMMIT`, `WITH`), or `connect`. */
export type DecideQuery = (operation: string) => QueryFate | undefined;

/** Whoever stands idle in a transaction stands in everyone's way here, so no longer than this. */
const LONGEST_IDLE_MS = 1_000;

/** These would stay with the only backend, and be seen by the next session. */
const OF_A_SESSION =
  /^\s*(set\s+(?!local\b|transaction\b|constraints\b)|listen\b|unlisten\b|prepare\b|copy\b)/i;
const ENDS = /^\s*(rollback|commit|end|abort)\s*;?\s*$/i;

/** After these a client sends more before it waits for an answer: Parse, Bind, Describe, Execute, Close. */
const GOES_ON: ReadonlySet<string> = new Set(["P", "B", "D", "E", "C"]);

/**
 * Serves one client of the one backend that all clients share: a transaction at a time, as poolers do it that give a
 * server's connection away between transactions. Who has begun one keeps the turn until it has ended: by itself, with its connection,
 * or by standing idle for too long. So two transactions never mix, and what belongs to a session is refused.
 */
export function serveSession(
  socket: Socket,
  {
    id,
    backend,
    turns,
    decide,
  }: {
    readonly id: number;
    readonly backend: Backend;
    readonly turns: Turns;
    readonly decide: DecideQuery;
  },
): void {
  const framesIn = clientFrames();
  /** What was sent since the last point at which the client waits for an answer. */
  let asked: Frame[] = [];
  let work: Promise<void> = Promise.resolve();
  let endTurn: (() => void) | undefined;
  /** The transaction has failed, and its client has not asked for its end yet. */
  let failed = false;
  /** The client has been told so, and nothing that it sends is done any more: least of all a COMMIT. */
  let over = false;
  const left = new AbortController();
  let idle: NodeJS.Timeout | undefined;
  let idleMs = LONGEST_IDLE_MS;

  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("close", () => {
    left.abort();
    work = work.then(undo);
  });
  socket.on("data", (chunk: Buffer) => {
    for (const frame of framesIn(chunk)) take(frame);
  });

  function take(frame: Frame): void {
    asked.push(frame);
    if (GOES_ON.has(frame.type)) return;
    const request = asked;
    asked = [];
    work = work.then(() => (over || socket.destroyed ? undefined : answer(request)));
  }

  async function answer(request: readonly Frame[]): Promise<void> {
    const type = request.at(-1)?.type;
    if (type === "tls" || type === "gssapi") return void socket.write("N");
    if (type === "startup") return void socket.write(askForPassword());
    if (type === "p") return begin();
    if (type === "Q" || type === "S") return query(request);
    socket.end();
  }

  async function begin(): Promise<void> {
    if (await happens(decide("connect"))) return;
    socket.write(sessionBegun(id));
  }

  async function query(request: readonly Frame[]): Promise<void> {
    clearTimeout(idle);
    const statements = request.flatMap((frame) => statementIn(frame) ?? []);
    const sql = statements[0]?.sql ?? "";
    const fate = decide(/\w+/.exec(sql)?.[0].toUpperCase() ?? "");
    if (await happens(fate)) return;
    if (failed) return afterFailure(request, sql);
    if (statements.some((statement) => statement.name !== "" || OF_A_SESSION.test(statement.sql))) {
      return refuse("0A000", "sessions take turns at one backend here: nothing of a session's own is kept");
    }
    endTurn ??= await turns.take();
    const { answer, status, idleLimitMs } = await backend.ask(
      Buffer.concat(request.map(({ bytes }) => bytes)),
    );
    failed = status === "E";
    // The backend is told none, so that a limit stands until the transaction's end or the next one that is set.
    if (idleLimitMs > 0) idleMs = Math.min(idleLimitMs, LONGEST_IDLE_MS);
    if (status !== "T") release();
    if (fate?.do === "lose-reply") return void socket.destroy();
    socket.write(answer);
    if (status === "T") idle = setTimeout(endIdle, idleMs);
  }

  /** True when nothing more is to be done with it. */
  async function happens(fate: QueryFate | undefined): Promise<boolean> {
    if (fate?.do === "slow")
      await wait(fate.delayMs ?? 0, undefined, { signal: left.signal }).catch(() => {});
    if (fate?.do === "dead") socket.destroy();
    if (fate?.do === "fail") endWith("57P01", "terminating connection due to administrator command");
    return over || socket.destroyed;
  }

  /** Nothing of the transaction is left, but its client does not know that yet. */
  async function afterFailure(request: readonly Frame[], sql: string): Promise<void> {
    if (!ENDS.test(sql)) {
      return refuse("25P02", "current transaction is aborted, commands ignored until its end");
    }
    failed = false;
    socket.write(rolledBack(request));
  }

  /** As any error does, it makes the transaction a failed one. */
  async function refuse(sqlState: string, why: string): Promise<void> {
    failed ||= endTurn !== undefined;
    await undo();
    socket.write(Buffer.concat([errorResponse("ERROR", sqlState, why), readyForQuery(failed ? "E" : "I")]));
  }

  function endIdle(): void {
    endWith("25P03", "terminating connection due to idle-in-transaction timeout");
  }

  function endWith(sqlState: string, why: string): void {
    over = true;
    socket.end(errorResponse("FATAL", sqlState, why));
    // Who is frozen does not close its side; nobody waits for that.
    socket.destroySoon();
  }

  /** What was begun and not committed is undone, and the next one has its turn. */
  async function undo(): Promise<void> {
    clearTimeout(idle);
    if (endTurn === undefined) return;
    await backend.ask(simpleQuery("ROLLBACK"));
    release();
  }

  function release(): void {
    endTurn?.();
    endTurn = undefined;
    idleMs = LONGEST_IDLE_MS;
  }
}
