import type { PGlite } from "@electric-sql/pglite";
import type { IdempotencyStore } from "holdfast/idempotency";
import {
  type PostgresPool,
  type PostgresTransactItem,
  postgresStore,
  postgresTable,
  purgeExpired,
} from "holdfast/idempotency/postgres";
import type pg from "pg";
import { expectTypeOf, test } from "vitest";
import type { pglitePool } from "../support/pglite.ts";

declare const pool: pg.Pool;
declare const db: PGlite;

test("pg's own pool and client are what the store takes", () => {
  expectTypeOf(pool).toExtend<PostgresPool>();
  expectTypeOf(postgresStore({ pool })).toExtend<IdempotencyStore>();
  expectTypeOf(purgeExpired).parameter(0).toExtend<{ readonly pool: PostgresPool }>();
  expectTypeOf(postgresTable()).toBeString();
});

test("so is an adapter of another driver", () => {
  expectTypeOf<ReturnType<typeof pglitePool>>().toEqualTypeOf<PostgresPool>();
});

test("a driver without an adapter is not", () => {
  // @ts-expect-error it has no connections
  postgresStore({ pool: db });
});

test("items are queries, as pg's own query configurations are", () => {
  expectTypeOf<{ text: string; values: [string, number] }>().toExtend<PostgresTransactItem>();
  expectTypeOf<pg.QueryConfig<string[]>>().toExtend<{ text: string }>();
  // @ts-expect-error a query has a text
  const wrong: PostgresTransactItem = { values: [] };
  expectTypeOf(wrong).toExtend<object>();
});
