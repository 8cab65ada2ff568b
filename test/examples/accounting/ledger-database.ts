import { ACCOUNT_CURRENCIES, ACCOUNTS } from "../../../examples/accounting/scenario/transactions.ts";
import { schema } from "../../../examples/accounting/src/schema.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";

const list = (names: readonly string[]): string => names.map((name) => `('${name}')`).join(", ");

/** The ledger's tables, empty, with the accounts open. */
export async function emptyLedger({ sql }: Pick<TestPostgres, "sql">): Promise<void> {
  await sql("DROP TABLE IF EXISTS journal_line, journal_entry, account, holdfast_idempotency CASCADE");
  await sql(schema);
  await sql(
    `INSERT INTO account (code, currency) SELECT a.code, c.currency FROM (VALUES ${list(ACCOUNTS)}) AS a (code),
       (VALUES ${list(ACCOUNT_CURRENCIES)}) AS c (currency)`,
  );
}

/** A PostgreSQL with an empty ledger: a real one where there is one. */
export async function startLedgerPostgres(): Promise<TestPostgres> {
  const postgres = await startTestPostgres();
  await emptyLedger(postgres);
  return postgres;
}

/** Balances that are not nothing, by `EUR bank`. */
export async function balances({ rows }: Pick<TestPostgres, "rows">): Promise<Record<string, string>> {
  const found = await rows<{ name: string; balance: unknown }>(
    "SELECT currency || ' ' || code AS name, balance FROM account WHERE balance <> 0 ORDER BY name",
  );
  return Object.fromEntries(found.map(({ name, balance }) => [name, String(balance)]));
}

export async function keysPosted({ rows }: Pick<TestPostgres, "rows">): Promise<string[]> {
  const found = await rows<{ idempotency_key: string }>(
    "SELECT idempotency_key FROM journal_entry ORDER BY id",
  );
  return found.map(({ idempotency_key }) => idempotency_key);
}
