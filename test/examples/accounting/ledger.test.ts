import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { postgresStore, purgeExpired } from "holdfast/idempotency/postgres";
import { manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Entry } from "../../../examples/accounting/src/entry.ts";
import { posting } from "../../../examples/accounting/src/ledger.ts";
import { postEntry } from "../../../examples/accounting/src/post-entry.ts";
import { grants, schema } from "../../../examples/accounting/src/schema.ts";
import type { TestPostgres } from "../../support/postgres.ts";
import { entry, line } from "./fixtures.ts";
import { balances, emptyLedger, keysPosted, startLedgerPostgres } from "./ledger-database.ts";

vi.setConfig({ hookTimeout: 60_000 });

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startLedgerPostgres();
});
beforeEach(() => emptyLedger(postgres));
afterAll(() => postgres.stop());

const DAY_MS = 24 * 3_600_000;

/** The ledger's function as the handler has it, on a clock of its own. */
function poster(rememberMs = 35 * DAY_MS) {
  const runtime = manualRuntime();
  const post = idempotent(postEntry, {
    store: postgresStore({ pool: postgres.pool }),
    operation: "post-entry",
    key: ({ idempotencyKey }) => idempotencyKey,
    payload: ({ idempotencyKey: _, ...rest }) => rest,
    rememberMs,
  });
  const call = () => rootCall({ runtime, timeoutMs: 10_000 });
  return {
    runtime,
    post: (posted: Entry) => post(posted, call()),
    purge: () => purgeExpired({ pool: postgres.pool }, call()),
  };
}

const ENTRY =
  "INSERT INTO journal_entry (idempotency_key, entry_hash, description, occurred_at) VALUES ('k', 'h', 'd', now())";
const lineOf = (number: number, side: string, amount: number, currency = "EUR") =>
  `INSERT INTO journal_line SELECT id, ${number}, 'bank', '${currency}', '${side}', ${amount} FROM journal_entry`;

/** What the database says to statements that are one transaction: its SQLSTATE and its constraint. */
async function refusal(...statements: readonly string[]): Promise<unknown> {
  const client = await postgres.pool.connect();
  try {
    await client.query("BEGIN");
    for (const text of statements) await client.query(text);
    await client.query("COMMIT");
    return "nothing";
  } catch (error) {
    await client.query("ROLLBACK");
    const { code, constraint } = error as { readonly code: string; readonly constraint: string };
    return [code, constraint];
  } finally {
    client.release();
  }
}

describe("the database itself", () => {
  it("refuses an entry that is out by one unit when its transaction commits, and takes it when it is not", async () => {
    const open = [ENTRY, lineOf(1, "debit", 100), lineOf(2, "credit", 99)];
    expect(await refusal(...open)).toEqual(["23514", "entry_balanced"]);
    expect(await keysPosted(postgres)).toEqual([]);
    expect(await refusal(...open, lineOf(3, "credit", 1))).toBe("nothing");
    expect(await keysPosted(postgres)).toEqual(["k"]);
  });

  it("refuses an entry whose currencies only balance together, and one without lines", async () => {
    const mixed = [ENTRY, lineOf(1, "debit", 1, "EUR"), lineOf(2, "credit", 1, "USD")];
    expect(await refusal(...mixed)).toEqual(["23514", "entry_balanced"]);
    expect(await refusal(ENTRY)).toEqual(["23514", "entry_balanced"]);
  });

  it("refuses a line that a later transaction adds to an entry", async () => {
    expect(await refusal(ENTRY, lineOf(1, "debit", 1), lineOf(2, "credit", 1))).toBe("nothing");
    expect(await refusal(lineOf(3, "debit", 1))).toEqual(["23514", "entry_balanced"]);
  });

  it.each([
    ["an amount below nothing", lineOf(1, "debit", -1), ["23514", "line_amount"]],
    ["a side that is none", lineOf(1, "left", 1), ["23514", "line_side"]],
    [
      "an account in a currency that it is not kept in",
      lineOf(1, "debit", 1, "CHF"),
      ["23503", "line_account"],
    ],
  ])("refuses %s", async (_, text, expected) => {
    expect(await refusal(ENTRY, text)).toEqual(expected);
  });

  it("refuses a key for a second time, for ever", async () => {
    const entries = [ENTRY, lineOf(1, "debit", 1), lineOf(2, "credit", 1)];
    expect(await refusal(...entries)).toBe("nothing");
    expect(await refusal(ENTRY)).toEqual(["23505", "posted_once"]);
  });

  it.each([
    "UPDATE journal_line SET amount = 2",
    "DELETE FROM journal_line",
    "DELETE FROM journal_entry",
    "TRUNCATE journal_line",
  ])("refuses to change what was posted: %s", async (text) => {
    await poster().post(entry());
    expect(await refusal(text)).toEqual(["23000", "journal_stays"]);
  });

  it("is migrated again without losing anything", async () => {
    await poster().post(entry());
    await postgres.sql(schema);
    expect(await keysPosted(postgres)).toEqual(["payment-1"]);
  });
});

