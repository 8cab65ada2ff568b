import { type Call, type Fact, observed, rootCall, TerminalError, wrap } from "holdfast";
import { type IdempotentOptions, idempotent, type RecordChange } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { withWrites } from "../support/store-writes.ts";

interface Order {
  readonly id: string;
}
const order: Order = { id: "o-1" };

let clock: ManualRuntime;
let store: MemoryStore;
let runs: number;
beforeEach(() => {
  clock = manualRuntime();
  store = memoryStore();
  runs = 0;
});
const options = (changes: Partial<IdempotentOptions<Order>> = {}): IdempotentOptions<Order> => ({
  store,
  operation: "charge",
  key: (input) => input.id,
  ...changes,
});
const call = (): Call => rootCall({ runtime: clock });

class CardDeclined extends Error {
  override readonly name = "CardDeclined";
  readonly code = "CARD_DECLINED";
  readonly decline = { reason: "limit", at: new Date(5) };
}

describe("onError", () => {
  const failing = (error: unknown, changes: Partial<IdempotentOptions<Order>>) =>
    idempotent(async (_: Order): Promise<number> => {
      if (++runs === 1) throw error;
      return runs;
    }, options(changes));

  test('"remember" gives repeats the same error: name, message, code and data, and runs nothing', async () => {
    const charge = failing(new CardDeclined("no"), { onError: () => "remember" });
    await expect(charge(order, call())).rejects.toBeInstanceOf(CardDeclined);
    const again = await charge(order, call()).catch((error: unknown) => error);
    expect(again).toBeInstanceOf(Error);
    expect(again).toMatchObject({
      name: "CardDeclined",
      message: "no",
      code: "CARD_DECLINED",
      decline: { reason: "limit", at: new Date(5) },
    });
    expect(runs).toBe(1);
  });

  test("decides by class: what is not to be remembered is released", async () => {
    const onError = (error: unknown) => (error instanceof CardDeclined ? "remember" : "release");
    const charge = failing(new Error("bank is down"), { onError });
    await expect(charge(order, call())).rejects.toThrow("bank is down");
    expect(await charge(order, call())).toBe(2);
  });

  test("remembers whether retrying helps, for whoever retries the repeat", async () => {
    const charge = failing(new TerminalError("closed account"), { onError: () => "remember" });
    await charge(order, call()).catch(() => {});
    await expect(charge(order, call())).rejects.toMatchObject({ code: "TERMINAL", retryable: false });
  });

  test.each([
    ["a text", "no"],
    ["null", null],
    ["a plain object", { code: 5 }],
  ])("remembers %s that was thrown as it is", async (_name, thrown) => {
    const charge = failing(thrown, { onError: () => "remember" });
    await charge(order, call()).catch(() => {});
    await expect(charge(order, call())).rejects.toStrictEqual(thrown);
  });

  test("remembers of an error that carries more than data its name, message and code", async () => {
    const error = Object.assign(new CardDeclined("no"), { retryable: false, retry: () => {} });
    const charge = failing(error, { onError: () => "remember" });
    await charge(order, call()).catch(() => {});
    const again = await charge(order, call()).catch((one: unknown) => one);
    expect(again).toMatchObject({
      name: "CardDeclined",
      message: "no",
      code: "CARD_DECLINED",
      retryable: false,
    });
    expect(again).not.toHaveProperty("retry");
  });

  test("remembers that it failed where nothing of the error can be written", async () => {
    const error = Object.assign(new CardDeclined("no"), { code: () => "CARD_DECLINED" });
    const charge = failing(error, { onError: () => "remember" });
    await charge(order, call()).catch(() => {});
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_NOT_STORED" });
    expect(runs).toBe(1);
  });

  test.each([
    ["remember", 1_000],
    ["unknown-outcome", 3_650 * 86_400_000],
  ] as const)("%s dates the record by the failure, and keeps it for %d ms", async (after, keptMs) => {
    const endings: RecordChange[] = [];
    const write: MemoryStore["write"] = (lease, change, given) => {
      endings.push(change);
      return store.write(lease, change, given);
    };
    const spying = withWrites(store, { fail: write, unknown: write });
    const charge = failing(new Error("no"), { store: spying, onError: () => after, rememberMs: 1_000 });
    clock.jump(5_000);
    await charge(order, call()).catch(() => {});
    expect(endings).toMatchObject([{ atMs: clock.now(), expiresAtMs: clock.now() + keptMs }]);
  });

  test('"unknown-outcome" refuses every repeat until someone settles it, also after the lease', async () => {
    const charge = failing(new Error("timeout"), { onError: () => "unknown-outcome", leaseMs: 1_000 });
    await expect(charge(order, call())).rejects.toThrow("timeout");
    clock.jump(60_000);
    await expect(charge(order, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_UNKNOWN_OUTCOME",
      retryable: false,
    });
    expect(runs).toBe(1);
  });

  test("that throws itself writes nothing: the key is held until its lease ends", async () => {
    const facts: Fact[] = [];
    const charge = wrap(
      failing(new Error("bank is down"), {
        leaseMs: 1_000,
        onError: () => {
          throw new Error("a mistake");
        },
      }),
      observed((fact) => facts.push(fact)),
    );
    await expect(charge(order, call())).rejects.toThrow("bank is down");
    expect(facts.at(-1)).toMatchObject({
      type: "idempotency.release-failed",
      error: { message: "a mistake" },
    });
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
    clock.jump(1_000);
    expect(await charge(order, call())).toBe(2);
  });

  test("tells observers what became of the failure", async () => {
    for (const [after, type] of [
      ["remember", "idempotency.failed"],
      ["unknown-outcome", "idempotency.unknown-outcome"],
    ] as const) {
      const facts: Fact[] = [];
      runs = 0;
      const charge = wrap(
        failing(new Error("no"), { operation: after, onError: () => after }),
        observed((fact) => facts.push(fact)),
      );
      await charge(order, call()).catch(() => {});
      expect(facts.at(-1)).toMatchObject({ type, operation: after });
    }
  });

  test("whose write fails leaves the caller the function's own error", async () => {
    const broken = withWrites(store, { fail: async () => Promise.reject(new Error("throttled")) });
    const charge = failing(new CardDeclined("no"), { store: broken, onError: () => "remember" });
    await expect(charge(order, call())).rejects.toBeInstanceOf(CardDeclined);
  });

  test("of a stale run never replaces what the run that took over has completed", async () => {
    const charge = idempotent(
      async (_: Order) => {
        if (++runs > 1) return "second";
        await new Promise<void>((resolve) => clock.setTimer(5_000, resolve));
        throw new CardDeclined("late");
      },
      options({ onError: () => "remember", leaseMs: 1_000, heartbeatMs: false }),
    );
    const slow = charge(order, call());
    await clock.advance(1_500);
    expect(await charge(order, call())).toBe("second");
    await expect(clock.run(slow)).rejects.toThrow("late");
    expect(await charge(order, call())).toBe("second");
  });
});

