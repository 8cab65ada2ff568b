import { PGlite } from "@electric-sql/pglite";
import type { PostgresClient, PostgresPool } from "holdfast/idempotency/postgres";

/** One PostgreSQL in this process, as a pool that hands out its only connection to one after the other. */
export function pglitePool(db: PGlite): PostgresPool {
  let last: Promise<void> = Promise.resolve();
  return {
    async connect(): Promise<PostgresClient> {
      const before = last;
      let free = (): void => {};
      last = new Promise((resolve) => {
        free = resolve;
      });
      await before;
      return {
        async query(text, values) {
          const { rows, affectedRows } = await db.query<object>(text, values);
          return { rows, rowCount: rows.length > 0 ? rows.length : (affectedRows ?? null) };
        },
        release(error) {
          // It cannot be closed, so what a closed connection leaves behind is undone: its transaction.
          if (error === undefined) free();
          else db.exec("ROLLBACK").then(free, free);
        },
      };
    },
  };
}

export const newPglite = (): Promise<PGlite> => PGlite.create();
