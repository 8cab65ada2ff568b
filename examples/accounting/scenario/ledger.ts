import pg from "pg";
import type { ThirdPartyFate } from "../../local/faults/third-party.ts";
import { startPostgres } from "../../local/postgres/server.ts";
import type { ThirdParties } from "../../local/run/scenario.ts";
import { schema } from "../src/schema.ts";
import { ACCOUNT_CURRENCIES, ACCOUNTS } from "./transactions.ts";

export interface JournalEntry {
  readonly id: string;
  readonly idempotency_key: string;
  readonly description: string;
  readonly occurred_at: string;
  /** `debit bank 1250 EUR`, in their order. */
  readonly lines: readonly string[];
}

/** Everything in the ledger at one moment. */
export interface LedgerState {
  readonly journal: readonly JournalEntry[];
  /** By `EUR bank`, in minor units. */
  readonly balances: ReadonlyMap<string, bigint>;
  /** Results that records hold, as JSON text, with how many hold it. */
  readonly results: ReadonlyMap<string, number>;
  readonly records: number;
}

/** The app's database, and ways to look into it and to change what time and people change. */
export interface LedgerDatabase extends ThirdParties {
  /** Resolves once it is migrated and its accounts are open. */
  readonly ready: Promise<void>;
  state(): Promise<LedgerState>;
  /** Thirty-six days pass for the records: every time in them is as much longer ago. Leases and expiry are compared with clocks. */
  fiveWeeksPass(): Promise<void>;
  /** Takes the journal's own key away, which would catch what the missing protection lets through. */
  forgetKeys(): Promise<void>;
}

/** A day more than records are remembered. */
const LONGER_MS = 36 * 24 * 3_600_000;

/** Starts the database that the template is told of, and goes on to migrate it; it fails as the run's plan says. */
export async function startLedger(fate: ThirdPartyFate): Promise<LedgerDatabase> {
  const server = startPostgres();
  let firstMs: number | undefined;
  const forFunctions = await server.listen((operation) => {
    const nowMs = performance.now();
    firstMs ??= nowMs;
    const since = nowMs - firstMs;
    return fate("database", since) ?? fate(`database ${operation}`, since);
  });
  const pool = new pg.Pool({
    host: "127.0.0.1",
    port: await server.listen(),
    user: "postgres",
    password: "local",
    max: 1,
  });
  pool.on("error", () => {});
  const ready = prepare(pool);
  // Whoever waits for it hears of a failure; nobody does when the run ends before.
  ready.catch(() => {});
  return {
    ready,
    parameters: {
      DatabaseHost: "127.0.0.1",
      DatabasePort: String(forFunctions),
      DatabaseName: "postgres",
      DatabaseTls: "disable",
      DatabaseProxyId: "prx-0",
      DatabaseProxyName: "local",
      SubnetIds: "subnet-0",
      SecurityGroupIds: "sg-0",
    },
    state: () => stateOf(pool),
    async fiveWeeksPass() {
      await pool.query(
        `UPDATE holdfast_idempotency SET lease_until_ms = lease_until_ms - $1, expires_at_ms = expires_at_ms - $1,
           at_ms = at_ms - $1`,
        [LONGER_MS],
      );
    },
    async forgetKeys() {
      await pool.query("ALTER TABLE journal_entry DROP CONSTRAINT posted_once");
    },
    async stop() {
      await server.stop();
      await pool.end();
    },
  };
}

async function prepare(pool: pg.Pool): Promise<void> {
  await pool.query(schema);
  await pool.query(
    "INSERT INTO account (code, currency) SELECT code, currency FROM unnest($1::text[]) AS code, unnest($2::text[]) AS currency",
    [ACCOUNTS, ACCOUNT_CURRENCIES],
  );
}

async function stateOf(pool: pg.Pool): Promise<LedgerState> {
  const journal = await pool.query<JournalEntry>(
    `SELECT e.id, e.idempotency_key, e.description,
       to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS occurred_at,
       array_agg(concat_ws(' ', l.side, l.account, l.amount, l.currency) ORDER BY l.line_number) AS lines
     FROM journal_entry AS e LEFT JOIN journal_line AS l ON l.entry_id = e.id GROUP BY e.id ORDER BY e.id`,
  );
  const accounts = await pool.query<{ name: string; balance: string }>(
    "SELECT currency || ' ' || code AS name, balance FROM account",
  );
  const results = await pool.query<{ result: string | null; count: string }>(
    "SELECT result, count(*) AS count FROM holdfast_idempotency GROUP BY result",
  );
  const counts = results.rows.map(({ result, count }): [string, number] => [String(result), Number(count)]);
  return {
    journal: journal.rows,
    balances: new Map(accounts.rows.map(({ name, balance }) => [name, BigInt(balance)])),
    results: new Map(counts),
    records: counts.reduce((sum, [, count]) => sum + count, 0),
  };
}
