import { postgresStore } from "holdfast/idempotency/postgres";
import {
  idempotencyStepContract,
  idempotencyStepTransactionContract,
  idempotencyStoreContract,
  idempotencyTransactionContract,
} from "holdfast/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";

describe("PostgreSQL store", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  }, 30_000);
  afterAll(() => postgres.stop());

  const newStore = async () => postgresStore({ pool: postgres.pool, table: await postgres.newTable() });

  for (const rule of [...idempotencyStoreContract, ...idempotencyStepContract]) {
    test(rule.name, async () => rule.run({ store: await newStore() }));
  }
  for (const rule of [...idempotencyTransactionContract, ...idempotencyStepTransactionContract]) {
    test(rule.name, async () => {
      const { addOne, fails, sum } = await postgres.newCounter();
      await rule.run({ store: await newStore(), addOne: () => addOne, fails: () => fails, sum });
    });
  }
});
