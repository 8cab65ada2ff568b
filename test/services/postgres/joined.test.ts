import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import {
  inTransaction,
  joinTransaction,
  type PostgresPool,
  postgresStore,
} from "holdfast/idempotency/postgres";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { realPool, startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import { broken } from "../../support/scripted-postgres.ts";

type Input = { readonly id: string };
const options = { operation: "op", key: (input: Input) => input.id };
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Something that happens once, and can be waited for. */
function event() {
  let happen = (): void => {};
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return { happen, happened };
}

describe("work and joined transactions on a real PostgreSQL", () => {
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

  /** A transaction as a caller writes it by hand. */
  async function transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  }

  /** A run whose lease ends at once, that adds 1 and waits before its completion; and the run that takes over. */
  async function stale(addOne: string, next: (addOne: string) => Promise<unknown>) {
    const added = event();
    const store = postgresStore({ pool, table });
    const slow = idempotent(
      (_: Input, { unit }) =>
        joinTransaction(unit, (complete) =>
          transaction(async (client) => {
            await client.query(addOne);
            added.happen();
            await next(addOne);
            return complete("slow", (text, values) => client.query(text, values));
          }),
        ),
      { ...options, store },
    );
    const outcome = slow({ id: "1" }, rootCall()).catch((error: unknown) => error);
    await added.happened;
    return outcome;
  }

  async function expire(): Promise<void> {
    await postgres.sql(`UPDATE ${table} SET lease_until_ms = 0`);
  }

  test("a stale run's joined transaction is not committed when another run has completed meanwhile", async () => {
    const [left, right] = [await postgres.newCounter(), await postgres.newCounter()];
    const store = postgresStore({ pool, table });
    const outcome = await stale(left.addOne.text, async () => {
      await expire();
      const quick = idempotent((_: Input, { unit }) => unit.transact([right.addOne], "quick"), {
        ...options,
        store,
      });
      expect(await quick({ id: "1" }, rootCall())).toBe("quick");
    });
    expect(outcome).toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
    expect([await left.sum(), await right.sum()]).toEqual([0, 1]);
  });

  test("two runs that lock record and row crosswise end in one effect: PostgreSQL ends one of them", async () => {
    const counter = await postgres.newCounter();
    const store = postgresStore({ pool, table });
    let second: Promise<unknown> = Promise.resolve();
    const first = await stale(counter.addOne.text, async () => {
      await expire();
      const crossing = idempotent(
        (_: Input, { unit }) =>
          inTransaction(unit, async (query) => {
            await query(counter.addOne.text);
            return "crossing";
          }),
        { ...options, store },
      );
      second = crossing({ id: "1" }, rootCall());
      // It has the record's lock by now, and waits for the row.
      for (let locked = 0; locked === 0; ) {
        await wait(10);
        const waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        locked = (await postgres.rows(waiting)).length;
      }
    });
    expect(first).toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
    expect(await second).toBe("crossing");
    expect(await counter.sum()).toBe(1);
  }, 20_000);

  test("a COMMIT that is under way when its connection breaks is waited for, and found", async () => {
    const counter = await postgres.newCounter();
    await postgres.sql(`
      CREATE FUNCTION ${table}_slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
      CREATE TABLE ${table}_deferred (n integer);
      CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON ${table}_deferred
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${table}_slow()`);
    const breaking: PostgresPool = {
      async connect() {
        const client = await pool.connect();
        return {
          release: (error) => client.release(error),
          query(text, values) {
            const answer = client.query(text, values);
            if (text !== "COMMIT") return answer;
            answer.catch(() => {});
            // Sent, and the connection is closed before it is answered.
            return wait(100).then(() => Promise.reject(broken()));
          },
        };
      },
    };
    let runs = 0;
    const post = idempotent(
      (_: Input, { unit }) =>
        inTransaction(unit, async (query) => {
          await query(counter.addOne.text);
          await query(`INSERT INTO ${table}_deferred VALUES (1)`);
          return ++runs;
        }),
      { ...options, store: postgresStore({ pool: breaking, table }) },
    );
    const began = performance.now();
    expect(await post({ id: "1" }, rootCall())).toBe(1);
    expect(performance.now() - began).toBeGreaterThan(800);
    expect([await counter.sum(), runs]).toEqual([1, 1]);
  });

  test("a process that freezes between completion and COMMIT does not keep the key past its deadline", async () => {
    const counter = await postgres.newCounter();
    const store = postgresStore({ pool, table });
    let thaw = (): void => {};
    const post = idempotent(
      (_: Input, { unit }) =>
        joinTransaction(unit, async (complete) => {
          const client = await pool.connect();
          client.on("error", () => {});
          thaw = () => client.release(true);
          await client.query("BEGIN");
          await client.query(counter.addOne.text);
          await complete("frozen", (text, values) => client.query(text, values));
          return new Promise<never>(() => {});
        }),
      { ...options, store },
    );
    await expect(post({ id: "1" }, rootCall({ timeoutMs: 500 }))).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    await expire();
    const next = idempotent((_: Input, { unit }) => unit.transact([counter.addOne], "next"), {
      ...options,
      store,
    });
    expect(await next({ id: "1" }, rootCall())).toBe("next");
    expect(await counter.sum()).toBe(1);
    thaw();
  });

  test.each(["read committed", "repeatable read", "serializable"])(
    "a transaction at %s takes the record in",
    async (level) => {
      const counter = await postgres.newCounter();
      const post = idempotent(
        (_: Input, { unit }) =>
          joinTransaction(unit, (complete) =>
            transaction(async (client) => {
              await client.query(`SET TRANSACTION ISOLATION LEVEL ${level}`);
              await client.query(counter.addOne.text);
              return complete("done", (text, values) => client.query(text, values));
            }),
          ),
        { ...options, store: postgresStore({ pool, table }) },
      );
      expect([await post({ id: "1" }, rootCall()), await post({ id: "1" }, rootCall())]).toEqual([
        "done",
        "done",
      ]);
      expect(await counter.sum()).toBe(1);
    },
  );
});
