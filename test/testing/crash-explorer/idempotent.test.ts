import { type Call, rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { type CrashWorld, exploreCrashes } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { foundBy } from "./found-by.ts";

interface Entry {
  readonly id: string;
}
const entry: Entry = { id: "e-1" };
const key = (input: Entry): string => input.id;

/** Adds to a ledger, which is not idempotent by itself, in the transaction that completes the record. */
function transacting(): CrashWorld {
  const records = memoryStore();
  return {
    start({ watch, runtime }) {
      const post = idempotent(async (_: Entry, call) => call.unit.transact([{ add: 1 }], "posted"), {
        store: watch("store", records),
        operation: "post",
        key,
      });
      return () => post(entry, rootCall({ runtime, timeoutMs: 30_000 }));
    },
    check: () => expect(records.applied, "applied").toHaveLength(1),
  };
}

/** The control: the same transaction, and no record. */
function withoutRecord(): CrashWorld {
  const records = memoryStore();
  return {
    start({ watch, runtime }) {
      const store = watch("store", records);
      const post = (_: Entry, call: Call) => store.transact([{ add: 1 }], undefined, call);
      return () => post(entry, rootCall({ runtime, timeoutMs: 30_000 }));
    },
    check: () => expect(records.applied, "applied").toHaveLength(1),
  };
}

/** A bank that charges once for each key it is given. */
function bank() {
  const charged: string[] = [];
  return {
    charged,
    async charge(idempotencyKey: string): Promise<string> {
      if (!charged.includes(idempotencyKey)) charged.push(idempotencyKey);
      return `receipt ${charged.indexOf(idempotencyKey) + 1}`;
    },
  };
}

function charging(keyOf: (unitId: string, attempt: string) => string): CrashWorld {
  const records = memoryStore();
  const target = bank();
  return {
    start({ watch, runtime }) {
      const { charge } = watch("bank", target);
      const post = idempotent(
        async (_: Entry, call) => {
          const receipt = await charge(keyOf(call.unit.id, runtime.newId()));
          return call.unit.transact([{ add: receipt }], receipt);
        },
        { store: watch("store", records), operation: "post", key },
      );
      return () => post(entry, rootCall({ runtime, timeoutMs: 30_000 }));
    },
    check() {
      expect(target.charged, "charged").toHaveLength(1);
      expect(records.applied, "applied").toEqual([{ add: "receipt 1" }]);
    },
  };
}

describe("effects inside unit.transact", () => {
  test("happen once, whatever await the handler dies, loses a reply or sleeps at", async () => {
    const report = await exploreCrashes(transacting);
    expect(report).toEqual({
      schedules: 18, // none; eight at each await; the answer that its source does not hear
      deliveries: 43,
      isComplete: true,
      awaits: ["store.claim", "store.transact"],
    });
  });

  test("happen once under every pair of faults", async () => {
    const report = await exploreCrashes(transacting, { maxFaults: 2 });
    expect(report).toMatchObject({ schedules: 415, isComplete: true });
  });

  test("without the record happen again: the shortest schedule stops the process when the effect is done", async () => {
    const found = await foundBy(withoutRecord);
    expect(found.schedule).toEqual([
      { delivery: 1, await: 1, operation: "store.transact", do: "stop-after" },
    ]);
  });
});

describe("an effect outside unit.transact", () => {
  test("happens once when its target is given the unit's key", async () => {
    const report = await exploreCrashes(() => charging((unitId) => unitId), { maxFaults: 2 });
    expect(report).toMatchObject({
      isComplete: true,
      awaits: ["store.claim", "bank.charge", "store.transact"],
    });
    expect(report.schedules).toBeGreaterThan(500);
  });

  test("happens again when every attempt has a key of its own", async () => {
    const found = await foundBy(() => charging((_, attempt) => attempt));
    expect(found.schedule).toEqual([{ delivery: 1, await: 2, operation: "bank.charge", do: "stop-after" }]);
  });
});
