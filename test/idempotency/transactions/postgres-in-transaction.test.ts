import { RetryableError, rootCall } from "holdfast";
import { idempotent, type Unit } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { memoryStore } from "holdfast/idempotency/memory";
import {
  inTransaction,
  joinTransaction,
  postgresStore,
  type TransactionQuery,
} from "holdfast/idempotency/postgres";
import { manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import {
  broken,
  failure,
  lost,
  type Reaction,
  scriptedPool,
  written,
} from "../../support/scripted-postgres.ts";

type Input = { readonly id: string };
const options = { operation: "op", key: (input: Input) => input.id };

describe("work inside the store's transaction", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  }, 30_000);
  afterAll(() => postgres.stop());

  async function setUp() {
    const table = await postgres.newTable();
    const counter = await postgres.newCounter();
    const store = postgresStore({ pool: postgres.pool, table });
    const runs: Input[] = [];
    const handler = <T>(work: (query: TransactionQuery, unit: Unit) => Promise<T>) =>
      idempotent(
        async (input: Input, { unit }) => {
          runs.push(input);
          return inTransaction(unit, (query) => work(query, unit));
        },
        { ...options, store },
      );
    return { table, counter, store, handler, runs };
  }

  test("may use the rows of its earlier queries, and what it returns is the unit's result, once", async () => {
    const { counter, handler, runs } = await setUp();
    const post = handler(async (query) => {
      const { rows } = await query<{ n: number }>(`${counter.addOne.text} RETURNING n`);
      const { rows: doubled } = await query("SELECT $1::int * 2 AS twice", [rows[0]?.n]);
      return { n: rows[0]?.n, twice: doubled[0]?.["twice"] };
    });
    const first = await post({ id: "1" }, rootCall());
    expect([first, await post({ id: "1" }, rootCall())]).toEqual([
      { n: 1, twice: 2 },
      { n: 1, twice: 2 },
    ]);
    expect([await counter.sum(), runs.length]).toEqual([1, 1]);
  });

  test("that throws leaves nothing behind, its error reaches the function, and the function may go on", async () => {
    const { counter, store } = await setUp();
    const refuse = new Error("the customer has no credit");
    const post = idempotent(
      async (_: Input, { unit }) => {
        const refused = inTransaction(unit, async (query) => {
          await query(counter.addOne.text);
          throw refuse;
        });
        await expect(refused).rejects.toBe(refuse);
        expect(await counter.sum()).toBe(0);
        return inTransaction(unit, async (query) => {
          await query(counter.addOne.text);
          return "on account";
        });
      },
      { ...options, store },
    );
    expect([await post({ id: "1" }, rootCall()), await post({ id: "1" }, rootCall())]).toEqual([
      "on account",
      "on account",
    ]);
    expect(await counter.sum()).toBe(1);
  });

  test("whose lease is lost is not begun, and leaves nothing", async () => {
    const { counter, store } = await setUp();
    const clock = manualRuntime();
    let begun = 0;
    const post = idempotent(
      async (_: Input, { unit }) => {
        const seen = await store.read(unit.id, rootCall());
        if (seen === undefined) throw new Error("There is no record.");
        // A person has deleted it.
        await store.settle({ ...seen, id: unit.id }, undefined, rootCall());
        return inTransaction(unit, async (query) => {
          begun++;
          await query(counter.addOne.text);
        });
      },
      { ...options, store },
    );
    await expect(post({ id: "1" }, rootCall({ runtime: clock }))).rejects.toMatchObject({
      code: "IDEMPOTENCY_LEASE_LOST",
    });
    expect([begun, await counter.sum()]).toEqual([0, 0]);
  });

  test("gives up when a query failed, though the work has caught that: PostgreSQL has given up as well", async () => {
    const { counter, handler } = await setUp();
    const post = handler(async (query) => {
      await query(counter.addOne.text);
      await query("SELECT 1 / 0").catch(() => {});
      return "well";
    });
    await expect(post({ id: "1" }, rootCall())).rejects.toMatchObject({ code: "22012" });
    expect(await counter.sum()).toBe(0);
  });

  test("gives up when a query failed that nobody awaited", async () => {
    const { counter, handler } = await setUp();
    const post = handler(async (query) => {
      void query("SELECT 1 / 0");
      void query(counter.addOne.text);
      // By now a rejection that nobody hears would end the process.
      await new Promise((resolve) => setImmediate(resolve));
    });
    await expect(post({ id: "1" }, rootCall())).rejects.toMatchObject({ code: "22012" });
    expect(await counter.sum()).toBe(0);
  });

  test("asks nothing more once it has settled, though the run goes on: its connection is another's", async () => {
    const { counter, store } = await setUp();
    let late: TransactionQuery | undefined;
    const post = idempotent(
      async (_: Input, { unit }) => {
        const failed = inTransaction(unit, async (query) => {
          late = query;
          throw new Error("no credit");
        });
        await expect(failed).rejects.toThrow("no credit");
        await expect(late?.(counter.addOne.text)).rejects.toMatchObject({
          code: "CALL_ENDED",
          message: expect.stringMatching(/after the work had settled/),
        });
      },
      { ...options, store },
    );
    await post({ id: "1" }, rootCall());
    expect(await counter.sum()).toBe(0);
  });

  test.each(["COMMIT", " rollback", "SAVEPOINT a", "begin", "/* a * b */ -- c\n COMMIT"])(
    "leaves the transaction to the store: %s is refused",
    async (text) => {
      const { counter, handler } = await setUp();
      const post = handler(async (query) => {
        await query(counter.addOne.text);
        await query(text);
      });
      await expect(post({ id: "1" }, rootCall())).rejects.toThrow(/leave the transaction to the store/);
      expect(await counter.sum()).toBe(0);
    },
  );

  test("takes a text for a query", async () => {
    const { handler } = await setUp();
    const post = handler((query) => query({ text: "SELECT 1" } as never));
    await expect(post({ id: "1" }, rootCall())).rejects.toThrow(/takes the statement's text/);
  });

  test("is applied alone when the kill switch is on: no record, and its result", async () => {
    const { counter, table } = await setUp();
    process.env["HOLDFAST_DISABLE"] = "idempotency";
    try {
      const store = postgresStore({ pool: postgres.pool, table });
      const post = idempotent(
        (_: Input, { unit }) =>
          inTransaction(unit, async (query) => {
            await query(counter.addOne.text);
            return "added";
          }),
        { ...options, store },
      );
      expect([await post({ id: "1" }, rootCall()), await post({ id: "1" }, rootCall())]).toEqual([
        "added",
        "added",
      ]);
    } finally {
      delete process.env["HOLDFAST_DISABLE"];
    }
    expect(await counter.sum()).toBe(2);
    expect(await postgres.rows(`SELECT id FROM ${table}`)).toEqual([]);
  });
});

