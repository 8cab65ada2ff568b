import type { Entry } from "../../../examples/accounting/src/entry.ts";

export const line = (
  account: string,
  side: "debit" | "credit",
  amount: string | number,
  currency = "EUR",
) => ({
  account,
  side,
  amount: String(amount),
  currency,
});

/** A good entry: 119.00 EUR paid into the bank. */
export function entry(change: Partial<Entry> = {}): Entry {
  return {
    idempotencyKey: "payment-1",
    description: "Payment of invoice 1001",
    occurredAt: "2026-11-03T09:14:07.250Z",
    lines: [line("bank", "debit", 11_900), line("receivables", "credit", 11_900)],
    ...change,
  };
}
