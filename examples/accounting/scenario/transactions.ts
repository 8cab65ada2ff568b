import type { Entry } from "../src/entry.ts";

/** A message that a producer sends, and what must come of it. */
export interface PlannedMessage {
  readonly body: string;
  /** The entry, when it is good. */
  readonly entry?: Entry;
  /** The ReasonCode that its letter must have, when it is not. */
  readonly refusal?: string;
  /** How often the producer sends it again, and how many messages later each time; 0: side by side. */
  readonly repeatsAfter: readonly number[];
}

const BAD = 0.14;
const REPEATED = 0.3;
const REPEAT_WITHIN = 40;

/** The accounts that the ledger has, each in each of these currencies. */
export const ACCOUNTS: readonly string[] = ["bank", "fees", "receivables", "revenue", "tax"];
export const ACCOUNT_CURRENCIES: readonly string[] = ["EUR", "JPY", "KWD", "USD"];

/** Transactions as producers send them: good ones, some of them several times, and bad ones of every kind. */
export function planMessages(count: number, random: () => number): readonly PlannedMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const entry = makeEntry(index, random);
    if (random() < BAD) return spoil(entry, pick(SPOILINGS, random));
    const repeats = random() < REPEATED ? 1 + Math.floor(random() * 2) : 0;
    const repeatsAfter = Array.from({ length: repeats }, () =>
      random() < 0.4 ? 0 : Math.floor(random() * REPEAT_WITHIN),
    );
    return { body: bodyOf(entry), entry, repeatsAfter };
  });
}

/** Other entries under keys that were used, as a producer sends them that has mixed up its keys. */
export function reusedKeys(used: readonly Entry[]): readonly PlannedMessage[] {
  return used.map((entry) => ({
    body: bodyOf({ ...entry, description: "Another transaction under a used key" }),
    refusal: "IDEMPOTENCY_PAYLOAD_MISMATCH",
    repeatsAfter: [],
  }));
}

function makeEntry(index: number, random: () => number): Entry {
  const currency = pick(ACCOUNT_CURRENCIES, random);
  const gross = 100n + BigInt(Math.floor(random() * 100_000_000)) * (random() < 0.1 ? 10_000_000n : 1n);
  const tax = (gross * 19n) / 119n;
  const line = (account: string, side: "debit" | "credit", amount: bigint) => ({
    account,
    side,
    amount: String(amount),
    currency,
  });
  const paid = random() < 0.5;
  const lines = paid
    ? [line("bank", "debit", gross), line("receivables", "credit", gross)]
    : [
        line("receivables", "debit", gross),
        line("revenue", "credit", gross - tax),
        line("tax", "credit", tax),
      ];
  return {
    idempotencyKey: `transaction-${index}`,
    description: paid ? `Payment ${index}` : `Invoice ${index}`,
    occurredAt: new Date(Date.UTC(2026, 10, 1 + (index % 20), index % 24, index % 60)).toISOString(),
    lines,
  };
}

/** The event as a rule of the accounting bus puts it into the queue. */
export function bodyOf(entry: unknown, change: Readonly<Record<string, unknown>> = {}): string {
  const { idempotencyKey = "none" } = (entry ?? {}) as { readonly idempotencyKey?: string };
  const id = `transaction/${idempotencyKey}`;
  return JSON.stringify({
    version: "0",
    id,
    "detail-type": "TransactionCreated",
    source: "accounting.ingest",
    account: "000000000000",
    time: "2026-11-25T09:14:07Z",
    region: "us-east-1",
    resources: [],
    detail: { ...(entry as object), _meta: { id, correlationId: id, version: 1 } },
    ...change,
  });
}

/** One thing wrong with an event, and the code that it must be refused with. */
interface Spoiling {
  readonly refusal: string;
  readonly body: (entry: Entry) => string;
}

const withFirstLine = (change: object) => (entry: Entry) =>
  bodyOf({ ...entry, lines: [{ ...entry.lines[0], ...change }, ...entry.lines.slice(1)] });

const SPOILINGS: readonly Spoiling[] = [
  { refusal: "EVENT_INVALID", body: (entry) => bodyOf(entry).slice(0, 60) },
  { refusal: "EVENT_INVALID", body: ({ idempotencyKey: _, ...rest }) => bodyOf(rest) },
  { refusal: "EVENT_INVALID", body: withFirstLine({ amount: "-5" }) },
  { refusal: "EVENT_INVALID", body: withFirstLine({ amount: 12.5 }) },
  { refusal: "EVENT_INVALID", body: (entry) => bodyOf({ ...entry, lines: [] }) },
  { refusal: "EVENT_UNEXPECTED", body: (entry) => bodyOf(entry, { "detail-type": "TransactionUpdated" }) },
  { refusal: "ENTRY_INVALID", body: withFirstLine({ amount: "1" }) },
  { refusal: "ENTRY_INVALID", body: withFirstLine({ currency: "XXX" }) },
  // Only the database knows its accounts.
  {
    refusal: "LEDGER_REFUSED",
    body: (entry) => bodyOf({ ...entry, lines: entry.lines.map((line) => ({ ...line, account: "petty" })) }),
  },
];

function spoil(entry: Entry, { refusal, body }: Spoiling): PlannedMessage {
  return { body: body(entry), refusal, repeatsAfter: [] };
}

function pick<T>(list: readonly T[], random: () => number): T {
  // A whole number below the length is an index.
  return list[Math.floor(random() * list.length)] as T;
}
