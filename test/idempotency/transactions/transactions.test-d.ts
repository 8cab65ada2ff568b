import { rootCall } from "holdfast";
import type { IdempotencyItemRefusedError, RefusedItem, Unit } from "holdfast/idempotency";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { type Completed, inTransaction, joinTransaction } from "holdfast/idempotency/postgres";
import type pg from "pg";
import { expectTypeOf, test } from "vitest";

declare const unit: Unit;
declare const pool: pg.Pool;
/** As an ORM has it. */
declare function transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;

test("the result of a transaction is what it was given, or what its function gives", () => {
  expectTypeOf(unit.transact([], { stored: true })).toEqualTypeOf<Promise<{ stored: boolean }>>();
  expectTypeOf(unit.transact([], "stored")).toEqualTypeOf<Promise<string>>();
  expectTypeOf(unit.transact([], () => ({ id: 5 }))).toEqualTypeOf<Promise<{ id: number }>>();
  expectTypeOf(unit.transact([], undefined)).toEqualTypeOf<Promise<undefined>>();
});

test("inTransaction gives what its work returns, and its rows are said where they are asked for", () => {
  const given = inTransaction(unit, async (query) => {
    const { rows, rowCount } = await query<{ id: number }>("INSERT … RETURNING id", [1, "two", null]);
    expectTypeOf(rows).toEqualTypeOf<readonly { id: number }[]>();
    expectTypeOf(rowCount).toEqualTypeOf<number | null>();
    const unsaid = await query("SELECT 1 AS one");
    expectTypeOf(unsaid.rows[0]?.["one"]).toBeUnknown();
    return { id: rows[0]?.id ?? 0 };
  });
  expectTypeOf(given).toEqualTypeOf<Promise<{ id: number }>>();
});

test("joinTransaction gives what was completed, through whatever transaction function it goes", () => {
  const given = joinTransaction(unit, (complete) =>
    transaction(async (client) => {
      const { rows } = await client.query<{ id: number }>("INSERT … RETURNING id");
      const done = await complete({ id: rows[0]?.id ?? 0 }, (text, values) => client.query(text, values));
      expectTypeOf(done).toEqualTypeOf<Completed<{ id: number }>>();
      return done;
    }),
  );
  expectTypeOf(given).toEqualTypeOf<Promise<{ id: number }>>();
});

test("work that forgets to complete does not compile", () => {
  // @ts-expect-error what complete gives is to be returned
  joinTransaction(unit, () => transaction(async () => ({ id: 5 })));
  // @ts-expect-error the same, where it was called
  joinTransaction(unit, async (complete) => void (await complete(5, () => pool.query(""))));
});

test("both are inferred inside idempotent", () => {
  const options = { store: memoryStore(), operation: "op", key: (id: string) => id };
  const post = idempotent((_: string, call) => inTransaction(call.unit, async () => 5), options);
  expectTypeOf(post("1", rootCall())).toEqualTypeOf<Promise<number>>();
});

test("a refusal's items are data", () => {
  expectTypeOf<IdempotencyItemRefusedError["refused"]>().toEqualTypeOf<readonly RefusedItem[]>();
  expectTypeOf<RefusedItem>().toEqualTypeOf<{ readonly index: number; readonly code: string }>();
});
