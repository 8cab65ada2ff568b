import { type Runtime, rootCall } from "holdfast";
import { idempotent, type Unit } from "holdfast/idempotency";
import {
  inTransaction,
  joinTransaction,
  type PostgresPool,
  postgresStore,
} from "holdfast/idempotency/postgres";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Break, breakingPool, callersTransaction } from "../../support/broken-pool.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";

/** A way to add 1 once: `addOne` is a statement that adds 1 each time. */
type Way = (unit: Unit, pool: PostgresPool, addOne: string) => Promise<string>;

const ways: Readonly<Record<string, Way>> = {
  items: (unit, _pool, addOne) => unit.transact([{ text: addOne }], "added"),
  inTransaction: (unit, _pool, addOne) =>
    inTransaction(unit, async (query) => {
      const { rows } = await query<{ n: number }>(`${addOne} RETURNING n`);
      expect(rows[0]?.n).toBeGreaterThan(0);
      return "added";
    }),
  joinTransaction: (unit, pool, addOne) =>
    joinTransaction(unit, (complete) =>
      callersTransaction(pool, async (tx) => {
        await tx.query(addOne);
        return complete("added", (text, values) => tx.query(text, values));
      }),
    ),
  "the effect before its completion: the control": async (_unit, pool, addOne) => {
    await callersTransaction(pool, (tx) => tx.query(addOne));
    return "added";
  },
};

/** Waits before the next try are over at once, and no deadline comes: what is asked may be a real server. */
function withoutWaits(clock: ManualRuntime): Runtime {
  return {
    ...clock,
    setTimer(ms, fire, keepsAlive) {
      if (ms > 1_000) return clock.setTimer(ms, fire, keepsAlive);
      const immediate = setImmediate(fire);
      return () => clearImmediate(immediate);
    },
  };
}

describe("a connection that breaks at any query", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  }, 30_000);
  afterAll(() => postgres.stop());

  /** Delivers until it settles, with a break at one query of the first delivery. */
  async function deliver(way: Way, at: number, how: Break) {
    const table = await postgres.newTable();
    const counter = await postgres.newCounter();
    const pool = breakingPool(postgres.pool, at, how);
    const clock = manualRuntime();
    const runtime = withoutWaits(clock);
    const post = idempotent(
      async (_: { readonly id: string }, { unit }) => way(unit, pool, counter.addOne.text),
      { store: postgresStore({ pool, table }), operation: "op", key: (input) => input.id },
    );
    for (let deliveries = 1; ; deliveries++) {
      try {
        const result = await post({ id: "1" }, rootCall({ runtime, timeoutMs: 10_000 }));
        expect(result).toBe("added");
        return { sum: await counter.sum(), asked: pool.texts.length, deliveries };
      } catch (error) {
        if (deliveries === 4) throw error;
        // What no one has let go of is free by now.
        clock.jump(60_000);
      }
    }
  }

  async function sumsOf(way: Way): Promise<number[]> {
    const { asked } = await deliver(way, 0, "request lost");
    const sums: number[] = [];
    for (const how of ["request lost", "reply lost"] as const) {
      for (let at = 1; at <= asked; at++) sums.push((await deliver(way, at, how)).sum);
    }
    expect(sums.length).toBeGreaterThan(8);
    return sums;
  }

  test.each(["items", "inTransaction", "joinTransaction"])(
    "leaves one effect: %s",
    async (name) => {
      const way = ways[name] as Way;
      expect(new Set(await sumsOf(way))).toEqual(new Set([1]));
    },
    60_000,
  );

  test("leaves two where effect and completion are apart: the control", async () => {
    const way = ways["the effect before its completion: the control"] as Way;
    expect(Math.max(...(await sumsOf(way)))).toBe(2);
  }, 60_000);

  test("at COMMIT is noticed by no one: the record says what became of it, and one delivery is enough", async () => {
    for (const name of ["items", "inTransaction", "joinTransaction"]) {
      const way = ways[name] as Way;
      const { asked } = await deliver(way, 0, "request lost");
      // The completion's read back is joinTransaction's last query.
      const commit = name === "joinTransaction" ? asked - 1 : asked;
      expect(await deliver(way, commit, "reply lost"), name).toMatchObject({ sum: 1, deliveries: 1 });
    }
  });
});
