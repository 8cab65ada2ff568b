import { hasCode, rootCall } from "holdfast";
import { type IdempotentOptions, idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type CrashWorld, exploreCrashes } from "holdfast/testing";
import { describe, expect, test } from "vitest";

interface Payment {
  readonly id: string;
}

/** A bank that knows no repeat: what it is told twice, it pays twice. */
function paying(records: MemoryStore, options: Partial<IdempotentOptions<Payment>>): CrashWorld {
  let payments = 0;
  const bank = {
    async pay() {
      payments += 1;
    },
  };
  return {
    start({ watch, runtime }) {
      const { pay } = watch("bank", bank);
      const payOut = idempotent((_: Payment) => pay(), {
        store: watch("store", records),
        operation: "pay-out",
        key: (payment) => payment.id,
        ...options,
      });
      return () => payOut({ id: "1" }, rootCall({ runtime, timeoutMs: 30_000 }));
    },
    check: () => expect(payments, "payments").toBeLessThanOrEqual(1),
  };
}

// A key whose outcome nobody knows is refused until someone settles it: that is no failure here.
const pairs = { maxFaults: 2, mustSettle: false } as const;

describe("where twice is worse than late", () => {
  test("abandoned keys blocked, and every error unknown that is not known to mean otherwise, pays once at most", async () => {
    const safe: Partial<IdempotentOptions<Payment>> = {
      onAbandoned: "block",
      onError: (error) => (hasCode(error, "DECLINED") ? "release" : "unknown-outcome"),
    };
    const { isComplete, schedules } = await exploreCrashes(() => paying(memoryStore(), safe), pairs);
    expect(isComplete).toBe(true);
    expect(schedules).toBeGreaterThan(100);
  });

  test.each<[string, Partial<IdempotentOptions<Payment>>]>([
    ["errors are released that are not known to mean unknown", { onAbandoned: "block" }],
    ["abandoned keys are run again", { onError: () => "unknown-outcome" }],
  ])("it pays twice when %s", async (_name, options) => {
    await expect(exploreCrashes(() => paying(memoryStore(), options), pairs)).rejects.toThrow(/payments/);
  });
});
