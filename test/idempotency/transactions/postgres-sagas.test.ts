import { rootCall, TerminalError } from "holdfast";
import type { Unit } from "holdfast/idempotency";
import { joinTransaction, type PostgresPool, postgresStore } from "holdfast/idempotency/postgres";
import { resumable } from "holdfast/idempotency/steps";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callersTransaction } from "../../support/broken-pool.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import { broken } from "../../support/scripted-postgres.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
  await postgres.sql(
    "DROP TABLE IF EXISTS saga_accounts; CREATE TABLE saga_accounts (id text PRIMARY KEY, balance integer CHECK (balance >= 0)," +
      "friend text REFERENCES saga_accounts DEFERRABLE INITIALLY DEFERRED); INSERT INTO saga_accounts VALUES ('a', 10)",
  );
}, 30_000);
afterAll(() => postgres.stop());

/** PostgreSQL checks the first at once, the second at COMMIT. */
const breaks = {
  "a constraint": "UPDATE saga_accounts SET balance = balance - 50",
  "a deferred constraint": "UPDATE saga_accounts SET balance = balance - 1, friend = 'nobody'",
};

type Way = (unit: Unit, text: string, pool: PostgresPool) => Promise<string>;
const ways: Readonly<Record<string, Way>> = {
  items: (unit, text) => unit.transact([{ text }], "paid"),
  joinTransaction: (unit, text, pool) =>
    joinTransaction(unit, (complete) =>
      callersTransaction(pool, async (tx) => {
        await tx.query(text);
        return complete("paid", (completion, values) => tx.query(completion, values));
      }),
    ),
};

/** Charges, then writes to the table; what a constraint refuses is final. */
async function paying(way: Way, text: string, pool = postgres.pool) {
  const log: string[] = [];
  const store = postgresStore({ pool, table: await postgres.newTable() });
  const pay = resumable(
    async (_: string, { unit }) => {
      await unit.step("charge", async () => void log.push("charge"), {
        compensate: () => log.push("refund"),
      });
      return way(unit, text, pool).catch((cause: unknown) => {
        throw new TerminalError("refused", { cause });
      });
    },
    { store, operation: "pay", key: (id) => id },
  );
  return { log, pay: () => pay("1", rootCall({ timeoutMs: 5_000 })) };
}

describe.each(Object.entries(ways))("%s refused by", (_, way) => {
  test.each(Object.entries(breaks))(
    "%s were not applied: what was done before is taken back",
    async (_name, text) => {
      const { log, pay } = await paying(way, text);
      await expect(pay()).rejects.toMatchObject({ code: "TERMINAL" });
      await expect(pay()).rejects.toMatchObject({ code: "TERMINAL" });
      expect(log).toEqual(["charge", "refund"]);
      expect(await postgres.rows("SELECT balance FROM saga_accounts")).toEqual([{ balance: 10 }]);
    },
  );
});

test("items whose COMMIT nobody answered may have been applied: nothing is taken back, and the next run finds out", async () => {
  let isDown = false;
  const pool: PostgresPool = {
    async connect() {
      if (isDown) throw new Error("down");
      const client = await postgres.pool.connect();
      return {
        release: (error) => client.release(error),
        async query(text, values) {
          const answer = await client.query(text, values);
          if (text !== "COMMIT") return answer;
          isDown = true;
          throw broken();
        },
      };
    },
  };
  const { log, pay } = await paying(ways["items"] as Way, "UPDATE saga_accounts SET balance = balance", pool);
  await expect(pay()).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
  isDown = false;
  expect(await pay()).toBe("paid");
  expect(log).toEqual(["charge"]);
});
