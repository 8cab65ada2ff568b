import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { postgresStore } from "holdfast/idempotency/postgres";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Entry } from "../../../examples/accounting/src/entry.ts";
import { posting } from "../../../examples/accounting/src/ledger.ts";
import { postEntry } from "../../../examples/accounting/src/post-entry.ts";
import { seededRandom } from "../../../examples/local/seeded-random.ts";
import { entry, line } from "../../examples/accounting/fixtures.ts";
import {
  balances,
  emptyLedger,
  keysPosted,
  startLedgerPostgres,
} from "../../examples/accounting/ledger-database.ts";
import { realPool, type TestPostgres } from "../../support/postgres.ts";

describe("the ledger on a real PostgreSQL, with many connections at once", () => {
  let postgres: TestPostgres;
  let pool: pg.Pool;
  beforeAll(async () => {
    postgres = await startLedgerPostgres();
  });
  beforeEach(async () => {
    await emptyLedger(postgres);
    pool = realPool({ max: 20 });
    return () => pool.end();
  });
  afterAll(() => postgres.stop());

  async function deadlocks(): Promise<number> {
    await postgres.sql("SELECT pg_stat_force_next_flush()").catch(() => {});
    const [row] = await postgres.rows<{ n: string }>(
      "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()",
    );
    return Number(row?.n);
  }

  test("of 20 transactions that post one entry without a record, one posts it", async () => {
    const { text, values } = posting(entry());
    const posted = await Promise.all(
      Array.from({ length: 20 }, async () => (await pool.query(text, values)).rowCount),
    );
    expect(posted.filter((rows) => rows === 2)).toHaveLength(1);
    expect(posted.filter((rows) => rows === 0)).toHaveLength(19);
    expect(await keysPosted(postgres)).toEqual(["payment-1"]);
    expect(await balances(postgres)).toEqual({ "EUR bank": "11900", "EUR receivables": "-11900" });
  });

  test("entries over the same accounts in any order never wait for each other, and each counts once", async () => {
    const random = seededRandom(7);
    const pick = (): string => ["bank", "fees", "receivables", "tax"][Math.floor(random() * 4)] ?? "";
    const entries = Array.from({ length: 150 }, (_, index): Entry => {
      const sides = [line(pick(), "debit", index + 1), line(pick(), "credit", index + 1)];
      return entry({ idempotencyKey: `entry-${index}`, lines: index % 2 === 0 ? sides : sides.reverse() });
    });
    const post = idempotent(postEntry, {
      store: postgresStore({ pool }),
      operation: "post-entry",
      key: ({ idempotencyKey }) => idempotencyKey,
    });
    const before = await deadlocks();
    // Each comes twice; the second one is refused while the first goes on, or is answered by its record.
    await Promise.allSettled(
      [...entries, ...entries].map((one) => post(one, rootCall({ timeoutMs: 20_000 }))),
    );
    expect((await keysPosted(postgres)).sort()).toEqual(
      entries.map(({ idempotencyKey }) => idempotencyKey).sort(),
    );
    const expected = new Map<string, bigint>();
    for (const { account, side, amount } of entries.flatMap(({ lines }) => lines)) {
      const sum = expected.get(`EUR ${account}`) ?? 0n;
      expected.set(`EUR ${account}`, sum + (side === "debit" ? BigInt(amount) : -BigInt(amount)));
    }
    const kept = new Map(Object.entries(await balances(postgres)).map(([name, sum]) => [name, BigInt(sum)]));
    expect(kept).toEqual(new Map([...expected].filter(([, sum]) => sum !== 0n)));
    expect((await deadlocks()) - before).toBe(0);
  });
});
