import type { PGlite } from "@electric-sql/pglite";
import { rootCall } from "holdfast";
import { idempotent, type Unit } from "holdfast/idempotency";
import {
  type Complete,
  type Completed,
  joinTransaction,
  type PostgresPool,
  postgresStore,
  type RunQuery,
} from "holdfast/idempotency/postgres";
import { manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CallersTransaction, callersTransaction } from "../../support/broken-pool.ts";
import { OUTSIDE, startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
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
const through =
  (tx: CallersTransaction): RunQuery =>
  (text, values) =>
    tx.query(text, values);

describe("a caller's transaction that the record joins", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  }, 30_000);
  afterAll(() => postgres.stop());

  async function setUp(pool: PostgresPool = postgres.pool) {
    const table = await postgres.newTable();
    const counter = await postgres.newCounter();
    const store = postgresStore({ pool, table });
    const works: string[] = [];
    /** A handler that adds 1 in a transaction of its own, and does what the test says with the completion. */
    const handler = (
      last: (tx: CallersTransaction, complete: Complete, unit: Unit) => Promise<unknown>,
      begin = callersTransaction<unknown>,
    ) =>
      idempotent(
        (_: Input, { unit }) =>
          joinTransaction(unit, (complete) => {
            works.push(unit.id);
            const done = begin(postgres.pool, async (tx) => {
              await tx.query(counter.addOne.text);
              return last(tx, complete, unit);
            });
            return done as Promise<Completed<unknown>>;
          }),
        { ...options, store },
      );
    const stateOf = async () =>
      (await postgres.rows<{ state: string }>(`SELECT state FROM ${table}`))[0]?.state;
    return { counter, store, handler, works, stateOf };
  }

  test("is committed with it: the result is the unit's, and a repeat is given it again", async () => {
    const { counter, handler, works, stateOf } = await setUp();
    const post = handler(async (tx, complete) => {
      const { rows } = await tx.query("SELECT 5 AS id");
      return complete(rows[0], through(tx));
    });
    expect([await post({ id: "1" }, rootCall()), await post({ id: "1" }, rootCall())]).toEqual([
      { id: 5 },
      { id: 5 },
    ]);
    expect([await counter.sum(), works.length, await stateOf()]).toEqual([1, 1, "COMPLETED"]);
  });

  test.skipIf(OUTSIDE !== undefined)(
    "of a library's own making does as well, and so does one whose driver answers with the rows alone",
    async () => {
      const { store } = await setUp();
      const db = postgres.inProcess as PGlite;
      await db.exec("CREATE TABLE orders (id serial PRIMARY KEY, total integer)");
      const post = idempotent(
        (input: Input, { unit }) =>
          joinTransaction(unit, (complete) =>
            db.transaction(async (tx) => {
              const insert = "INSERT INTO orders (total) VALUES (5) RETURNING id";
              const { rows } = await tx.query<{ id: number }>(insert);
              return complete({ input: input.id, order: rows[0]?.id }, async (text, values) => {
                return (await tx.query(text, values)).rows;
              });
            }),
          ),
        { ...options, store },
      );
      expect([await post({ id: "a" }, rootCall()), await post({ id: "a" }, rootCall())]).toEqual([
        { input: "a", order: 1 },
        { input: "a", order: 1 },
      ]);
      expect((await db.query("SELECT * FROM orders")).rows).toHaveLength(1);
    },
  );

  describe("whose lease is lost before the completion", () => {
    const takeOver = (store: ReturnType<typeof postgresStore>, id: string) =>
      store.read(id, rootCall()).then(async (seen) => {
        if (seen === undefined) throw new Error("There is no record.");
        const answer = await store.settle({ ...seen, id }, undefined, rootCall());
        expect(answer.written).toBe(true);
      });

    test("is rolled back, and the run has lost its lease", async () => {
      const { counter, store } = await setUp();
      const post = idempotent(
        (_: Input, { unit }) =>
          joinTransaction(unit, async (complete) => {
            await takeOver(store, unit.id);
            return callersTransaction(postgres.pool, async (tx) => {
              await tx.query(counter.addOne.text);
              return complete("late", through(tx));
            });
          }),
        { ...options, store },
      );
      await expect(post({ id: "1" }, rootCall())).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
      expect(await counter.sum()).toBe(0);
    });

    test("is not kept by PostgreSQL though the caller catches the error and commits", async () => {
      const { counter, store } = await setUp();
      const told: unknown[] = [];
      const post = idempotent(
        (_: Input, { unit }) =>
          joinTransaction(unit, async (complete) => {
            await takeOver(store, unit.id);
            return callersTransaction(postgres.pool, async (tx) => {
              await tx.query(counter.addOne.text);
              const failed = await complete("late", through(tx)).catch((error: unknown) => told.push(error));
              return failed as unknown as Completed<string>;
            });
          }),
        { ...options, store },
      );
      await expect(post({ id: "1" }, rootCall())).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
      expect(await counter.sum()).toBe(0);
      expect(String(told[0])).toMatch(/holdfast: this run has lost its lease/);
    });
  });

  test("that is rolled back by its own code rejects with that code's error, and may be tried again, once", async () => {
    const { counter, handler, stateOf } = await setUp();
    const refuse = new Error("no credit");
    let tries = 0;
    const post = handler(async (tx, complete) => {
      const done = await complete(++tries, through(tx));
      if (tries === 1) throw refuse;
      return done;
    });
    await expect(post({ id: "1" }, rootCall())).rejects.toBe(refuse);
    expect([await counter.sum(), await stateOf()]).toEqual([0, "RELEASED"]);
    expect([await post({ id: "1" }, rootCall()), await post({ id: "1" }, rootCall())]).toEqual([2, 2]);
    expect(await counter.sum()).toBe(1);
  });

  test("may be tried again in the same run, by the function", async () => {
    const { counter, store } = await setUp();
    let tries = 0;
    const once = (unit: Unit) =>
      joinTransaction(unit, (complete) =>
        callersTransaction(postgres.pool, async (tx) => {
          await tx.query(counter.addOne.text);
          const done = await complete(++tries, through(tx));
          if (tries === 1) throw failure("40001");
          return done;
        }),
      );
    const post = idempotent((_: Input, { unit }) => once(unit).catch(() => once(unit)), {
      ...options,
      store,
    });
    expect([await post({ id: "1" }, rootCall()), await post({ id: "1" }, rootCall())]).toEqual([2, 2]);
    expect([await counter.sum(), tries]).toEqual([1, 2]);
  });

  test("that ends well without its completion is an error: what it committed stands", async () => {
    const { counter, handler, stateOf } = await setUp();
    const post = handler(async () => "not completed");
    await expect(post({ id: "1" }, rootCall())).rejects.toMatchObject({
      code: "IDEMPOTENCY_NOT_COMPLETED",
      message: expect.stringMatching(/without having completed the record/),
      retryable: false,
    });
    expect([await counter.sum(), await stateOf()]).toEqual([1, "RELEASED"]);
  });

  test("completes once: a second completion is refused, and rolls it back", async () => {
    const { counter, handler } = await setUp();
    const post = handler(async (tx, complete) => {
      await complete(1, through(tx));
      return complete(2, through(tx));
    });
    await expect(post({ id: "1" }, rootCall())).rejects.toMatchObject({ code: "IDEMPOTENCY_TRANSACT_TWICE" });
    expect(await counter.sum()).toBe(0);
  });

  test("is over when its work has settled, though the run goes on: a completion after that sends nothing", async () => {
    const { store, stateOf } = await setUp();
    let asked = 0;
    const post = idempotent(
      async (_: Input, { unit }) => {
        let late: (() => Promise<unknown>) | undefined;
        const failed = joinTransaction(unit, async (complete): Promise<Completed<string>> => {
          late = () =>
            complete("late", async () => {
              asked++;
            });
          throw new Error("no credit");
        });
        await expect(failed).rejects.toThrow("no credit");
        await expect(late?.()).rejects.toMatchObject({
          code: "CALL_ENDED",
          message: expect.stringMatching(/after the work had settled/),
        });
        throw new Error("given up");
      },
      { ...options, store },
    );
    await expect(post({ id: "1" }, rootCall())).rejects.toThrow("given up");
    expect([asked, await stateOf()]).toEqual([0, "RELEASED"]);
  });

  test.each([[undefined], [null], [{}], [{ rows: [] }], [[]], [{ rows: [1, 2] }], [1], [{ rowCount: 1 }]])(
    "is rolled back when its completion is answered with %j: that is no row of PostgreSQL's",
    async (answer) => {
      const { counter, handler } = await setUp();
      const post = handler((_tx, complete) => complete("x", async () => answer));
      await expect(post({ id: "1" }, rootCall())).rejects.toMatchObject({
        code: "IDEMPOTENCY_NOT_COMPLETED",
        message: expect.stringMatching(/did not answer with the query's one row/),
      });
      expect(await counter.sum()).toBe(0);
    },
  );

  test("whose last statement fails unnoticed is not taken for committed, though the driver says that it was", async () => {
    const { counter, handler, stateOf } = await setUp();
    const post = handler(async (tx, complete) => {
      const done = await complete("kept", through(tx));
      await tx.query("SELECT 1 / 0").catch(() => {});
      return done;
    });
    await expect(post({ id: "1" }, rootCall())).rejects.toMatchObject({
      code: "IDEMPOTENCY_NOT_COMPLETED",
      message: expect.stringMatching(/was not committed/),
    });
    expect([await counter.sum(), await stateOf()]).toEqual([0, "RELEASED"]);
  });

  test("whose COMMIT is not answered is a success when it was applied, and rejects when it was not", async () => {
    for (const applied of [true, false]) {
      const { counter, handler, works } = await setUp();
      const post = handler(
        (tx, complete) => complete("kept", through(tx)),
        async (pool, work) => {
          const error = broken();
          const abandon = (): never => {
            throw error;
          };
          return callersTransaction(pool, async (tx) => {
            const result = await work(tx);
            return applied ? result : abandon();
          }).then((result) => (works.length === 1 ? abandon() : result));
        },
      );
      if (applied) expect(await post({ id: "1" }, rootCall())).toBe("kept");
      else await expect(post({ id: "1" }, rootCall())).rejects.toThrow("Connection terminated");
      expect([await counter.sum(), works.length]).toEqual([applied ? 1 : 0, 1]);
    }
  });

  test("whose fate nobody can be asked about rejects, and the next delivery is given what it recorded", async () => {
    let isDown = false;
    const { counter, handler, works } = await setUp({
      connect: () => (isDown ? Promise.reject(failure("53300")) : postgres.pool.connect()),
    });
    const post = handler(
      (tx, complete) => complete("kept", through(tx)),
      async (pool, work) => {
        await callersTransaction(pool, work);
        isDown = true;
        throw broken();
      },
    );
    await expect(post({ id: "1" }, rootCall())).rejects.toThrow("Connection terminated");
    isDown = false;
    expect(await post({ id: "1" }, rootCall())).toBe("kept");
    expect([await counter.sum(), works.length]).toEqual([1, 1]);
  });

  test("is the caller's alone when the kill switch is on: its completion sends nothing", async () => {
    process.env["HOLDFAST_DISABLE"] = "idempotency";
    try {
      const { counter, handler, stateOf } = await setUp();
      const post = handler((_tx, complete) =>
        complete("kept", () => {
          throw new Error("sent");
        }),
      );
      expect(await post({ id: "1" }, rootCall())).toBe("kept");
      expect([await counter.sum(), await stateOf()]).toEqual([1, undefined]);
    } finally {
      delete process.env["HOLDFAST_DISABLE"];
    }
  });
});

