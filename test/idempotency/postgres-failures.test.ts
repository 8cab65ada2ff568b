import { rootCall } from "holdfast";
import { postgresStore } from "holdfast/idempotency/postgres";
import { manualRuntime } from "holdfast/testing";
import { afterEach, describe, expect, test } from "vitest";
import {
  broken,
  failure,
  lost,
  type Reaction,
  type ScriptedPool,
  scriptedPool,
  written,
} from "../support/scripted-postgres.ts";

const lease = { id: "op#key", owner: "a", fence: 7 };
const ending = { lease, change: { state: "COMPLETED", result: "1", atMs: 0, expiresAtMs: 9 } } as const;
const items = [{ text: "first" }, { text: "second", expectRows: 1 }];
const request = {
  id: "op#key",
  owner: "a",
  payloadHash: "p",
  version: 1,
  nowMs: 0,
  leaseUntilMs: 1,
  expiresAtMs: 2,
  takesAbandoned: true,
};
const whole = ["connect", "BEGIN", "record", "first", "second", "COMMIT", "release"];

let clock = manualRuntime();
let pool: ScriptedPool = scriptedPool({});

function setUp(script: Readonly<Record<string, Reaction | readonly Reaction[]>>) {
  clock = manualRuntime();
  pool = scriptedPool(script);
  const store = postgresStore({ pool });
  const outcome = <T>(work: Promise<T>): Promise<T | Error> =>
    clock.run(
      work.catch((error: unknown) => {
        if (error instanceof Error) return error;
        throw error;
      }),
    );
  return {
    store,
    outcome,
    transact: (call = rootCall({ runtime: clock })) => outcome(store.transact(items, ending, call)),
    claim: (call = rootCall({ runtime: clock })) => outcome(store.claim(request, call)),
  };
}

afterEach(() => {
  expect([pool.out, pool.listeners(), clock.pendingTimers], "connections, listeners, timers left").toEqual([
    0, 0, 0,
  ]);
});

