import fc from "fast-check";
import { rootCall } from "holdfast";
import { describe, expect, it, test } from "vitest";
import { inOrder, lowest, usageFold } from "../../../examples/streaming/src/usage.ts";
import { usageTable } from "../../../examples/streaming/src/usage-table.ts";
import { kinesisRecord } from "./fixtures.ts";
import { tableDouble } from "./table-double.ts";

const usage = (account: string, units: number, atMs = 0) => ({ account, units, atMs });

test("sequence numbers compare as numbers, whatever their length", () => {
  const number = fc.bigInt({ min: 0n, max: 10n ** 60n });
  fc.assert(
    fc.property(number, number, (a, b) => {
      expect(inOrder(String(a)) < inOrder(String(b))).toBe(a < b);
      expect(lowest([String(a), String(b)])).toBe(String(a < b ? a : b));
    }),
  );
  expect(lowest([])).toBeUndefined();
});

describe("a fold of usage", () => {
  it("has one entry for each account and day in UTC", () => {
    const fold = usageFold();
    const midnightMs = Date.UTC(2026, 0, 1);
    fold.add(usage("a", 1, midnightMs - 1), kinesisRecord(1, "a", {}));
    fold.add(usage("a", 2, midnightMs), kinesisRecord(2, "a", {}));
    fold.add(usage("b", 4, midnightMs), kinesisRecord(3, "b", {}));
    fold.add(usage("a", 8, midnightMs), kinesisRecord(4, "a", {}));
    expect(
      fold.days().map(({ account, day, events }) => [account, day, events.map(({ units }) => units)]),
    ).toEqual([
      ["a", "2025-12-31", [1]],
      ["a", "2026-01-01", [2, 8]],
      ["b", "2026-01-01", [4]],
    ]);
  });

  it("refuses an event under another partition key than its account: its order would not be the account's", () => {
    expect(() => usageFold().add(usage("a", 1), kinesisRecord(1, "b", {}))).toThrow(
      expect.objectContaining({ code: "USAGE_MISPLACED", retryable: false }),
    );
  });
});

test("an event is counted once, however batches are cut, repeated, half written, or written late by who was thought dead", async () => {
  const accounts = ["a", "b", "c"];
  const account = fc.constantFrom(...accounts);
  const plan = fc.record({
    events: fc.array(fc.tuple(account, fc.nat(9)), { minLength: 1, maxLength: 25 }),
    deliveries: fc.array(
      fc.record({
        records: fc.integer({ min: 1, max: 12 }),
        fails: fc.subarray(accounts),
        /** Whether the answer arrives; and which earlier write comes late. */
        isHeard: fc.boolean(),
        late: fc.nat(30),
      }),
      { maxLength: 12 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ events, deliveries }) => {
      const double = tableDouble();
      const table = usageTable(double.dynamodb, "Usage");
      const call = rootCall();
      const records = events.map(([name, units], n) => ({
        usage: usage(name, units),
        record: kinesisRecord(n, name, {}),
      }));
      const written: ReturnType<ReturnType<typeof usageFold>["days"]>[number][] = [];
      let from = 0;

      /** As a lane does: in order, from the checkpoint on. */
      async function deliver(count: number, fails: readonly string[], isHeard: boolean): Promise<void> {
        const batch = records.slice(from, from + count);
        const fold = usageFold();
        for (const { usage: one, record } of batch) fold.add(one, record);
        const failed: string[] = [];
        for (const day of fold.days()) {
          if (fails.includes(day.account)) failed.push(day.events[0]?.sequenceNumber ?? "");
          else await table.send([day], call);
          written.push(day);
        }
        if (!isHeard) return;
        const checkpoint = records.findIndex(
          ({ record }) => record.kinesis.sequenceNumber === lowest(failed),
        );
        from = checkpoint === -1 ? from + batch.length : checkpoint;
      }

      for (const { records: count, fails, isHeard, late } of deliveries) {
        await deliver(count, fails, isHeard);
        const zombie = written[late];
        // Its batch was begun, so all before it is done: what comes late is nothing that is still to come.
        if (zombie !== undefined) await table.send([zombie], call);
      }
      await deliver(records.length, [], true);

      for (const name of accounts) {
        const own = events.filter(([one]) => one === name);
        const counted = double.usage.get(`${name}/1970-01-01`);
        expect([counted?.events ?? 0, counted?.units ?? 0]).toEqual([
          own.length,
          own.reduce((sum, [, units]) => sum + units, 0),
        ]);
      }
    }),
    { numRuns: 300 },
  );
});