describe("the statements of a joined transaction", () => {
  const lease = { id: "op#key", owner: "a", fence: 7 };
  const ended = { rows: [{ ...lost.rows[0], owner: "a", state: "COMPLETED", result: "1" }] };

  /** What comes of a joined transaction: its own connection has one script, the store's another. */
  async function run(
    own: Readonly<Record<string, Reaction | readonly Reaction[]>>,
    store: Readonly<Record<string, Reaction | readonly Reaction[]>> = { record: ended },
    timeoutMs = 60_000,
  ) {
    const clock = manualRuntime();
    const [callers, looks] = [scriptedPool(own), scriptedPool(store)];
    const sent: { text: string; values: readonly unknown[] }[] = [];
    let works = 0;
    let asked = 0;
    const item = {
      join(complete: (run: RunQuery) => Promise<void>) {
        works++;
        return callersTransaction(callers, async (tx) => {
          await tx.query("first");
          await complete((text, values) => {
            sent.push({ text, values });
            return tx.query(text, values);
          });
        });
      },
    };
    const change = async () => {
      asked++;
      return { state: "COMPLETED", result: "1", atMs: 0, expiresAtMs: 9 } as const;
    };
    const call = rootCall({ runtime: clock, timeoutMs });
    const answer = await clock.run(
      postgresStore({ pool: looks })
        .transact([item], { lease, change }, call)
        .catch((error: unknown) => error),
    );
    expect([looks.out, looks.listeners(), clock.pendingTimers]).toEqual([0, 0, 0]);
    return { answer, log: callers.log, looks: looks.log, works, asked, sent };
  }

  const begun = ["connect", "BEGIN", "first"];

  test("end with the completion, and the record is read once they are committed", async () => {
    expect(await run({})).toMatchObject({
      answer: { written: true },
      log: [...begun, "record", "COMMIT", "release"],
      looks: ["connect", "record", "release"],
      asked: 1,
    });
  });

  test("are believed when the record cannot be read: their COMMIT was answered", async () => {
    expect(await run({}, { connect: failure("53300") })).toMatchObject({ answer: { written: true } });
  });

  test("name each value once, in order, so that a driver that writes ? can be used", async () => {
    const { sent } = await run({}, undefined, 5_000);
    const [{ text, values } = { text: "", values: [] }] = sent;
    const places = [...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place));
    expect(places).toEqual(values.map((_, index) => index + 1));
    expect(values.every((value) => value === null || ["string", "number"].includes(typeof value))).toBe(true);
    expect(values).toContain(5_000);
    expect(text).not.toContain("?");
  });

  test.each([
    ["BEGIN", []],
    ["first", []],
    ["record", ["connect", "record", "release"]],
    ["COMMIT", ["connect", "record", "release"]],
  ])("are never sent again: after a conflict at %s the error is the caller's", async (at, looked) => {
    const conflict = failure("40001");
    const { answer, works, looks } = await run({ [at]: conflict }, { record: written });
    expect([answer, works, looks]).toEqual([conflict, 1, looked]);
  });

  test("whose COMMIT broke are a success when the record shows them, and another's record is a lost lease", async () => {
    expect((await run({ COMMIT: broken() })).answer).toEqual({ written: true });
    expect((await run({ COMMIT: broken() }, { record: lost })).answer).toMatchObject({
      written: false,
      found: { owner: "b" },
    });
  });

  test("whose completion was refused are this run's own when an earlier send of it had been applied", async () => {
    const { answer } = await run({ record: failure("22P02") });
    expect(answer).toMatchObject({ written: false, found: { owner: "a", state: "COMPLETED", result: "1" } });
  });

  test.each(["BEGIN", "first", "record", "COMMIT"])(
    "stop at %s when the process does: the call's end rejects, and the record is not asked any more",
    async (at) => {
      const { answer, looks } = await run({ [at]: "hang" }, undefined, 1_000);
      expect(answer).toMatchObject({ code: "DEADLINE_EXCEEDED" });
      expect(looks).toEqual([]);
    },
  );

  test("are not completed once the call is over", async () => {
    const clock = manualRuntime();
    const looks = scriptedPool({});
    const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
    let sends = 0;
    const item = {
      async join(complete: (run: RunQuery) => Promise<void>) {
        clock.jump(60_000);
        await complete(async () => {
          sends++;
        });
      },
    };
    const ending = { lease, change: { state: "COMPLETED" } } as const;
    const answer = postgresStore({ pool: looks }).transact([item], ending, call);
    await expect(clock.run(answer)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect([sends, looks.log]).toEqual([0, []]);
  });

  test("take no items beside them", async () => {
    const looks = scriptedPool({});
    const join = async () => {};
    await expect(
      postgresStore({ pool: looks }).transact([{ join }, { text: "first" }], undefined, rootCall()),
    ).rejects.toMatchObject({ code: "INVALID_OPTION" });
    expect(looks.log).toEqual([]);
  });
});
