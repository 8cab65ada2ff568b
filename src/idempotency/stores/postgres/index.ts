export type { PostgresClient, PostgresPool, PostgresResult } from "./client.ts";
export type { PostgresTransactItem } from "./items.ts";
export { type Complete, type Completed, joinTransaction, type RunQuery } from "./join.ts";
export { type PurgeOptions, purgeExpired } from "./purge.ts";
export { postgresTable } from "./table.ts";
export { inTransaction, type TransactionQuery } from "./work.ts";

import type { Call } from "../../../core/call.ts";
import { checkRequiredOptions } from "../../../core/options.ts";
import { withoutSteps } from "../../record.ts";
import type { IdempotencyStore, WriteAnswer } from "../../store.ts";
import type { PostgresPool } from "./client.ts";
import { onConnection } from "./connection.ts";
import { again, isBroken, isConflict, setUpHint } from "./failures.ts";
import { checkItems, isJoin, isOwn } from "./items.ts";
import { join, type Looks } from "./join.ts";
import { checkPool } from "./pool.ts";
import { type Answer, answerOf } from "./rows.ts";
import { type Statement, statements } from "./statements.ts";
import { DEFAULT_TABLE, tableName } from "./table.ts";
import { transact } from "./transaction.ts";

export interface PostgresStoreOptions {
  /**
   * `new pg.Pool(…)`, or anything that hands out connections as it does. Give pg's an `error` listener: without one a connection that
   * breaks while it stands idle ends the process.
   */
  readonly pool: PostgresPool;
  /** `records`, `app.records`, `app."My records"`, made by `postgresTable`. Default: `holdfast_idempotency`. */
  readonly table?: string;
}

/** A PostgreSQL store can do all that a store can. */
export type PostgresStore = Required<IdempotencyStore>;

/**
 * Records in a PostgreSQL table: one statement each to claim, to complete and to release, at any isolation level.
 *
 * A repeat of a key that is held or done costs one read, and waits for no lock. `unit.transact` takes queries,
 * `{ text, values?, expectRows? }`, and runs them with the record's completion in one transaction, a round trip each; an item
 * whose rows are not as expected rolls all back (`IDEMPOTENCY_ITEM_REFUSED`). `inTransaction` runs work there whose queries
 * need the rows of earlier ones, `joinTransaction` completes the record in a transaction of yours. The table comes from
 * `postgresTable`, and `purgeExpired` deletes what has expired. All times are the processes' own, none the server's.
 *
 * Conflicts (40001, 40P01) and connections that broke go again. What became of a COMMIT that was not answered, the record is
 * asked: applied is a success, and not applied goes again. A query cannot be recalled: when the call is over in the middle of one, the promise rejects and the
 * connection is closed; a single statement or a COMMIT may still be done, a transaction short of its COMMIT never is.
 *
 * @example
 * ```ts
 * const store = postgresStore({ pool: new Pool({ connectionString }) });
 * const post = idempotent(async (entry: Entry, { unit }) => {
 *   const line = { text: "INSERT INTO ledger VALUES ($1, $2)", values: [entry.id, entry.amount] };
 *   return unit.transact([line], "posted");
 * }, { store, operation: "post-entry", key: (entry) => entry.id });
 * ```
 */
export function postgresStore(options: PostgresStoreOptions): PostgresStore {
  checkRequiredOptions("postgresStore", options, ["pool", "table"]);
  const { pool, table = DEFAULT_TABLE } = options;
  checkPool("postgresStore", pool);
  const sql = statements(tableName("postgresStore", table).table);

  /**
   * Sends it again when the connection broke, too: had it been done, the record that refuses the second shows this
   * owner, which is how a run knows a reply that it lost.
   */
  function ask({ text, values }: Statement, call: Call): Promise<Answer> {
    return again(
      call,
      (error) => isConflict(error) || isBroken(error),
      () => onConnection(pool, call, async (connection) => answerOf(await connection.query(text, values))),
    );
  }

  async function write(statement: Statement, call: Call): Promise<WriteAnswer> {
    const { newFence, record } = await ask(statement, call);
    return newFence === undefined ? { written: false, found: record } : { written: true };
  }

  return {
    name: `PostgreSQL table ${table}`,
    keepsSteps: true,
    hint: (error) => setUpHint(error, table),
    async claim(request, call) {
      const { replacesFence } = request;
      const statement =
        replacesFence === undefined ? sql.claim(request) : sql.replace(request, replacesFence);
      const { newFence, record } = await ask(statement, call);
      if (newFence === undefined) return { claimed: false, found: record };
      const took = record && replacesFence !== undefined ? withoutSteps(record) : record;
      return { claimed: true, fence: newFence, took };
    },
    write: (lease, change, call) => write(sql.change({ ...lease, state: "IN_PROGRESS" }, change), call),
    async transact(items, ending, call) {
      checkItems(items);
      if (items.length === 0 && ending === undefined) return { written: true };
      const looks: Looks = {
        read: (id) => ask(sql.read(id), call),
        // A change of nothing waits for the row's lock.
        held: (lease) => ask(sql.change({ ...lease, state: "IN_PROGRESS" }, {}), call),
      };
      const joined = items.find(isJoin);
      if (joined !== undefined) return join(joined, sql, ending, looks, call);
      return transact(pool, sql, items.filter(isOwn), ending, looks, call);
    },
    read: async (id, call) => (await ask(sql.read(id), call)).record,
    settle: (seen, change, call) =>
      write(change === undefined ? sql.remove(seen) : sql.change(seen, change), call),
  };
}
