import { postgresTable } from "holdfast/idempotency/postgres";

/** What has been posted has happened: it is mended by another entry, never changed. */
const appendOnly = (table: string): string => `
CREATE OR REPLACE TRIGGER ${table}_stays BEFORE UPDATE OR DELETE ON ${table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER ${table}_stays_whole BEFORE TRUNCATE ON ${table}
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;

/**
 * The ledger's migration: its tables, and the one of the idempotency records. Run again, it changes nothing.
 *
 * The database holds by itself what must never be wrong: amounts are whole and positive, a business key is posted once, for
 * ever, accounts exist, and an entry whose debits are not its credits is refused when its transaction commits.
 */
export const schema: string = `
CREATE TABLE IF NOT EXISTS account (
  code text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  -- In minor units; a debit raises it. Kept by adding, so a second posting would show here for ever.
  balance bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (code, currency)
);

CREATE TABLE IF NOT EXISTS journal_entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The record of a run is forgotten one day; this is not.
  idempotency_key text COLLATE "C" NOT NULL CONSTRAINT posted_once UNIQUE,
  entry_hash text NOT NULL,
  description text NOT NULL,
  occurred_at timestamptz NOT NULL,
  posted_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS journal_line (
  entry_id bigint NOT NULL CONSTRAINT line_entry REFERENCES journal_entry,
  line_number integer NOT NULL,
  account text NOT NULL,
  currency text NOT NULL,
  side text NOT NULL CONSTRAINT line_side CHECK (side IN ('debit', 'credit')),
  amount bigint NOT NULL CONSTRAINT line_amount CHECK (amount > 0),
  PRIMARY KEY (entry_id, line_number),
  CONSTRAINT line_account FOREIGN KEY (account, currency) REFERENCES account
);

CREATE OR REPLACE FUNCTION check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM journal_line WHERE entry_id = entry) OR EXISTS (
    SELECT FROM journal_line WHERE entry_id = entry GROUP BY currency
    HAVING sum(CASE side WHEN 'debit' THEN amount ELSE -amount END) <> 0
  ) THEN
    RAISE EXCEPTION 'debits and credits of a journal entry are not equal'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balanced';
  END IF;
  RETURN NULL;
END $$;

-- Deferred: an entry is written line by line, and judged when it is whole.
DROP TRIGGER IF EXISTS entry_balanced ON journal_entry;
CREATE CONSTRAINT TRIGGER entry_balanced AFTER INSERT ON journal_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_balanced('id');
DROP TRIGGER IF EXISTS line_balanced ON journal_line;
CREATE CONSTRAINT TRIGGER line_balanced AFTER INSERT ON journal_line DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_balanced('entry_id');

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the journal is only ever added to; post a correcting entry'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_stays';
END $$;
${appendOnly("journal_entry")}
${appendOnly("journal_line")}

${postgresTable()}`;

/** What the functions' role may do, and no more: it can neither change the journal nor open an account. */
export const grants = (role: string): string => `
GRANT SELECT, INSERT ON journal_entry, journal_line TO ${role};
GRANT SELECT, UPDATE ON account TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_idempotency TO ${role};`;