describe("a transaction's connection", () => {
  test("is given back for others when all went well", async () => {
    expect(await setUp({}).transact()).toEqual({ written: true });
    expect(pool.log).toEqual(whole);
  });

  test("that cannot be had is the error, and nothing is sent", async () => {
    const refused = failure("ECONNREFUSED");
    expect(await setUp({ connect: refused }).transact()).toBe(refused);
    expect(pool.log).toEqual(["connect"]);
  });

  test("is closed when BEGIN was not answered", async () => {
    const timedOut = new Error("Query read timeout");
    expect(await setUp({ BEGIN: timedOut }).transact()).toBe(timedOut);
    expect(pool.log).toEqual(["connect", "BEGIN", "close"]);
  });

  test("is rolled back and given back when the server refused BEGIN", async () => {
    const refused = failure("53200");
    expect(await setUp({ BEGIN: refused }).transact()).toBe(refused);
    expect(pool.log).toEqual(["connect", "BEGIN", "ROLLBACK", "release"]);
  });

  test("sends no item when the lease is lost, and the record is shown", async () => {
    const answer = await setUp({ record: lost }).transact();
    expect(answer).toMatchObject({ written: false, found: { owner: "b", fence: 7 } });
    expect(pool.log).toEqual(["connect", "BEGIN", "record", "ROLLBACK", "release"]);
  });

  test("is closed when the lost lease could not be rolled back, and the answer stays what it was", async () => {
    const answer = await setUp({ record: lost, ROLLBACK: failure("XX000") }).transact();
    expect(answer).toMatchObject({ written: false, found: { owner: "b" } });
    expect(pool.log.slice(-2)).toEqual(["ROLLBACK", "close"]);
  });

  test("is rolled back when an item is refused by the server, whose error stays as it is", async () => {
    const duplicate = failure("23505");
    expect(await setUp({ first: duplicate }).transact()).toBe(duplicate);
    expect(pool.log).toEqual(["connect", "BEGIN", "record", "first", "ROLLBACK", "release"]);
  });

  test("is rolled back when an item changed another number of rows, and the error names the item", async () => {
    const error = await setUp({ second: { rows: [], rowCount: 0 } }).transact();
    expect(error).toMatchObject({ code: "IDEMPOTENCY_ITEM_REFUSED", retryable: false });
    expect((error as Error).message).toMatch(/item 2 changed 0 rows, where expectRows is 1/);
    expect(pool.log.slice(-2)).toEqual(["ROLLBACK", "release"]);
  });

  test("is closed when the rollback after a failed item fails as well, and the item's error is the one", async () => {
    const duplicate = failure("23505");
    expect(await setUp({ first: duplicate, ROLLBACK: new Error("no") }).transact()).toBe(duplicate);
    expect(pool.log.slice(-2)).toEqual(["ROLLBACK", "close"]);
  });

  test("is closed without a rollback when an item was not answered: the server may still be at it", async () => {
    const timedOut = new Error("Query read timeout");
    expect(await setUp({ first: timedOut }).transact()).toBe(timedOut);
    expect(pool.log.slice(-2)).toEqual(["first", "close"]);
  });

  test("that breaks before COMMIT was sent is replaced, and everything goes again", async () => {
    expect(await setUp({ second: [broken(), { rows: [], rowCount: 1 }] }).transact()).toEqual({
      written: true,
    });
    expect(pool.log).toEqual(["connect", "BEGIN", "record", "first", "second", "close", ...whole]);
  });

  describe("that breaks at COMMIT", () => {
    const looked = [...whole.slice(0, -1), "close", "connect", "record", "release"];
    const ended = { rows: [{ ...lost.rows[0], owner: "a", state: "COMPLETED", result: "1" }] };

    test("goes again when the record shows that nothing was applied", async () => {
      expect(await setUp({ COMMIT: [broken(), written] }).transact()).toEqual({ written: true });
      expect(pool.log).toEqual([...looked, ...whole]);
    });

    test("is a success when the record shows that it was applied, and nothing goes again", async () => {
      const script = { COMMIT: broken(), record: [written, ended] };
      expect(await setUp(script).transact()).toEqual({ written: true });
      expect(pool.log).toEqual(looked);
    });

    test("has lost the lease when the record is another's", async () => {
      const answer = await setUp({ COMMIT: broken(), record: [written, lost] }).transact();
      expect(answer).toMatchObject({ written: false, found: { owner: "b" } });
      expect(pool.log).toEqual(looked);
    });

    test("is the error when the record cannot be had, and nothing goes again: it may have been applied", async () => {
      const error = broken();
      const script = { COMMIT: error, record: [written, failure("42P01")] };
      expect(await setUp(script).transact()).toBe(error);
      expect(pool.log).toEqual(looked);
    });

    test("is the error without an ending: there is no record to ask", async () => {
      const error = broken();
      const { store, outcome } = setUp({ COMMIT: error });
      expect(await outcome(store.transact(items, undefined, rootCall({ runtime: clock })))).toBe(error);
      expect(pool.log).toEqual(["connect", "BEGIN", "first", "second", "COMMIT", "close"]);
    });
  });

  test("goes again after a conflict, and the error is the last one's when there are too many", async () => {
    for (const code of ["40001", "40P01"]) {
      for (const at of ["record", "first", "COMMIT"]) {
        const good = at === "record" ? written : { rows: [], rowCount: 1 };
        const some = [failure(code), failure(code), good];
        expect(await setUp({ [at]: some }).transact(), `${code} at ${at}`).toEqual({ written: true });
        expect(pool.log.filter((name) => name === "release")).toHaveLength(3);
        const always = failure(code);
        expect(await setUp({ [at]: always }).transact()).toBe(always);
        expect(pool.log.filter((name) => name === "release")).toHaveLength(7);
      }
    }
  });

  test("that breaks in a repeat after a conflict at COMMIT is replaced: that COMMIT was answered", async () => {
    const script = { COMMIT: [failure("40001"), written], first: [written, broken(), written] };
    expect(await setUp(script).transact()).toEqual({ written: true });
    expect(pool.log.filter((name) => name === "BEGIN")).toHaveLength(3);
  });

  test("is given back before the wait for the next try", async () => {
    const { store, outcome } = setUp({ first: [failure("40001"), written] });
    const done = outcome(store.transact(items, ending, rootCall({ runtime: clock })));
    expect(pool.log.filter((name) => name === "release").length).toBeLessThanOrEqual(1);
    await done;
    expect(pool.log.indexOf("release")).toBeLessThan(pool.log.lastIndexOf("connect"));
  });

  test("without an ending takes the items alone, and without anything asks nobody", async () => {
    const { store, outcome } = setUp({});
    expect(await outcome(store.transact([], undefined, rootCall()))).toEqual({ written: true });
    expect(pool.log).toEqual([]);
    expect(await outcome(store.transact(items, undefined, rootCall()))).toEqual({ written: true });
    expect(pool.log).toEqual(["connect", "BEGIN", "first", "second", "COMMIT", "release"]);
  });
});

