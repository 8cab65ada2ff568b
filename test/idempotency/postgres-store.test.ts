import { rootCall } from "holdfast";
import { idempotent, type Unit } from "holdfast/idempotency";
import { type PostgresPool, postgresStore, postgresTable, purgeExpired } from "holdfast/idempotency/postgres";
import { manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { broken } from "../support/scripted-postgres.ts";

const nowMs = 1_800_000_000_000;
const call = rootCall();
const request = {
  id: "op#key",
  owner: "a",
  payloadHash: "p",
  version: 1,
  nowMs,
  leaseUntilMs: nowMs + 10_000,
  expiresAtMs: nowMs + 60_000,
  takesAbandoned: true,
};

describe("PostgreSQL store", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  }, 30_000);
  afterAll(() => postgres.stop());

  async function setUp(pool: PostgresPool = postgres.pool) {
    const table = await postgres.newTable();
    return { table, store: postgresStore({ pool, table }), counter: await postgres.newCounter() };
  }

  describe("a lost reply to COMMIT", () => {
    /** The server commits, and nobody hears of it, the first time. */
    function losingCommit(): PostgresPool & { lost: number } {
      return {
        lost: 0,
        async connect() {
          const client = await postgres.pool.connect();
          return {
            ...client,
            release: (error) => client.release(error),
            query: async (text, values) => {
              const answer = await client.query(text, values);
              if (text !== "COMMIT" || this.lost++ > 0) return answer;
              throw broken();
            },
          };
        },
      };
    }

    async function handler(transact: (unit: Unit, item: object) => Promise<string>) {
      const pool = losingCommit();
      const { store, counter } = await setUp(pool);
      let runs = 0;
      const handle = idempotent(
        async (_order: { readonly id: string }, { unit }) => {
          runs++;
          return transact(unit, counter.addOne);
        },
        { store, operation: "op", key: (order) => order.id },
      );
      return { handle: () => handle({ id: "1" }, rootCall()), pool, counter, runs: () => runs };
    }

    test("is found out by the record: the run is through, and so is its next delivery", async () => {
      const { handle, pool, counter, runs } = await handler((unit, item) => unit.transact([item], "stored"));
      expect([await handle(), await handle()]).toEqual(["stored", "stored"]);
      expect([await counter.sum(), runs(), pool.lost]).toEqual([1, 1, 1]);
    });

    test("repeats the effect where there is no record: the control of the tests above", async () => {
      const pool = losingCommit();
      const { store, counter } = await setUp(pool);
      const send = () => store.transact([counter.addOne], undefined, rootCall());
      await expect(send()).rejects.toThrow("Connection terminated");
      await send();
      expect(await counter.sum()).toBe(2);
    });
  });

  test("results come back whatever characters they hold: JSON writes NUL and lone surrogates as escapes", async () => {
    const { store } = await setUp();
    const given = { text: "a\0b \ud800 $1 '", zero: 0 };
    const handle = idempotent(async (_: { readonly id: string }) => given, {
      store,
      operation: "op",
      key: (input) => input.id,
    });
    await handle({ id: "1" }, rootCall());
    expect(await handle({ id: "1" }, rootCall())).toEqual(given);
  });

  test("steps come back from a client that parses JSON, and from one that leaves it as text", async () => {
    const { table } = await setUp();
    const asText: PostgresPool = {
      async connect() {
        const client = await postgres.pool.connect();
        return {
          release: (error) => client.release(error),
          async query(text, values) {
            const answer = await client.query(text, values);
            const rows = answer.rows.map((row) =>
              "steps" in row && row.steps !== null ? { ...row, steps: JSON.stringify(row.steps) } : row,
            );
            return { ...answer, rows };
          },
        };
      },
    };
    const [store, other] = [postgres.pool, asText].map((pool) => postgresStore({ pool, table }));
    await store?.claim(request, call);
    const steps = { charge: '{"id":"a\\u0000b"}', state: "" };
    await store?.write({ id: "op#key", owner: "a", fence: nowMs + 1 }, { steps }, call);
    expect((await store?.read("op#key", call))?.steps).toEqual(steps);
    expect((await other?.read("op#key", call))?.steps).toEqual(steps);
  });

  test("a table that has no column for steps is known at the claim, before anything runs", async () => {
    const { table, store } = await setUp();
    await postgres.sql(`ALTER TABLE ${table} DROP COLUMN steps`);
    const error: unknown = await store.claim(request, call).catch((thrown: unknown) => thrown);
    expect(store.hint(error)).toContain(`ALTER TABLE ${table} ADD COLUMN steps jsonb`);
    await postgres.sql(`ALTER TABLE ${table} ADD COLUMN steps jsonb`);
    expect((await store.claim(request, call)).claimed).toBe(true);
  });

  test("times may have fractions: nothing ends early", async () => {
    const { store } = await setUp();
    await store.claim(
      { ...request, nowMs: nowMs + 0.5, leaseUntilMs: nowMs + 1.1, expiresAtMs: nowMs + 2.1 },
      call,
    );
    const record = await store.read("op#key", call);
    expect(record).toMatchObject({
      atMs: nowMs,
      fence: nowMs + 1,
      leaseUntilMs: nowMs + 2,
      expiresAtMs: nowMs + 3,
    });
  });

  test("a takeover tells what it took over, and a new key that there was nothing", async () => {
    const { store } = await setUp();
    expect(await store.claim(request, call)).toEqual({ claimed: true, fence: nowMs + 1, took: undefined });
    const next = await store.claim({ ...request, owner: "b", nowMs: nowMs + 10_000 }, call);
    expect(next).toMatchObject({
      claimed: true,
      took: { owner: "a", state: "IN_PROGRESS", fence: nowMs + 1 },
    });
  });

  test("a takeover leaves nothing of the run before: a result that a person had noted goes", async () => {
    const { store } = await setUp();
    await store.claim(request, call);
    await store.write(
      { id: "op#key", owner: "a", fence: nowMs + 1 },
      { state: "RELEASED", result: "noted" },
      call,
    );
    expect(await store.claim({ ...request, owner: "b" }, call)).toMatchObject({ took: { result: "noted" } });
    expect(await store.read("op#key", call)).not.toHaveProperty("result");
  });

  test("an item is refused that is no query, before anything is sent", async () => {
    const { store } = await setUp();
    for (const wrong of [
      {},
      { Put: {} },
      { text: 5 },
      { text: "SELECT 1", values: 1 },
      { text: "SELECT 1", expectRows: -1 },
      { text: "SELECT 1", expectRows: 0.5 },
      null as unknown as object,
      "SELECT 1" as unknown as object,
    ]) {
      const items = [{ text: "SELECT 1" }, wrong];
      await expect(store.transact(items, undefined, call)).rejects.toMatchObject({ code: "INVALID_OPTION" });
      await expect(store.transact(items, undefined, call)).rejects.toThrow(/item 2 must be { text/);
    }
  });

  test("expectRows counts changed rows, and returned ones", async () => {
    const { store, counter } = await setUp();
    const values = { text: "SELECT $1::int UNION ALL SELECT 2", values: [1], expectRows: 2 };
    await store.transact([values, { ...counter.addOne, expectRows: 1 }], undefined, call);
    await expect(store.transact([{ ...values, expectRows: 1 }], undefined, call)).rejects.toThrow(
      /item 1 changed 2/,
    );
    expect(await counter.sum()).toBe(1);
  });

  describe("the table", () => {
    test.each(['"Odd ""name""; --"', "Select", "app_schema.records", 'app_schema."My.Records"'])(
      "may be called %s, and making it twice changes nothing",
      async (table) => {
        await postgres.sql("CREATE SCHEMA IF NOT EXISTS app_schema");
        await postgres.sql(postgresTable(table));
        await postgres.sql(postgresTable(table));
        const store = postgresStore({ pool: postgres.pool, table });
        expect(await store.claim(request, call)).toMatchObject({ claimed: true });
        expect(await store.claim(request, call)).toMatchObject({ claimed: false, found: { owner: "a" } });
      },
    );

    test("without quotation marks is in lower case, as everywhere in PostgreSQL", async () => {
      await postgres.sql(postgresTable("Mixed_Case"));
      expect(await postgres.rows("SELECT * FROM mixed_case")).toEqual([]);
    });

    test.each([
      "",
      "a.b.c",
      "a b",
      "a;b",
      'a"b',
      '"',
      '""',
      "a.",
      ".a",
      "1a",
      "é",
      `"${"é".repeat(28)}"`,
      "x".repeat(56),
      5,
    ])("cannot be called %s", (table) => {
      const options = { pool: postgres.pool, table: table as string };
      expect(() => postgresStore(options)).toThrow(/postgresStore: /);
      expect(() => postgresTable(table as string)).toThrow(/postgresTable: /);
    });

    test("that is not there is an error with a hint", async () => {
      const store = postgresStore({ pool: postgres.pool, table: "nowhere" });
      const error = await store.claim(request, call).catch((cause: unknown) => cause);
      expect(store.hint(error)).toContain('postgresTable("nowhere")');
    });
  });

  test.each([undefined, {}, { pool: {} }, { pool: null }, { pool: { connect() {} }, tabel: "x" }])(
    "wrong options are refused: %j",
    (options) => {
      expect(() => postgresStore(options as never)).toThrow(/postgresStore: /);
    },
  );

  describe("purging", () => {
    async function filled(count: number, expiresAtMs: number) {
      const { table, store } = await setUp();
      const states = ["IN_PROGRESS", "UNKNOWN", "COMPLETED", "RELEASED"] as const;
      for (let n = 0; n < count; n++) {
        const id = `op#${n}`;
        await store.claim({ ...request, id, expiresAtMs }, call);
        const state = states[n % states.length];
        if (state !== undefined && state !== "IN_PROGRESS") {
          await store.write({ id, owner: "a", fence: nowMs + 1 }, { state }, call);
        }
      }
      const left = async () => (await postgres.rows(`SELECT id FROM ${table}`)).length;
      return { table, left, options: { pool: postgres.pool, table } };
    }
    const at = (ms: number) => rootCall({ runtime: manualRuntime({ startMs: ms }) });

    test("deletes what expired a minute ago, in batches until none is left, and says how many", async () => {
      const { options, left } = await filled(9, nowMs);
      expect(await purgeExpired({ ...options, batchSize: 3 }, at(nowMs + 60_000))).toBe(9);
      expect(await left()).toBe(0);
    });

    test("leaves whatever has not expired for that long, of any state", async () => {
      const { options, left } = await filled(8, nowMs);
      expect(await purgeExpired(options, at(nowMs + 59_999))).toBe(0);
      expect(await left()).toBe(8);
      expect(await purgeExpired({ ...options, graceMs: 0 }, at(nowMs - 1))).toBe(0);
      expect(await purgeExpired({ ...options, graceMs: 0 }, at(nowMs))).toBe(8);
    });

    test("goes on from where it was when its call ended between two batches", async () => {
      const { options, left } = await filled(6, nowMs);
      const abort = new AbortController();
      const signalled = rootCall({
        runtime: manualRuntime({ startMs: nowMs + 60_000 }),
        signal: abort.signal,
      });
      const pool: PostgresPool = {
        async connect() {
          const client = await postgres.pool.connect();
          return {
            release(error) {
              client.release(error);
              abort.abort(new Error("enough"));
            },
            query: (text, values) => client.query(text, values),
          };
        },
      };
      await expect(purgeExpired({ ...options, pool, batchSize: 2 }, signalled)).rejects.toThrow("enough");
      expect(await left()).toBe(4);
      expect(await purgeExpired({ ...options, batchSize: 2 }, at(nowMs + 60_000))).toBe(4);
    });

    test("refuses wrong options", async () => {
      const pool = postgres.pool;
      for (const wrong of [
        { batchSize: 0 },
        { batchSize: 1.5 },
        { graceMs: -1 },
        { table: "a b" },
        { limit: 1 },
      ]) {
        await expect(purgeExpired({ pool, ...wrong }, call)).rejects.toMatchObject({
          code: "INVALID_OPTION",
        });
      }
    });
  });
});
