import type { PGlite } from "@electric-sql/pglite";
import { type PostgresPool, postgresTable } from "holdfast/idempotency/postgres";
import pg from "pg";
import { newPglite, pglitePool } from "./pglite.ts";

/** The folder of a real PostgreSQL's socket, of which `npm run test:services` tells. */
export const OUTSIDE: string | undefined = process.env["HOLDFAST_TEST_POSTGRES"];

/** A PostgreSQL with tables for tests: a real one through pg where there is one, else one in this process. */
export interface TestPostgres {
  readonly pool: PostgresPool;
  /** The one in this process, with an API of its own. */
  readonly inProcess?: PGlite;
  /** SQL of the test's own: any number of statements. */
  sql(text: string): Promise<void>;
  rows<Row extends object>(text: string): Promise<readonly Row[]>;
  /** An empty table for records. */
  newTable(): Promise<string>;
  /** An empty counter: one row of `n` = 0. */
  newCounter(): Promise<Counter>;
  stop(): Promise<void>;
}

export interface Counter {
  readonly addOne: { readonly text: string };
  /** Wants to change a row that is not there. */
  readonly fails: { readonly text: string; readonly expectRows: number };
  sum(): Promise<number>;
}

export async function startTestPostgres(): Promise<TestPostgres> {
  const server = OUTSIDE === undefined ? await inThisProcess() : outside(realPool());
  let names = 0;
  const newName = (what: string): string => `${what}_${process.pid}_${++names}`;
  return {
    ...server,
    async newTable() {
      const table = newName("records");
      await server.sql(`DROP TABLE IF EXISTS ${table}; ${postgresTable(table)}`);
      return table;
    },
    async newCounter() {
      const table = newName("counter");
      await server.sql(
        `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (n integer NOT NULL); INSERT INTO ${table} VALUES (0)`,
      );
      return {
        addOne: { text: `UPDATE ${table} SET n = n + 1` },
        fails: { text: `UPDATE ${table} SET n = n + 1 WHERE n < 0`, expectRows: 1 },
        sum: async () => Number((await server.rows<{ n: number }>(`SELECT n FROM ${table}`))[0]?.n),
      };
    },
  };
}

/** A pool of the real server; settings go to each of its connections. */
export function realPool(settings: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ host: OUTSIDE, user: "postgres", database: "postgres", max: 10, ...settings });
  // Idle connections that a test has ended.
  pool.on("error", () => {});
  return pool;
}

type Server = Omit<TestPostgres, "newTable" | "newCounter">;

function outside(pool: pg.Pool): Server {
  return {
    pool,
    sql: async (text) => void (await pool.query(text)),
    rows: async <Row extends object>(text: string) => (await pool.query<Row>(text)).rows,
    stop: () => pool.end(),
  };
}

async function inThisProcess(): Promise<Server> {
  const db = await newPglite();
  return {
    pool: pglitePool(db),
    inProcess: db,
    sql: async (text) => void (await db.exec(text)),
    rows: async <Row extends object>(text: string) => (await db.query<Row>(text)).rows,
    stop: () => db.close(),
  };
}