describe("posting an entry", () => {
  it("adds it to the journal and its lines to their accounts' balances, once", async () => {
    const { post } = poster();
    expect(await post(entry())).toEqual({ posted: "now" });
    expect(await post(entry())).toEqual({ posted: "now" });
    expect(await keysPosted(postgres)).toEqual(["payment-1"]);
    expect(await balances(postgres)).toEqual({ "EUR bank": "11900", "EUR receivables": "-11900" });
  });

  it("adds the lines of one account together, in amounts that no double holds", async () => {
    const most = 10n ** 17n + 1n;
    const lines = [
      line("bank", "debit", String(most)),
      line("bank", "debit", 2),
      line("tax", "credit", String(most + 2n)),
    ];
    await poster().post(entry({ lines }));
    expect(await balances(postgres)).toEqual({
      "EUR bank": String(most + 2n),
      "EUR tax": String(-most - 2n),
    });
  });

  it.each(["expired", "purged"])(
    "finds it in the journal when its record has %s, and changes nothing",
    async (how) => {
      const { runtime, post, purge } = poster();
      await post(entry());
      const before = await balances(postgres);
      runtime.jump(36 * DAY_MS);
      if (how === "purged") expect(await purge()).toBe(1);
      expect(await post(entry())).toEqual({ posted: "before" });
      expect(await post(entry())).toEqual({ posted: "before" });
      expect(await keysPosted(postgres)).toEqual(["payment-1"]);
      expect(await balances(postgres)).toEqual(before);
    },
  );

  it("refuses the same key for another entry, by the record and later by the journal", async () => {
    const { runtime, post } = poster();
    const other = entry({ lines: [line("bank", "debit", 5), line("tax", "credit", 5)] });
    await post(entry());
    await expect(post(other)).rejects.toMatchObject({ code: "IDEMPOTENCY_PAYLOAD_MISMATCH" });
    runtime.jump(36 * DAY_MS);
    expect(await post(entry())).toEqual({ posted: "before" });
    await expect(post(other)).rejects.toMatchObject({ code: "IDEMPOTENCY_PAYLOAD_MISMATCH" });
    runtime.jump(36 * DAY_MS);
    await expect(post(other)).rejects.toMatchObject({ code: "LEDGER_KEY_REUSED", retryable: false });
    // The wrong one came first, and for as long as its failure is remembered, the key goes with its payload.
    await expect(post(entry())).rejects.toMatchObject({ code: "IDEMPOTENCY_PAYLOAD_MISMATCH" });
    expect(await balances(postgres)).toEqual({ "EUR bank": "11900", "EUR receivables": "-11900" });
  });

  it("leaves nothing of an entry whose account nobody opened, and its key free", async () => {
    const { post } = poster();
    const lines = [line("bank", "debit", 5), line("petty", "credit", 5)];
    await expect(post(entry({ lines }))).rejects.toMatchObject({ code: "23503", constraint: "line_account" });
    expect(await keysPosted(postgres)).toEqual([]);
    expect(await balances(postgres)).toEqual({});
    await postgres.sql("INSERT INTO account (code, currency) VALUES ('petty', 'EUR')");
    expect(await post(entry({ lines }))).toEqual({ posted: "now" });
  });

  it("posts the second time as well where neither record nor key protects: the control", async () => {
    await postgres.sql("ALTER TABLE journal_entry DROP CONSTRAINT posted_once");
    const { runtime, post } = poster();
    await post(entry());
    runtime.jump(36 * DAY_MS);
    expect(await post(entry())).toEqual({ posted: "now" });
    expect(await balances(postgres)).toEqual({ "EUR bank": "23800", "EUR receivables": "-23800" });
  });

  it("needs no more than the role is granted", async () => {
    await postgres.sql(
      `DO $$ BEGIN CREATE ROLE clerk; EXCEPTION WHEN duplicate_object THEN NULL; END $$; ${grants("clerk")}`,
    );
    const posts = async (role: string, { text, values }: { text: string; values: unknown[] }) => {
      const client = await postgres.pool.connect();
      try {
        await client.query("BEGIN");
        await client.query(`SET LOCAL ROLE ${role}`);
        await client.query(text, values);
        await client.query("COMMIT");
        return "done";
      } catch (error) {
        await client.query("ROLLBACK");
        return (error as { readonly code: string }).code;
      } finally {
        client.release();
      }
    };
    expect(await posts("clerk", posting(entry()))).toBe("done");
    expect(await balances(postgres)).toEqual({ "EUR bank": "11900", "EUR receivables": "-11900" });
    const forged = { text: "INSERT INTO account (code, currency) VALUES ('petty', 'EUR')", values: [] };
    expect(await posts("clerk", forged)).toBe("42501");
  });
});
