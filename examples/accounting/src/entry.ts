import { createHash } from "node:crypto";
import { HoldfastError } from "holdfast";
import { defineEvent, type EventDetail } from "holdfast/events";
import { CURRENCIES } from "./currencies.ts";

/**
 * A business transaction, to be posted once. The producer gives its `idempotencyKey`, the same in every sending.
 *
 * Amounts are whole minor units, as text of digits: JSON's numbers are doubles to most who read them, and so are not
 * exact beyond 2^53. Eighteen digits fit PostgreSQL's bigint.
 */
export const transactionCreated = defineEvent({
  source: "accounting.ingest",
  type: "TransactionCreated",
  version: 1,
  schema: {
    type: "object",
    properties: {
      idempotencyKey: { type: "string", minLength: 1, maxLength: 128 },
      description: { type: "string", minLength: 1, maxLength: 256 },
      occurredAt: { type: "string", format: "date-time" },
      lines: {
        type: "array",
        minItems: 2,
        maxItems: 100,
        items: {
          type: "object",
          properties: {
            account: { type: "string", minLength: 1, maxLength: 64 },
            side: { enum: ["debit", "credit"] },
            amount: { type: "string", pattern: "^[1-9][0-9]{0,17}$" },
            currency: { type: "string", pattern: "^[A-Z]{3}$" },
          },
          required: ["account", "side", "amount", "currency"],
          additionalProperties: false,
        },
      },
    },
    required: ["idempotencyKey", "description", "occurredAt", "lines"],
    additionalProperties: false,
  },
});

/** An entry of the journal, as it was asked for. */
export type Entry = EventDetail<typeof transactionCreated>;

/** The entry is no entry of this ledger, and never will be. */
export class EntryInvalidError extends HoldfastError {
  override readonly name = "EntryInvalidError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super("ENTRY_INVALID", `The entry cannot be posted: ${problems.join("; ")}.`);
    this.problems = problems;
  }
}

/**
 * What a schema cannot say of an entry: its key is text, its currencies are ours, and in each of them debits equal credits.
 *
 * @throws EntryInvalidError with every problem at once.
 */
export function checkedEntry(entry: Entry): Entry {
  const currencies = [...new Set(entry.lines.map(({ currency }) => currency))];
  const problems = [
    // Half a surrogate pair: PostgreSQL is sent the same replacement for each, and two keys would be one.
    ...(entry.idempotencyKey.isWellFormed() ? [] : ["idempotencyKey is not well-formed text"]),
    ...currencies
      .filter((code) => !CURRENCIES.has(code))
      .map((code) => `${code} is no currency of this ledger`),
    ...currencies.flatMap((code) => {
      const [debits, credits] = [sumOf(entry, code, "debit"), sumOf(entry, code, "credit")];
      return debits === credits ? [] : [`in ${code} debits are ${debits} and credits ${credits}`];
    }),
  ];
  if (problems.length > 0) throw new EntryInvalidError(problems);
  return entry;
}

function sumOf({ lines }: Entry, code: string, side: string): bigint {
  return lines
    .filter((line) => line.currency === code && line.side === side)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

/** What two entries must have in common to be the same one: everything but the key. Stands beside the key in the journal. */
export function fingerprint({ description, occurredAt, lines }: Entry): string {
  const all = lines.map(({ account, side, amount, currency }) => [account, side, amount, currency]);
  return createHash("sha256")
    .update(JSON.stringify([description, occurredAt, all]))
    .digest("base64url");
}
