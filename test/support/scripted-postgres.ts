import { EventEmitter } from "node:events";
import type { PostgresPool, PostgresResult } from "holdfast/idempotency/postgres";

/** What becomes of a query: its answer, an error that is thrown, or nothing for ever. */
export type Reaction = PostgresResult | Error | "hang";

export interface ScriptedPool extends PostgresPool {
  /** What happened, in order: `connect`, `BEGIN`, …, `release`, `close` (a release with an error). */
  readonly log: readonly string[];
  /** Connections that have been handed out and not given back. */
  readonly out: number;
  /** Listeners that are left on the clients. */
  listeners(): number;
  /** The connection breaks while nothing is asked. */
  breakNow(): void;
}

/** An error with a code, as the server (SQLSTATE) or Node.js gives it. */
export const failure = (code: string): Error => Object.assign(new Error(code), { code });
export const broken = (): Error => new Error("Connection terminated unexpectedly");

export const record = {
  version: 1,
  state: "IN_PROGRESS",
  owner: "a",
  fence: "7",
  lease_until_ms: "1",
  expires_at_ms: "2",
  at_ms: "0",
  payload_hash: "p",
  result: null,
};
export const written: PostgresResult = { rows: [{ new_fence: "8", ...record }], rowCount: 1 };
export const lost: PostgresResult = { rows: [{ new_fence: null, ...record, owner: "b" }], rowCount: 1 };

/**
 * A pool that does what its script says of a query's name: the text of the test's own items, BEGIN, COMMIT, ROLLBACK,
 * `record` for the store's statements. A list is used up; its last entry stays. Without a word, all goes well.
 */
export function scriptedPool(script: Readonly<Record<string, Reaction | readonly Reaction[]>>): ScriptedPool {
  const log: string[] = [];
  const clients: EventEmitter[] = [];
  const asked = new Map<string, number>();
  let out = 0;

  async function react(name: string): Promise<PostgresResult> {
    const times = asked.get(name) ?? 0;
    asked.set(name, times + 1);
    log.push(name);
    const entry = script[name] ?? (name === "record" ? written : { rows: [], rowCount: 1 });
    const reaction = Array.isArray(entry) ? entry[Math.min(times, entry.length - 1)] : entry;
    if (reaction === "hang") return new Promise(() => {});
    if (reaction instanceof Error) throw reaction;
    return reaction as PostgresResult;
  }

  return {
    log,
    get out() {
      return out;
    },
    listeners: () => clients.reduce((sum, client) => sum + client.listenerCount("error"), 0),
    breakNow: () => void clients.at(-1)?.emit("error", broken()),
    async connect() {
      await react("connect");
      out++;
      const client = Object.assign(new EventEmitter(), {
        query: (text: string) =>
          react(text.startsWith("WITH") || text.includes("FROM (SELECT)") ? "record" : text),
        release(error?: Error) {
          out--;
          log.push(error === undefined ? "release" : "close");
        },
      });
      clients.push(client);
      return client;
    },
  };
}
