import { memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { busy, type Order, order, outOfStock, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

describe.each([
  ["without a key", () => ({ key: () => undefined, onMissingKey: "run" as const })],
  [
    "with the kill switch on",
    () => {
      vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
      vi.spyOn(console, "error").mockReturnValue();
      return {};
    },
  ],
])("%s", (_, changes) => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test("a unit takes back what it did, in this process, and keeps nothing", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    const fulfil = w.fulfil(changes());
    await expect(fulfil(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log.slice(3)).toEqual(["restock", "refund of charge done"]);
    expect(await fulfil(order, w.call())).toBe("charge done");
    expect(w.bank.log).toHaveLength(8);
    expect(await recordOf(w)).toBeUndefined();
  });

  test("steps and a transaction are done, and a step after it is not", async () => {
    const run = resumable(
      async (_: Order, { unit }) => {
        const paid = await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey));
        await unit.transact([{ Put: {} }], paid);
        return unit.step("late", () => w.bank.ask("late", ""));
      },
      { ...w.options(), ...changes() },
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STEP_LATE" });
    expect(w.bank.log).toEqual(["charge"]);
    expect(w.store.applied).toHaveLength(1);
  });

  test("a unit that fails after its transaction has done its work: nothing is taken back", async () => {
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", async () => 1, { compensate: () => w.bank.ask("refund", "") });
        await unit.transact([{ Put: {} }], 1);
        throw outOfStock();
      },
      { ...w.options(), ...changes() },
    );
    await expect(run(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log).toEqual([]);
  });

  test("nothing is taken back when nobody knows whether its transaction was applied", async () => {
    const memory = memoryStore();
    let sent = 0;
    w = world({
      ...memory,
      transact: (...given) =>
        ++sent === 1 ? Promise.reject(new Error("no reply")) : memory.transact(...given),
    });
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", async () => 1, { compensate: () => w.bank.ask("refund", "") });
        await unit.transact([{ Put: {} }], 1).catch(() => {});
        // That this one is refused says nothing of the one before.
        return unit.transact("no list" as never, 1);
      },
      { ...w.options({ onError: () => "remember" }), ...changes() },
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(w.bank.log).toEqual([]);
  });

  test("a step that nobody awaits is waited for, and its failure is the unit's", async () => {
    const run = resumable(
      async (_: Order, { unit }) => {
        void unit.step("forgotten", async () => {
          await Promise.resolve();
          throw busy();
        });
        return "done";
      },
      { ...w.options(), ...changes() },
    );
    await expect(run(order, w.call())).rejects.toThrow("busy");
  });

  test("a transaction while a step is running is refused, and nothing is applied", async () => {
    const run = resumable(
      async (_: Order, { unit }) => {
        const running = unit.step("charge", async () => Promise.resolve());
        try {
          return await unit.transact([{ Put: {} }], 1);
        } finally {
          await running;
        }
      },
      { ...w.options(), ...changes() },
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STEP_RUNNING" });
    expect(w.store.applied).toHaveLength(0);
  });

  test("no step is run after a transaction that may still be applied", async () => {
    const memory = memoryStore();
    w = world({ ...memory, transact: () => Promise.reject(new Error("no reply")) });
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.transact([{ Put: {} }], 1).catch(() => {});
        return unit.step("invoice", () => w.bank.ask("invoice", ""));
      },
      { ...w.options(), ...changes() },
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(w.bank.log).toEqual([]);
  });

  test("a step that another branch begins after the unit has failed is not run: nobody would take it back", async () => {
    const run = resumable(
      async (_: Order, { unit }) => {
        const slow = unit
          .step("left", () => w.bank.ask("left", ""), {
            compensate: async () => {
              await Promise.resolve();
              await w.bank.ask("undo left", "");
            },
          })
          .then(async () => {
            for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
            return unit.step("right", () => w.bank.ask("right", ""), {
              compensate: () => w.bank.ask("undo right", ""),
            });
          });
        slow.catch(() => {});
        await unit.step("down", () => Promise.reject(outOfStock()));
      },
      { ...w.options(), ...changes() },
    );
    await expect(run(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log).toEqual(["left", "undo left"]);
  });
});