describe("onAbandoned", () => {
  /** A first run that dies without a word. */
  async function abandoned(changes: Partial<IdempotentOptions<Order>>) {
    const charge = idempotent(
      async (_: Order) => (++runs === 1 ? new Promise<never>(() => {}) : runs),
      options({ leaseMs: 1_000, heartbeatMs: false, ...changes }),
    );
    void charge(order, call());
    await clock.advance(1_000);
    return charge;
  }

  test('"rerun", the default, lets the next delivery take over once the lease has ended', async () => {
    const charge = await abandoned({});
    expect(await charge(order, call())).toBe(2);
  });

  test('"block" refuses it as an unknown outcome, whatever the payload check says of the same payload', async () => {
    const charge = await abandoned({ onAbandoned: "block", payload: ({ id }) => id });
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_UNKNOWN_OUTCOME" });
    expect(runs).toBe(1);
  });

  test('"block" still runs again what failed with a word', async () => {
    const charge = idempotent(
      async (_: Order) => {
        if (++runs === 1) throw new Error("no");
        return runs;
      },
      options({ onAbandoned: "block" }),
    );
    await charge(order, call()).catch(() => {});
    expect(await charge(order, call())).toBe(2);
  });

  test('"block" lets the slow run itself complete, for nobody took over', async () => {
    const charge = idempotent(
      async (_: Order) => {
        await new Promise<void>((resolve) => clock.setTimer(5_000, resolve));
        return "slow";
      },
      options({ onAbandoned: "block", leaseMs: 1_000, heartbeatMs: false }),
    );
    const slow = charge(order, call());
    await clock.advance(2_000);
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_UNKNOWN_OUTCOME" });
    expect(await clock.run(slow)).toBe("slow");
    expect(await charge(order, call())).toBe("slow");
  });

  test("the run that took over says from what", async () => {
    const charge = await abandoned({});
    const facts: Fact[] = [];
    await wrap(
      charge,
      observed((fact) => facts.push(fact)),
    )(order, call());
    expect(facts[0]).toMatchObject({ type: "idempotency.claimed", state: "IN_PROGRESS", ageMs: 1_000 });
  });
});

test("the two ways of an unknown outcome can be settled: as done, or to be run again", async () => {
  const charge = idempotent(
    async (_: Order): Promise<string> => {
      if (++runs === 1) throw new Error("timeout");
      return "run again";
    },
    options({ onError: () => "unknown-outcome" }),
  );
  await charge(order, call()).catch(() => {});
  await charge({ id: "o-2" }, call());
  const ids: string[] = [];
  const watch = wrap(
    charge,
    observed((fact) => ids.push(String(fact["id"]))),
  );
  runs = 0;
  await watch({ id: "o-3" }, call()).catch(() => {});
  const id = ids[0] ?? "";
  const seen = await store.read(id, call());
  expect(seen?.state).toBe("UNKNOWN");
  if (seen === undefined) return;
  await store.settle({ id, ...seen }, { state: "RELEASED", owner: "a person", atMs: clock.now() }, call());
  expect(await charge({ id: "o-3" }, call())).toBe("run again");
});

test.each([
  ["no word of the three", () => "unknown" as never],
  ["a promise of one", () => Promise.resolve("release") as never],
])("an onError that answers %s writes nothing, and observers hear why", async (_name, onError) => {
  const facts: Fact[] = [];
  const charge = wrap(
    idempotent(
      async (_: Order): Promise<number> => {
        if (++runs === 1) throw new Error("bank is down");
        return runs;
      },
      options({ onError, leaseMs: 1_000 }),
    ),
    observed((fact) => facts.push(fact)),
  );
  await expect(charge(order, call())).rejects.toThrow("bank is down");
  expect(facts.at(-1)).toMatchObject({
    type: "idempotency.release-failed",
    error: { code: "INVALID_OPTION", message: "onError: it must answer release, remember, unknown-outcome" },
  });
  clock.jump(1_000);
  expect(await charge(order, call())).toBe(2);
});
