import { memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { beforeEach, describe, expect, test } from "vitest";
import { withWrites } from "../../support/store-writes.ts";
import { busy, type Order, order, outOfStock, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

describe("a unit that fails for good", () => {
  test("takes back what was done, the last step first, and its error is remembered", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    const fulfil = w.fulfil();
    const failure = { code: "TERMINAL", message: "out of stock" };
    await expect(fulfil(order, w.call())).rejects.toMatchObject(failure);
    expect(w.bank.log).toEqual(["charge", "reserve", "ship", "restock", "refund of charge done"]);
    await expect(fulfil(order, w.call())).rejects.toMatchObject(failure);
    expect(w.bank.log).toHaveLength(5);
  });

  test("gives each compensation a key of its own, and not its step's", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    await expect(w.fulfil()(order, w.call())).rejects.toThrow();
    expect(new Set(w.bank.keys).size).toBe(5);
  });

  test("at its first step has nothing to take back, and is released like any failure", async () => {
    w.bank.failures.set("charge", [outOfStock()]);
    const fulfil = w.fulfil();
    await expect(fulfil(order, w.call())).rejects.toThrow("out of stock");
    expect(await fulfil(order, w.call())).toBe("charge done");
  });

  test("is one whose error says so: any other keeps its steps for the next run", async () => {
    w.bank.failures.set("ship", [busy()]);
    await expect(w.fulfil()(order, w.call())).rejects.toThrow("busy");
    expect(w.bank.log).toEqual(["charge", "reserve", "ship"]);
    expect((await recordOf(w))?.state).toBe("RELEASED");
  });

  test('is, with onError, one of which that says "remember": the same for every error', async () => {
    w.bank.failures.set("ship", [busy()]);
    await expect(w.fulfil({ onError: () => "remember" })(order, w.call())).rejects.toThrow("busy");
    expect(w.bank.log.slice(3)).toEqual(["restock", "refund of charge done"]);
  });

  test('is not one of which onError says "release", whatever the error says', async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    const fulfil = w.fulfil({ onError: () => "release" });
    await expect(fulfil(order, w.call())).rejects.toThrow("out of stock");
    expect(await fulfil(order, w.call())).toBe("charge done");
  });

  test('takes nothing back when onError says "unknown-outcome": somebody looks first', async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    await expect(w.fulfil({ onError: () => "unknown-outcome" })(order, w.call())).rejects.toThrow();
    expect(w.bank.log).toEqual(["charge", "reserve", "ship"]);
    expect((await recordOf(w))?.state).toBe("UNKNOWN");
  });

  test("takes nothing back when onError throws: the key is held until its lease ends", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    const onError = () => {
      throw new Error("mistaken");
    };
    await expect(w.fulfil({ onError })(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log).toEqual(["charge", "reserve", "ship"]);
    expect((await recordOf(w))?.state).toBe("IN_PROGRESS");
  });

  test("between two steps takes back those before it", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      throw outOfStock();
    }, w.options());
    await expect(run(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log).toEqual(["charge", "refund"]);
  });

  test("takes back with the result that was recorded, whatever the function did to its copy", async () => {
    const seen: unknown[] = [];
    const run = resumable(async (_: Order, { unit }) => {
      const receipt = await unit.step("charge", async () => ({ cents: 5 }), {
        compensate: (given) => seen.push(given),
      });
      receipt.cents = 0;
      throw outOfStock();
    }, w.options());
    await expect(run(order, w.call())).rejects.toThrow("out of stock");
    expect(seen).toEqual([{ cents: 5 }]);
  });

  test("takes back last what an earlier run did first, also a step in a finally, which had another place there", async () => {
    w.bank.failures.set("charge", [busy()]);
    w.bank.failures.set("ship", [outOfStock()]);
    const run = resumable(async (_: Order, { unit }) => {
      const ask = (what: string) =>
        unit.step(what, () => w.bank.ask(what, ""), { compensate: () => w.bank.ask(`undo ${what}`, "") });
      await ask("open");
      try {
        await ask("charge");
        await ask("reserve");
      } finally {
        await ask("note");
      }
      await ask("ship");
    }, w.options());
    await expect(run(order, w.call())).rejects.toThrow("busy");
    await expect(run(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log.slice(-4)).toEqual(["undo note", "undo reserve", "undo charge", "undo open"]);
  });

  test("by an item of its transaction takes its steps back", async () => {
    const refused = () => {
      throw outOfStock();
    };
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", async () => 1, { compensate: () => w.bank.ask("refund", "") });
      return unit.transact([refused], 1);
    }, w.options());
    const refusal = { code: "IDEMPOTENCY_ITEM_REFUSED", retryable: false };
    await expect(run(order, w.call())).rejects.toMatchObject(refusal);
    await expect(run(order, w.call())).rejects.toMatchObject(refusal);
    expect(w.bank.log).toEqual(["refund"]);
  });
});

