import { rootCall } from "holdfast";
import { type PostgresPool, type PostgresResult, postgresStore } from "holdfast/idempotency/postgres";
import { manualRuntime } from "holdfast/testing";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { realPool, startTestPostgres, type TestPostgres } from "../../support/postgres.ts";

const nowMs = 1_800_000_000_000;
const call = rootCall();
const change = { state: "COMPLETED", atMs: nowMs, expiresAtMs: nowMs + 60_000 } as const;
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("transactions on a real PostgreSQL", () => {
  let postgres: TestPostgres;
  let pool: pg.Pool;
  let table: string;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  });
  beforeEach(async () => {
    table = await postgres.newTable();
    pool = realPool({ max: 20 });
    return () => pool.end();
  });
  afterAll(() => postgres.stop());

  async function setUp(given: PostgresPool = pool) {
    const store = postgresStore({ pool: given, table });
    async function leased(id = "op#key", at = nowMs) {
      const request = {
        id,
        owner: `owner of ${id}`,
        payloadHash: "p",
        version: 1,
        nowMs: at,
        takesAbandoned: true,
      };
      const times = { leaseUntilMs: at + 10_000, expiresAtMs: at + 3_600_000 };
      const answer = await store.claim({ ...request, ...times }, call);
      if (!answer.claimed) throw new Error("The claim was refused.");
      return { id, owner: request.owner, fence: answer.fence };
    }
    return { store, leased, counter: await postgres.newCounter() };
  }

  /** Resolves once a session waits for this lock, with its process. */
  async function waiting(query: string): Promise<number> {
    for (;;) {
      const text = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '${query}%'`;
      const [row] = await postgres.rows<{ pid: number }>(text);
      if (row !== undefined) return row.pid;
      await wait(10);
    }
  }

  test("of 20 transactions of one lease one is applied, and the others are shown its completion", async () => {
    const { store, leased, counter } = await setUp();
    const lease = await leased();
    const answers = await Promise.all(
      numbers(20).map(() => store.transact([counter.addOne], { lease, change }, call)),
    );
    expect(answers.filter((answer) => answer.written)).toHaveLength(1);
    for (const answer of answers) if (!answer.written) expect(answer.found?.state).toBe("COMPLETED");
    expect(await counter.sum()).toBe(1);
  });

  test("transactions that lock each other's rows crosswise are all applied in the end", async () => {
    const refused: unknown[] = [];
    let arrived = 0;
    let open = (): void => {};
    const both = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { store, leased } = await setUp(
      through(pool, async (client, text, values) => {
        if (text === MEET) {
          if (++arrived === 2) open();
          await both;
        }
        return client.query(text, values).catch((error) => {
          refused.push(error.code);
          throw error;
        });
      }),
    );
    const [left, right] = [await postgres.newCounter(), await postgres.newCounter()];
    const orders = [
      [left.addOne, { text: MEET }, right.addOne],
      [right.addOne, { text: MEET }, left.addOne],
    ];
    await Promise.all(
      orders.map(async (items, n) => store.transact(items, { lease: await leased(`op#${n}`), change }, call)),
    );
    expect([await left.sum(), await right.sum()]).toEqual([2, 2]);
    // On a slow machine the loser may meet the other once more.
    expect([...new Set(refused)]).toEqual(["40P01"]);
  });

  test("where every transaction is serializable, claims and transactions at once still all come through", async () => {
    const strict = realPool({ max: 20, options: "-c default_transaction_isolation=serializable" });
    const { store, leased, counter } = await setUp(strict);
    const isolation = { text: "SELECT 1 / (current_setting('transaction_isolation') = 'serializable')::int" };
    await Promise.all(
      numbers(6).map(async (n) => {
        const ending = { lease: await leased(`op#${n}`), change };
        expect((await store.transact([isolation, counter.addOne], ending, call)).written).toBe(true);
      }),
    );
    expect(await counter.sum()).toBe(6);
    const claims = await Promise.all(
      numbers(10).map((n) =>
        store.claim(
          {
            ...{ id: "op#one", owner: `${n}`, payloadHash: "p", version: 1, nowMs, takesAbandoned: true },
            leaseUntilMs: nowMs + 1,
            expiresAtMs: nowMs + 60_000,
          },
          call,
        ),
      ),
    );
    expect(claims.filter((answer) => answer.claimed)).toHaveLength(1);
    await strict.end();
  });

  test("a transaction whose backend is killed before COMMIT goes again, and is applied once", async () => {
    const { store, leased, counter } = await setUp();
    const lease = await leased();
    const blocker = new pg.Client({ host: pool.options.host, user: "postgres", database: "postgres" });
    await blocker.connect();
    await blocker.query("SELECT pg_advisory_lock(1)");
    const items = [counter.addOne, { text: "SELECT pg_advisory_xact_lock(1)" }];
    const done = store.transact(items, { lease, change }, call);
    const pid = await waiting("SELECT pg_advisory_xact_lock");
    await postgres.sql(`SELECT pg_terminate_backend(${pid})`);
    await blocker.end();
    expect((await done).written).toBe(true);
    expect(await counter.sum()).toBe(1);
  });

  test("a backend that is killed at every COMMIT makes the transaction reject: the record shows each time that nothing was applied", async () => {
    const { store, leased, counter } = await setUp();
    await postgres.sql(`
      CREATE FUNCTION ${table}_die() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;
      CREATE TABLE ${table}_deadly (n integer);
      CREATE CONSTRAINT TRIGGER die AFTER INSERT ON ${table}_deadly
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${table}_die()`);
    const lease = await leased();
    const items = [counter.addOne, { text: `INSERT INTO ${table}_deadly VALUES (1)` }];
    await expect(store.transact(items, { lease, change }, call)).rejects.toMatchObject({ code: "57P01" });
    expect(await counter.sum()).toBe(0);
    expect((await store.read(lease.id, call))?.state).toBe("IN_PROGRESS");
    expect((await store.transact([counter.addOne], { lease, change }, call)).written).toBe(true);
  });

  test("a single statement whose connection had been closed while it stood idle is sent again", async () => {
    const { store, leased } = await setUp();
    await leased();
    const pids = await pool.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const other = new pg.Client({ host: pool.options.host, user: "postgres", database: "postgres" });
    await other.connect();
    // The pool's process learns of it only while it asks.
    const read = other
      .query(`SELECT pg_terminate_backend(${pids.rows[0]?.pid})`)
      .then(() => store.read("op#key", call));
    expect((await read)?.state).toBe("IN_PROGRESS");
    await other.end();
  });

  test("a process frozen in the middle of its transaction does not keep the key past its deadline", async () => {
    const frozen = manualRuntime({ startMs: nowMs });
    const { store, leased, counter } = await setUp(
      through(pool, (client, text, values) =>
        text === STALL ? new Promise(() => {}) : client.query(text, values),
      ),
    );
    const lease = await leased();
    const stuck = store
      .transact(
        [counter.addOne, { text: STALL }],
        { lease, change },
        rootCall({ runtime: frozen, timeoutMs: 500 }),
      )
      .catch((error: unknown) => error);
    await wait(100);
    const began = performance.now();
    const next = await leased(lease.id, nowMs + 10_000);
    expect(performance.now() - began).toBeGreaterThan(100);
    expect(next.fence).toBe(lease.fence + 1);
    expect(await counter.sum()).toBe(0);
    // It wakes, and finds that its time is over.
    await frozen.advance(60_000);
    expect(await stuck).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(pool.totalCount - pool.idleCount).toBe(0);
  });

  test("a statement that nobody waits for any more does not keep the key past the call's deadline", async () => {
    const { store, leased, counter } = await setUp();
    const lease = await leased();
    const slow = [counter.addOne, { text: "SELECT pg_sleep(20)" }];
    const gaveUp = new AbortController();
    const aborted = rootCall({ timeoutMs: 800, signal: gaveUp.signal });
    const pending = store.transact(slow, { lease, change }, aborted);
    await wait(200);
    gaveUp.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    expect(pool.totalCount).toBe(0);
    const began = performance.now();
    expect((await leased(lease.id, nowMs + 10_000)).fence).toBe(lease.fence + 1);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await counter.sum()).toBe(0);
  });

  test("limits that are lower already stay as they are", async () => {
    const low = realPool({
      options: "-c idle_in_transaction_session_timeout=123ms -c statement_timeout=1min",
    });
    const { store, leased } = await setUp(low);
    await postgres.sql(`CREATE TABLE ${table}_limits (idle text, statement text)`);
    const limits = `INSERT INTO ${table}_limits VALUES (current_setting('idle_in_transaction_session_timeout'), current_setting('statement_timeout'))`;
    const timed = rootCall({ timeoutMs: 5_000 });
    await store.transact([{ text: limits }], { lease: await leased(), change }, timed);
    const [row] = await postgres.rows<{ idle: string; statement: string }>(`SELECT * FROM ${table}_limits`);
    expect(row?.idle).toBe("123ms");
    expect(row?.statement).toMatch(/^(?:5s|4\d\d\dms)$/);
    expect((await low.query("SHOW statement_timeout")).rows[0]).toEqual({ statement_timeout: "1min" });
    await low.end();
  });
});

const STALL = "never sent";
/** Sent once both transactions have come to it. */
const MEET = "SELECT 1";

/** A pool whose queries pass through a function of the test. */
function through(
  pool: pg.Pool,
  query: (client: pg.PoolClient, text: string, values: unknown[] | undefined) => Promise<PostgresResult>,
): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect();
      return {
        query: (text, values) => query(client, text, values),
        release: (error) => client.release(error),
        on: (event, listener) => client.on(event, listener),
        off: (event, listener) => client.off(event, listener),
      };
    },
  };
}