describe("the end of the call", () => {
  test("before anything was sent sends nothing", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    const { transact, claim } = setUp({});
    for (const work of [transact, claim]) {
      expect(await work(rootCall({ runtime: clock, signal }))).toMatchObject({ message: "enough" });
    }
    expect(pool.log).toEqual([]);
  });

  test.each(["BEGIN", "record", "first", "COMMIT"])(
    "during %s rejects at once, and closes the connection",
    async (at) => {
      const { transact } = setUp({ [at]: "hang" });
      const error = await transact(rootCall({ runtime: clock, timeoutMs: 1_000 }));
      expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" });
      expect(pool.log.slice(-2)).toEqual([at, "close"]);
    },
  );

  test("during a single statement closes its connection", async () => {
    const { claim } = setUp({ record: "hang" });
    expect(await claim(rootCall({ runtime: clock, timeoutMs: 1_000 }))).toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(pool.log).toEqual(["connect", "record", "close"]);
  });

  test("while the pool has no connection rejects, and gives one that comes late back unused", async () => {
    const { store, outcome } = setUp({});
    let arrive = (): void => {};
    const slow = {
      connect: async () => {
        await new Promise<void>((resolve) => {
          arrive = resolve;
        });
        return pool.connect();
      },
    };
    const waiting = postgresStore({ pool: slow }).claim(
      request,
      rootCall({ runtime: clock, timeoutMs: 1_000 }),
    );
    expect(await outcome(waiting)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    arrive();
    await store.read("op#key", rootCall());
    expect(pool.log).toEqual(expect.arrayContaining(["connect", "release"]));
    expect(pool.log.filter((name) => name === "record")).toHaveLength(1);
  });

  test("that came while the process was frozen is seen before the next query: no COMMIT is sent", async () => {
    const { outcome } = setUp({});
    const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
    const connect = async () => {
      const client = await pool.connect();
      const { query } = client;
      client.query = async (text) => {
        const answer = await query(text);
        if (text === "second") clock.jump(60_000);
        return answer;
      };
      return client;
    };
    const error = await outcome(postgresStore({ pool: { connect } }).transact(items, ending, call));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(pool.log).toEqual(["connect", "BEGIN", "record", "first", "second", "close"]);
  });

  test("that came while a connection was made sends nothing through it, and leaves it to others", async () => {
    const { outcome } = setUp({});
    const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
    const connect = async () => {
      const client = await pool.connect();
      clock.jump(60_000);
      return client;
    };
    const error = await outcome(postgresStore({ pool: { connect } }).claim(request, call));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(pool.log).toEqual(["connect", "release"]);
  });

  test("that comes with an answer at the same moment leaves no open transaction behind", async () => {
    const abort = new AbortController();
    const { outcome } = setUp({});
    const connect = async () => {
      const client = await pool.connect();
      return {
        ...client,
        release: client.release,
        async query(text: string) {
          if (text === "second") abort.abort(new Error("enough"));
          return client.query(text);
        },
      };
    };
    const call = rootCall({ runtime: clock, signal: abort.signal });
    const error = await outcome(postgresStore({ pool: { connect } }).transact(items, ending, call));
    expect(error).toMatchObject({ message: "enough" });
    expect(pool.log).not.toContain("COMMIT");
    expect(pool.log.at(-1)).toBe("close");
  });
});

describe("a single statement", () => {
  test("goes again when its connection breaks, or others were at the record", async () => {
    for (const passing of [
      broken(),
      failure("ECONNRESET"),
      failure("EPIPE"),
      failure("57P01"),
      failure("40001"),
    ]) {
      expect(await setUp({ record: [passing, written] }).claim()).toMatchObject({ claimed: true, fence: 8 });
      expect(pool.log).toEqual([
        "connect",
        "record",
        passing.message === "40001" ? "release" : "close",
        "connect",
        "record",
        "release",
      ]);
    }
  });

  test("whose connection breaks without a query is closed after it, and no listener is left", async () => {
    const { outcome } = setUp({});
    const connect = async () => {
      const client = await pool.connect();
      const { query } = client;
      client.query = (text) => {
        pool.breakNow();
        return query(text);
      };
      return client;
    };
    await outcome(postgresStore({ pool: { connect } }).read("op#key", rootCall()));
    expect(pool.log).toEqual(["connect", "record", "close"]);
  });

  test("that the server refuses gives the connection back, and does not go again", async () => {
    const missing = failure("42P01");
    const { claim, store } = setUp({ record: missing });
    expect(await claim()).toBe(missing);
    expect(pool.log).toEqual(["connect", "record", "release"]);
    expect(store.hint(missing)).toMatch(/postgresTable\("holdfast_idempotency"\)/);
  });

  test("that is answered with no row, or by a record of no known state, is an error and never a new key", async () => {
    expect(await setUp({ record: { rows: [] } }).claim()).toBeInstanceOf(TypeError);
    const odd = { rows: [{ ...lost.rows[0], state: "DONE" }] };
    expect(await setUp({ record: odd }).claim()).toMatchObject({
      message: expect.stringMatching(/unknown state/),
    });
  });
});

test("the hint for a column that is missing says how a table of an earlier version is given its steps", () => {
  const { hint } = postgresStore({ pool: { connect: () => Promise.reject() }, table: "app.records" });
  expect(hint(failure("42703"))).toContain("ALTER TABLE app.records ADD COLUMN steps jsonb");
});

test.each([
  "42P01",
  "42501",
  "42703",
  "42P10",
  "25006",
  "28P01",
  "28000",
  "3D000",
  "53300",
  "ECONNREFUSED",
  "ENOTFOUND",
])("there is a hint for %s", (code) => {
  const { hint } = setUp({}).store;
  expect(hint(failure(code))).toMatch(/[?.:]/);
  expect(hint(failure("XX000"))).toBeUndefined();
  expect(hint(undefined)).toBeUndefined();
});
