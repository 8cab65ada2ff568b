import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type CrashWorld, exploreCrashes } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { foundBy } from "./found-by.ts";
import { deletingOnRelease, ignoringFences, ignoringLeases } from "./planted-stores.ts";

const key = (id: string): string => id;

/** Adds once in the transaction that completes the record. */
function transacting(records: MemoryStore): CrashWorld {
  return {
    start({ watch, runtime }) {
      const post = idempotent(async (_: string, call) => call.unit.transact([{ add: 1 }], "posted"), {
        store: watch("store", records),
        operation: "post",
        key,
      });
      return () => post("e-1", rootCall({ runtime, timeoutMs: 30_000 }));
    },
    check: () => expect(records.applied, "applied").toHaveLength(1),
  };
}

/** Answers something new in each run: whoever asks must hear the answer that was recorded. */
function answering(records: MemoryStore): CrashWorld {
  return {
    start({ watch, runtime }) {
      const answer = idempotent(async (_: string) => runtime.newId(), {
        store: watch("store", records),
        operation: "answer",
        key,
      });
      return () => answer("e-1", rootCall({ runtime, timeoutMs: 30_000 }));
    },
    check(ends) {
      const answers = ends.flatMap((end) => (end.how === "settled" ? [end.answer] : []));
      expect(new Set(answers).size, "different answers").toBe(1);
    },
  };
}

/** Charges outside of the transaction, which must not happen twice as long as nobody outlives a lease. */
function charging(records: MemoryStore): CrashWorld {
  let charges = 0;
  const bank = {
    async charge() {
      charges += 1;
    },
  };
  return {
    start({ watch, runtime }) {
      const { charge } = watch("bank", bank);
      const post = idempotent((_: string) => charge(), {
        store: watch("store", records),
        operation: "charge",
        key,
      });
      return () => post("e-1", rootCall({ runtime, timeoutMs: 30_000 }));
    },
    check: () => expect(charges, "charges").toBe(1),
  };
}

/** A repeat comes while the first run is at its work, and nothing else goes wrong. */
const repeats = { faults: ["sleep-before", "sleep-after"], asleepMs: 0, maxFaults: 2 } as const;

describe("the memory store", () => {
  test("keeps all that its bugs would break, under every pair of faults", async () => {
    await exploreCrashes(() => transacting(memoryStore()), { maxFaults: 2 });
    await exploreCrashes(() => answering(memoryStore()), { maxFaults: 2 });
    await exploreCrashes(() => charging(memoryStore()), repeats);
  });
});

describe("a store that", () => {
  test("ignores leases is found by a repeat that comes while the first run is at its work", async () => {
    const found = await foundBy(() => charging(ignoringLeases()), repeats);
    expect(found.message).toContain("charges: expected 2 to be 1");
    expect(found.steps).toBe(`delivery 1:
  1. store.claim: done, claimed: true; the process sleeps for a moment before the reply
delivery 2, 0 ms later, in a new process:
  1. store.claim: done, claimed: true
  2. bank.charge: done
  3. store.write: done, written: true
  settles
delivery 1 awakes:
  1. store.claim: the reply arrives
  2. bank.charge: done
  3. store.write: done, written: false
  rejects: IDEMPOTENCY_LEASE_LOST
delivery 3, 1,000,000 ms later, in the same process:
  1. store.claim: done, claimed: false
  settles`);
  });

  test("ignores fences is found by a run that completes late, over another's answer", async () => {
    const found = await foundBy(() => answering(ignoringFences()));
    expect(found.schedule).toMatchObject([
      { delivery: 1, await: 2, do: "sleep-before", asleepMs: 1_000_000 },
    ]);
  });

  test("deletes on release is found by a transaction whose reply is lost", async () => {
    const found = await foundBy(() => transacting(deletingOnRelease()));
    expect(found.schedule).toMatchObject([{ delivery: 1, await: 2, do: "lose-reply" }]);
  });
});
