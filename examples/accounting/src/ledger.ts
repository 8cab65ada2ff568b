import { type Entry, fingerprint } from "./entry.ts";

/**
 * Posts an entry: journal, lines and the accounts' balances, in one statement. Under a key that the journal has, it does
 * nothing, and is refused by its count of rows.
 *
 * Accounts are locked in one order, so that two entries never wait for each other.
 */
export function posting(entry: Entry) {
  const { idempotencyKey, description, occurredAt, lines } = entry;
  return {
    text: `WITH entry AS (
  INSERT INTO journal_entry (idempotency_key, entry_hash, description, occurred_at)
  VALUES ($1, $2, $3, $4::timestamptz) ON CONFLICT DO NOTHING RETURNING id
), line AS (
  INSERT INTO journal_line (entry_id, line_number, account, currency, side, amount)
  SELECT entry.id, given.number, given.account, given.currency, given.side, given.amount
  FROM entry, unnest($5::text[], $6::text[], $7::text[], $8::bigint[])
    WITH ORDINALITY AS given (account, currency, side, amount, number)
  RETURNING account, currency, CASE side WHEN 'debit' THEN amount ELSE -amount END AS added
), change AS (
  SELECT account AS code, currency, sum(added)::bigint AS added FROM line GROUP BY account, currency
), locked AS (
  SELECT code, currency, change.added FROM account JOIN change USING (code, currency)
  ORDER BY code, currency FOR NO KEY UPDATE OF account
)
UPDATE account SET balance = account.balance + locked.added
FROM locked WHERE account.code = locked.code AND account.currency = locked.currency`,
    values: [
      idempotencyKey,
      fingerprint(entry),
      description,
      occurredAt,
      lines.map(({ account }) => account),
      lines.map(({ currency }) => currency),
      lines.map(({ side }) => side),
      lines.map(({ amount }) => amount),
    ],
    expectRows: new Set(lines.map(({ account, currency }) => `${currency} ${account}`)).size,
  };
}

/** Is refused unless it is this very entry that stands under its key. Changes nothing. */
export function standing(entry: Entry) {
  return {
    text: "SELECT id FROM journal_entry WHERE idempotency_key = $1 AND entry_hash = $2",
    values: [entry.idempotencyKey, fingerprint(entry)],
    expectRows: 1,
  };
}