describe("the work's statements", () => {
  const lease = { id: "op#key", owner: "a", fence: 7 };
  const whole = ["connect", "BEGIN", "record", "first", "second", "record", "COMMIT", "release"];

  /** What comes of work of two queries under a script. */
  async function run(script: Readonly<Record<string, Reaction | readonly Reaction[]>>, timeoutMs = 60_000) {
    const clock = manualRuntime();
    const pool = scriptedPool(script);
    let runs = 0;
    const item = {
      async work(query: TransactionQuery) {
        runs++;
        await query("first");
        await query("second");
      },
    };
    const change = async () =>
      ({ state: "COMPLETED", result: String(runs), atMs: 0, expiresAtMs: 9 }) as const;
    const call = rootCall({ runtime: clock, timeoutMs });
    const answer = await clock.run(
      postgresStore({ pool })
        .transact([item], { lease, change }, call)
        .catch((error: unknown) => error),
    );
    expect([pool.out, pool.listeners(), clock.pendingTimers]).toEqual([0, 0, 0]);
    return { answer, log: pool.log, runs };
  }

  test("lock the record first, and complete it last", async () => {
    expect(await run({})).toEqual({ answer: { written: true }, log: whole, runs: 1 });
  });

  test("are not sent when the lease is lost", async () => {
    const { answer, log, runs } = await run({ record: lost });
    expect(answer).toMatchObject({ written: false, found: { owner: "b" } });
    expect([log, runs]).toEqual([["connect", "BEGIN", "record", "ROLLBACK", "release"], 0]);
  });

  test.each(["BEGIN", "record", "first", "second", "COMMIT"])(
    "stop at %s when the process does: the connection is closed, and nothing was committed",
    async (at) => {
      const { answer, log } = await run({ [at]: "hang" }, 1_000);
      expect(answer).toMatchObject({ code: "DEADLINE_EXCEEDED" });
      expect(log.slice(-2)).toEqual([at, "close"]);
    },
  );

  test("stop at the completion when the process does", async () => {
    const { answer, log } = await run({ record: [written, "hang"] }, 1_000);
    expect(answer).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(log).toEqual([...whole.slice(0, 6), "close"]);
  });

  test("are rolled back by an error of the server's, which reaches the caller", async () => {
    const duplicate = failure("23505");
    const { answer, log, runs } = await run({ second: duplicate });
    expect(answer).toBe(duplicate);
    expect([log.slice(-2), runs]).toEqual([["ROLLBACK", "release"], 1]);
  });

  test("go again, the work with them, after a conflict and after a connection broke before COMMIT", async () => {
    for (const passing of [failure("40001"), failure("40P01"), broken()]) {
      const { answer, runs, log } = await run({ second: [passing, written] });
      expect([answer, runs]).toEqual([{ written: true }, 2]);
      expect(log.slice(-whole.length)).toEqual(whole);
    }
  });

  test("do not go again after an error of the work's own, however it calls it", async () => {
    const error = new RetryableError("not now");
    const clock = manualRuntime();
    const pool = scriptedPool({});
    const store = postgresStore({ pool });
    const work = () => Promise.reject(error);
    const failing = store.transact([{ work }], undefined, rootCall({ runtime: clock }));
    await expect(clock.run(failing)).rejects.toBe(error);
    expect(pool.log).toEqual(["connect", "BEGIN", "ROLLBACK", "release"]);
  });

  test("end with the call, though the work waits for something else: the connection is closed", async () => {
    const clock = manualRuntime();
    const pool = scriptedPool({});
    const work = async (query: TransactionQuery) => {
      await query("first");
      await new Promise(() => {});
    };
    const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
    const stuck = postgresStore({ pool }).transact([{ work }], undefined, call);
    await expect(clock.run(stuck)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(pool.log).toEqual(["connect", "BEGIN", "first", "close"]);
  });
});

describe("another store", () => {
  const calls = [
    (unit: Unit) => inTransaction(unit, async () => "never"),
    (unit: Unit) => joinTransaction(unit, (complete) => complete("never", async () => [])),
  ];

  test("refuses such work, and nothing is done", async () => {
    const transport = {
      async call() {
        return { Attributes: {} };
      },
    };
    const stores = [
      { store: memoryStore(), code: "IDEMPOTENCY_TRANSACT_UNSUPPORTED" },
      { store: dynamoDBStore({ transport, tableName: "T" }), code: "INVALID_OPTION" },
    ];
    for (const { store, code } of stores) {
      for (const [index, work] of calls.entries()) {
        const post = idempotent((_: Input, { unit }) => work(unit), { ...options, store });
        await expect(post({ id: `${index}` }, rootCall())).rejects.toMatchObject({ code });
      }
    }
  });

  test("is not asked when what was given is no unit, or no function", () => {
    for (const call of [inTransaction, joinTransaction]) {
      for (const [unit, work] of [
        [undefined, async () => 1],
        [{ transact: async () => 1 }, undefined],
      ]) {
        expect(() => call(unit as never, work as never)).toThrow(/it takes the call's unit, and a function/);
      }
    }
  });
});
