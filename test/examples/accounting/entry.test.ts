import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkedEntry, fingerprint, transactionCreated } from "../../../examples/accounting/src/entry.ts";
import { entry, line } from "./fixtures.ts";

const amounts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), { minLength: 1, maxLength: 20 });

describe("an entry", () => {
  it("is taken when in each of its currencies debits equal credits, however it is split", () => {
    fc.assert(
      fc.property(amounts, amounts, (euros, yen) => {
        const balanced = (parts: readonly bigint[], currency: string) => [
          ...parts.map((part) => line("bank", "debit", String(part), currency)),
          line("revenue", "credit", String(parts.reduce((sum, part) => sum + part, 0n)), currency),
        ];
        const good = entry({ lines: [...balanced(euros, "EUR"), ...balanced(yen, "JPY")] });
        expect(checkedEntry(good)).toBe(good);
      }),
    );
  });

  it("is refused when it is out by one unit, also beyond what a double tells apart", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n - 2n }), (amount) => {
        const lines = [line("bank", "debit", String(amount)), line("tax", "credit", String(amount + 1n))];
        expect(() => checkedEntry(entry({ lines }))).toThrow(
          `debits are ${amount} and credits ${amount + 1n}`,
        );
      }),
    );
  });

  it("is refused under a key that is no text: PostgreSQL would take another such key for the same", () => {
    for (const idempotencyKey of ["\ud800", "payment-\udfff"]) {
      expect(() => checkedEntry(entry({ idempotencyKey }))).toThrow(/idempotencyKey is not well-formed text/);
    }
    expect(checkedEntry(entry({ idempotencyKey: "payment-\u{1f4b6}" }))).toBeDefined();
  });

  it("is refused when its currencies only balance together", () => {
    const lines = [line("bank", "debit", 100, "EUR"), line("bank", "credit", 100, "USD")];
    expect(() => checkedEntry(entry({ lines }))).toThrow(
      "in EUR debits are 100 and credits 0; in USD debits are 0 and credits 100",
    );
  });

  it("is refused in a currency that the ledger does not keep", () => {
    const lines = [line("bank", "debit", 100, "XXX"), line("tax", "credit", 100, "XXX")];
    expect(() => checkedEntry(entry({ lines }))).toThrow("XXX is no currency of this ledger");
  });
});

describe("the schema of a transaction", () => {
  it.each([
    ["a negative amount", { lines: [line("bank", "debit", -5), line("tax", "credit", -5)] }],
    ["an amount of nothing", { lines: [line("bank", "debit", 0), line("tax", "credit", 0)] }],
    ["a broken amount", { lines: [line("bank", "debit", "1.5"), line("tax", "credit", "1.5")] }],
    [
      "an amount that is a number",
      { lines: [{ ...line("bank", "debit", 1), amount: 1 }, line("tax", "credit", 1)] },
    ],
    [
      "an amount that bigint does not hold",
      { lines: [line("bank", "debit", "1".repeat(19)), line("tax", "credit", 1)] },
    ],
    ["one line", { lines: [line("bank", "debit", 1)] }],
    ["no key", { idempotencyKey: undefined }],
    ["an empty key", { idempotencyKey: "" }],
    ["a member that it does not know", { approved: true }],
  ])("refuses %s", async (_, change) => {
    expect(await transactionCreated.check({ ...entry(), ...change })).toMatchObject({ ok: false });
  });

  it("takes the sample", async () => {
    expect(await transactionCreated.check(entry())).toMatchObject({ ok: true });
  });
});

describe("the fingerprint of an entry", () => {
  it("is the same for the same entry under any key", () => {
    expect(fingerprint(entry({ idempotencyKey: "other" }))).toBe(fingerprint(entry()));
  });

  it.each([
    ["description", { description: "Another" }],
    ["time", { occurredAt: "2026-11-03T09:14:07.251Z" }],
    ["order of lines", { lines: [...entry().lines].reverse() }],
    ["amount", { lines: [line("bank", "debit", 1), line("receivables", "credit", 1)] }],
  ])("is another for another %s", (_, change) => {
    expect(fingerprint(entry(change))).not.toBe(fingerprint(entry()));
  });
});