describe("that it has failed is recorded before anything is taken back", () => {
  test("so a crash in the middle of a compensation is followed by compensations only", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    let crashes = true;
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
          compensate: (_, { idempotencyKey }) => w.bank.ask("refund", idempotencyKey),
        });
        await unit.step("reserve", ({ idempotencyKey }) => w.bank.ask("reserve", idempotencyKey), {
          compensate: async (_, { idempotencyKey }) => {
            await w.bank.ask("restock", idempotencyKey);
            if (crashes) await new Promise(() => {});
          },
        });
        await unit.step("ship", ({ idempotencyKey }) => w.bank.ask("ship", idempotencyKey));
      },
      w.options({ leaseMs: 1_000, heartbeatMs: false }),
    );
    void run(order, w.call()).catch(() => {});
    await w.clock.advance(1_001);
    crashes = false;
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "TERMINAL", message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "reserve", "ship", "restock", "restock", "refund"]);
    expect(w.bank.keys[3]).toBe(w.bank.keys[4]);
  });

  test("and where that write fails, nothing is taken back, and the next run goes forward", async () => {
    let writes = 0;
    const memory = memoryStore();
    const store = withWrites(memory, {
      step: (...given) => (++writes === 3 ? Promise.reject(new Error("down")) : memory.write(...given)),
    });
    w = world(store);
    w.bank.failures.set("ship", [outOfStock()]);
    const fulfil = w.fulfil();
    await expect(fulfil(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
    expect(await fulfil(order, w.call())).toBe("charge done");
    expect(w.bank.log).toEqual(["charge", "reserve", "ship", "ship"]);
  });

  test("and from then on no step is run, and no transaction applied, whatever the function does", async () => {
    let way: "fails" | "goes on" = "fails";
    const refused: unknown[] = [];
    w.bank.failures.set("refund", [busy()]);
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      if (way === "fails") throw outOfStock();
      await unit.step("ship", () => w.bank.ask("ship", "")).catch((error) => refused.push(error));
      return unit.transact([{ Put: {} }], "done").catch((error: unknown) => {
        refused.push(error);
        return "done";
      });
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    way = "goes on";
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "refund", "refund"]);
    expect(w.store.applied).toHaveLength(0);
    expect(refused).toEqual([1, 2].map(() => expect.objectContaining({ message: "out of stock" })));
  });
});

test("what a unit does is told: each step once, that it failed, what is undone, and what cannot be", async () => {
  w.bank.failures.set("ship", [outOfStock()]);
  w.bank.failures.set("restock", [busy()]);
  const fulfil = w.fulfil();
  await expect(fulfil(order, w.call())).rejects.toThrow();
  await expect(fulfil(order, w.call())).rejects.toThrow();
  const told = w.facts.map(({ type, ...fact }) => [type.replace("idempotency.", ""), fact["step"]].join(" "));
  expect(told.map((line) => line.trim())).toEqual([
    "claimed",
    "step-done charge",
    "step-done reserve",
    "unwinding",
    "compensation-failed reserve",
    "released",
    "claimed",
    "step-replayed charge",
    "step-replayed reserve",
    "step-undone reserve",
    "step-undone charge",
    "failed",
  ]);
});
