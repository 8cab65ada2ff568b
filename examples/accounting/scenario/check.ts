import { isDeepStrictEqual } from "node:util";
import type { QueuedMessage } from "../../local/sqs/service.ts";
import type { Entry } from "../src/entry.ts";
import type { JournalEntry, LedgerState } from "./ledger.ts";
import type { PlannedMessage } from "./transactions.ts";

/** Business keys that have no entry, or several; and entries that nobody asked for. */
export function wronglyPosted(entries: readonly Entry[], { journal }: LedgerState): string[] {
  const counts = new Map(entries.map(({ idempotencyKey }) => [idempotencyKey, 0]));
  const unknown: string[] = [];
  for (const { idempotency_key: key } of journal) {
    const count = counts.get(key);
    if (count === undefined) unknown.push(`${key} was never to be posted`);
    else counts.set(key, count + 1);
  }
  const wrong = [...counts]
    .filter(([, count]) => count !== 1)
    .map(([key, count]) => `${key}: ${count} entries`);
  return [...unknown, ...wrong];
}

/** Entries in the journal that are not what their event says. */
export function otherEntries(entries: readonly Entry[], { journal }: LedgerState): string[] {
  const expected = new Map(entries.map((entry) => [entry.idempotencyKey, entryRow(entry)]));
  return journal.flatMap(({ id: _, ...row }) => {
    const should = expected.get(row.idempotency_key);
    return should === undefined || isDeepStrictEqual(row, should) ? [] : [`${row.idempotency_key} differs`];
  });
}

function entryRow({ idempotencyKey, description, occurredAt, lines }: Entry): Omit<JournalEntry, "id"> {
  return {
    idempotency_key: idempotencyKey,
    description,
    occurred_at: occurredAt,
    lines: lines.map(({ side, account, amount, currency }) => `${side} ${account} ${amount} ${currency}`),
  };
}

/** Currencies in which the balances of all accounts do not add up to nothing. */
export function unbalanced({ balances }: LedgerState): string[] {
  const sums = new Map<string, bigint>();
  for (const [name, balance] of balances) {
    const currency = name.slice(0, 3);
    sums.set(currency, (sums.get(currency) ?? 0n) + balance);
  }
  return [...sums].filter(([, sum]) => sum !== 0n).map(([currency, sum]) => `${currency}: ${sum}`);
}

/** Accounts whose balance, kept by adding, is not the sum of the distinct good events. */
export function wrongBalances(entries: readonly Entry[], { balances }: LedgerState): string[] {
  const expected = new Map<string, bigint>([...balances.keys()].map((name) => [name, 0n]));
  for (const { account, side, amount, currency } of entries.flatMap(({ lines }) => lines)) {
    const name = `${currency} ${account}`;
    expected.set(name, (expected.get(name) ?? 0n) + (side === "debit" ? BigInt(amount) : -BigInt(amount)));
  }
  return [...expected].flatMap(([name, should]) => {
    const is = balances.get(name);
    return is === should ? [] : [`${name}: ${is} for ${should}`];
  });
}

/** Bad events without a letter that says why; letters with another reason, or of what is good. */
export function wronglySetAside(
  messages: readonly PlannedMessage[],
  letters: readonly QueuedMessage[],
): string[] {
  const bad = new Map(
    messages.flatMap(({ body, refusal }) => (refusal === undefined ? [] : [[body, refusal]])),
  );
  const seen = new Set(letters.map(({ body }) => body));
  return [
    ...[...bad]
      .filter(([body]) => !seen.has(body))
      .map(([body, refusal]) => `no letter (${refusal}) of ${short(body)}`),
    ...letters.flatMap(({ body, attributes: { ReasonCode: code, Reason: reason = "" } }) => {
      const should = bad.get(body);
      if (should === undefined) return [`${code ?? "no reason"}: a good event: ${short(body)}`];
      return isReason(code, should) && reason !== "" ? [] : [`${code} for ${should}: ${short(body)}`];
    }),
  ];
}

/** A key that was used for something else is refused by the record as long as there is one, and then by the journal. */
function isReason(code: string | undefined, should: string): boolean {
  return code === should || (should === "IDEMPOTENCY_PAYLOAD_MISMATCH" && code === "LEDGER_KEY_REUSED");
}

/** Used keys that no letter says the journal has refused. */
export function notRefusedByJournal(
  reused: readonly PlannedMessage[],
  letters: readonly QueuedMessage[],
): string[] {
  const refused = new Set(
    letters
      .filter(({ attributes }) => attributes["ReasonCode"] === "LEDGER_KEY_REUSED")
      .map(({ body }) => body),
  );
  return reused.filter(({ body }) => !refused.has(body)).map(({ body }) => short(body));
}

function short(body: string): string {
  return /transaction\/[\w-]+/.exec(body)?.[0] ?? body.slice(0, 40);
}

/** What is not as it was before: rows of the journal, and balances. */
export function changed(before: LedgerState, after: LedgerState): string[] {
  const added = after.journal.length - before.journal.length;
  return [
    ...(added === 0 ? [] : [`${added} entries more`]),
    ...(isDeepStrictEqual(after.journal.slice(0, before.journal.length), before.journal)
      ? []
      : ["entries have changed"]),
    ...[...after.balances]
      .filter(([name, balance]) => before.balances.get(name) !== balance)
      .map(([name, balance]) => `${name}: ${balance} for ${before.balances.get(name)}`),
  ];
}
