import type { PostgresPool, PostgresResult } from "holdfast/idempotency/postgres";
import { broken } from "./scripted-postgres.ts";

/** What goes wrong at a query: it never arrives, or it is done and nobody hears of it. */
export type Break = "request lost" | "reply lost";

/** A pool whose connection breaks at one query, counted over all of its connections; `texts` lists what was asked for. */
export function breakingPool(
  pool: PostgresPool,
  at: number,
  how: Break,
): PostgresPool & { readonly texts: string[] } {
  const texts: string[] = [];
  return {
    texts,
    async connect() {
      const client = await pool.connect();
      return {
        release: (error) => client.release(error),
        async query(text, values): Promise<PostgresResult> {
          const isAt = texts.push(text) === at;
          if (isAt && how === "request lost") throw broken();
          const answer = await client.query(text, values);
          if (isAt) throw broken();
          return answer;
        },
      };
    },
  };
}

/** What a caller's code has inside its transaction. */
export interface CallersTransaction {
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
}

/** A transaction as ORMs have it: what the work throws rolls it back, and is thrown. */
export async function callersTransaction<T>(
  pool: PostgresPool,
  work: (tx: CallersTransaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    client.release();
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    client.release(error as Error);
    throw error;
  }
}
