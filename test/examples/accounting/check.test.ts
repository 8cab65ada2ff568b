import { describe, expect, it } from "vitest";
import {
  changed,
  notRefusedByJournal,
  otherEntries,
  unbalanced,
  wrongBalances,
  wronglyPosted,
  wronglySetAside,
} from "../../../examples/accounting/scenario/check.ts";
import type { LedgerState } from "../../../examples/accounting/scenario/ledger.ts";
import { bodyOf, planMessages, reusedKeys } from "../../../examples/accounting/scenario/transactions.ts";
import { checkedEntry, transactionCreated } from "../../../examples/accounting/src/entry.ts";
import { seededRandom } from "../../../examples/local/seeded-random.ts";
import { entry, line } from "./fixtures.ts";

const good = [entry(), entry({ idempotencyKey: "payment-2" })];
const row = (id: string, key: string) => ({
  id,
  idempotency_key: key,
  description: "Payment of invoice 1001",
  occurred_at: "2026-11-03T09:14:07.250Z",
  lines: ["debit bank 11900 EUR", "credit receivables 11900 EUR"],
});
function state(change: Partial<LedgerState> = {}): LedgerState {
  return {
    journal: [row("1", "payment-1"), row("2", "payment-2")],
    balances: new Map([
      ["EUR bank", 23_800n],
      ["EUR receivables", -23_800n],
      ["EUR tax", 0n],
    ]),
    results: new Map(),
    records: 2,
    ...change,
  };
}

describe("the checks of a ledger", () => {
  it("find nothing in a ledger that is as it must be", () => {
    expect([
      wronglyPosted(good, state()),
      otherEntries(good, state()),
      unbalanced(state()),
      wrongBalances(good, state()),
      changed(state(), state()),
    ]).toEqual([[], [], [], [], []]);
  });

  it.each([
    ["an entry that is missing", [row("1", "payment-1")], ["payment-2: 0 entries"]],
    [
      "an entry that is there twice",
      [row("1", "payment-1"), row("2", "payment-2"), row("3", "payment-2")],
      ["payment-2: 2 entries"],
    ],
    [
      "an entry that nobody asked for",
      [row("1", "payment-1"), row("2", "payment-2"), row("3", "x")],
      ["x was never to be posted"],
    ],
  ])("find %s", (_, journal, broken) => {
    expect(wronglyPosted(good, state({ journal }))).toEqual(broken);
  });

  it("find an entry that is not what its transaction says", () => {
    const journal = [
      row("1", "payment-1"),
      { ...row("2", "payment-2"), lines: ["debit bank 1 EUR", "credit tax 1 EUR"] },
    ];
    expect(otherEntries(good, state({ journal }))).toEqual(["payment-2 differs"]);
  });

  it("find a balance that was added to twice, and one that belongs to no other", () => {
    const balances = new Map([
      ["EUR bank", 35_700n],
      ["EUR receivables", -23_800n],
      ["EUR tax", 0n],
    ]);
    expect(wrongBalances(good, state({ balances }))).toEqual(["EUR bank: 35700 for 23800"]);
    expect(unbalanced(state({ balances }))).toEqual(["EUR: 11900"]);
  });

  it("find what has changed since", () => {
    const after = state({
      journal: [...state().journal, row("3", "payment-1")],
      balances: new Map([["EUR bank", 1n]]),
    });
    expect(changed(state(), after)).toEqual(["1 entries more", "EUR bank: 1 for 23800"]);
  });

  it("find a bad one without a letter, a letter with another reason, and one of what is good", () => {
    const [body, goodBody] = [bodyOf(entry({ lines: [line("bank", "debit", 1)] })), bodyOf(entry())];
    const messages = [
      { body, refusal: "ENTRY_INVALID", repeatsAfter: [] },
      { body: goodBody, entry: entry(), repeatsAfter: [] },
    ];
    const letter = (text: string, attributes: Record<string, string>) => ({
      messageId: "m",
      body: text,
      receiveCount: 0,
      attributes,
    });
    const right = { ReasonCode: "ENTRY_INVALID", Reason: "why" };
    expect(wronglySetAside(messages, [letter(body, right), letter(body, right)])).toEqual([]);
    expect(wronglySetAside(messages, [])).toEqual(["no letter (ENTRY_INVALID) of transaction/payment-1"]);
    expect(wronglySetAside(messages, [letter(body, { ...right, ReasonCode: "EVENT_INVALID" })])).toHaveLength(
      1,
    );
    expect(wronglySetAside(messages, [letter(body, right), letter(goodBody, {})])).toEqual([
      "no reason: a good event: transaction/payment-1",
    ]);
  });
});

it("the checks find a used key that only its record has refused", () => {
  const reused = reusedKeys([entry()]);
  const letter = (code: string) => ({
    messageId: "m",
    body: reused[0]?.body ?? "",
    receiveCount: 0,
    attributes: { ReasonCode: code },
  });
  const byRecord = letter("IDEMPOTENCY_PAYLOAD_MISMATCH");
  expect(notRefusedByJournal(reused, [byRecord])).toEqual(["transaction/payment-1"]);
  expect(notRefusedByJournal(reused, [byRecord, letter("LEDGER_KEY_REUSED")])).toEqual([]);
});

describe("the transactions of a run", () => {
  const plan = planMessages(400, seededRandom(3));

  it("are the same for the same seed", () => {
    expect(planMessages(400, seededRandom(3))).toEqual(plan);
  });

  it("are good where they say so, repeated, and bad in every way where they do not", async () => {
    for (const { body, entry: planned } of plan) {
      if (planned === undefined) continue;
      const { _meta, ...detail } = JSON.parse(body).detail;
      expect(await transactionCreated.check(detail)).toEqual({ ok: true, value: planned });
      expect(checkedEntry(planned)).toBe(planned);
    }
    expect(plan.some(({ repeatsAfter }) => repeatsAfter.includes(0))).toBe(true);
    expect(new Set(plan.flatMap(({ refusal }) => refusal ?? []))).toEqual(
      new Set(["EVENT_INVALID", "EVENT_UNEXPECTED", "ENTRY_INVALID", "LEDGER_REFUSED"]),
    );
  });

  it("of keys that are used for something else differ from what was posted", () => {
    expect(reusedKeys([entry()])[0]?.body).not.toBe(bodyOf(entry()));
  });
});
