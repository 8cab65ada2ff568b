import { rootCall, TerminalError, wrap } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { inspect, recordId, settle } from "holdfast/idempotency/admin";
import { memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { scopeOf } from "../../../src/core/call.ts";
import { withWrites } from "../../support/store-writes.ts";
import { type Order, order, outOfStock, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

const busy = (): Error => new Error("busy");
const recordOf = ({ store, call }: World) =>
  store.read(recordId({ operation: "fulfil", key: order.id }), call());

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
    w.bank.failures.set("refund", [busy()]);
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      if (way === "fails") throw outOfStock();
      await unit.step("ship", () => w.bank.ask("ship", "")).catch(() => {});
      return unit.transact([{ Put: {} }], "done").catch(() => "done");
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    way = "goes on";
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "refund", "refund"]);
    expect(w.store.applied).toHaveLength(0);
  });
});

describe("a later run of a unit that has failed", () => {
  /** The first run fails and cannot take back; the second ends by `error` before its steps. */
  async function endingEarly(error: unknown) {
    w.bank.failures.set("refund", [busy()]);
    let runs = 0;
    const run = resumable(async (_: Order, { unit }) => {
      if (++runs === 2) throw error;
      await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      throw outOfStock();
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    return run;
  }

  test("that ends before its steps, by what may pass, takes nothing back: the next one does", async () => {
    const run = await endingEarly(busy());
    await expect(run(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_PENDING",
      cause: { message: "busy" },
    });
    expect(w.bank.log).toEqual(["charge", "refund"]);
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "refund", "refund"]);
  });

  test("that ends before its steps, by what will not pass, cannot take them back: the unit is parked", async () => {
    const run = await endingEarly(new TerminalError("no such order"));
    await expect(run(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_FAILED",
      cause: { code: "IDEMPOTENCY_STEPS_CHANGED", cause: { message: "no such order" } },
    });
    expect((await recordOf(w))?.state).toBe("UNKNOWN");
    expect(w.bank.log).toEqual(["charge", "refund"]);
  });

  test("takes back what is owed although the function ends otherwise, once all steps were there", async () => {
    w.bank.failures.set("refund", [busy()]);
    let runs = 0;
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      throw ++runs === 1 ? outOfStock() : busy();
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "refund", "refund"]);
  });

  test("finds at which step it failed in the record", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    w.bank.failures.set("restock", [busy()]);
    await expect(w.fulfil()(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_PENDING",
    });
    const { steps } = (await recordOf(w)) ?? {};
    expect(JSON.parse(steps?.["!failure"] ?? "")).toMatchObject({ at: "ship", attempts: 1 });
  });

  test("finds that step also where nothing was thrown but undefined", async () => {
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", async () => 1, { compensate: () => Promise.reject(busy()) });
        await unit.step("ship", () => Promise.reject(undefined));
      },
      w.options({ onError: () => "remember" }),
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    const { steps } = (await recordOf(w)) ?? {};
    expect(JSON.parse(steps?.["!failure"] ?? "")).toMatchObject({ at: "ship" });
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

describe("a compensation that fails", () => {
  test("is tried again by the next delivery, which goes on there", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    w.bank.failures.set("restock", [busy()]);
    const fulfil = w.fulfil();
    await expect(fulfil(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_PENDING",
      retryable: true,
    });
    await expect(fulfil(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log.slice(3)).toEqual(["restock", "restock", "refund of charge done"]);
  });

  test("in three runs parks the unit as an unknown outcome, which somebody settles", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    w.bank.failures.set("restock", [busy(), busy(), busy()]);
    const fulfil = w.fulfil();
    for (const code of ["PENDING", "PENDING", "FAILED"]) {
      await expect(fulfil(order, w.call())).rejects.toMatchObject({
        code: `IDEMPOTENCY_COMPENSATION_${code}`,
      });
    }
    await expect(fulfil(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_UNKNOWN_OUTCOME" });
    const seen = await inspect(w.store, recordId({ operation: "fulfil", key: order.id }), w.call());
    expect(seen?.status).toBe("unknown");
    if (seen === undefined) return;
    // The bank is well again: released, the next delivery goes on compensating.
    await settle(w.store, seen, { as: "released" }, w.call());
    await expect(fulfil(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log.slice(3)).toEqual([
      "restock",
      "restock",
      "restock",
      "restock",
      "refund of charge done",
    ]);
  });

  test("and says that trying again cannot help parks it at once", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    w.bank.failures.set("restock", [new TerminalError("no such item")]);
    await expect(w.fulfil()(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_FAILED",
      retryable: false,
    });
    expect((await recordOf(w))?.state).toBe("UNKNOWN");
  });

  test("because the call's time is over is no failed attempt", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    const fulfil = resumable(
      async (_: Order, call) => {
        await call.unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
          compensate: async () => {
            w.bank.log.push("refund");
            await new Promise((_, reject) =>
              call.signal.addEventListener("abort", () => reject(call.signal.reason)),
            );
          },
        });
        await call.unit.step("ship", () => w.bank.ask("ship", ""));
      },
      w.options({ maxCompensationAttempts: 1 }),
    );
    const run = fulfil(order, rootCall({ runtime: w.clock, timeoutMs: 1_000 })).catch(
      (error: unknown) => error,
    );
    await w.clock.advance(1_001);
    expect(await run).toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect((await recordOf(w))?.state).toBe("RELEASED");
  });
});

describe("what may or may not have been done", () => {
  test("is found out by the next run, although the function has caught that, and nothing else was done", async () => {
    let ambiguous = true;
    const run = resumable(async (_: Order, { unit }) => {
      const charged = unit.step(
        "charge",
        async () => {
          w.bank.log.push("charge");
          if (ambiguous) throw busy();
        },
        { compensate: () => w.bank.ask("refund", "") },
      );
      await charged.catch(() => {});
      throw outOfStock();
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_PENDING",
      cause: { message: "out of stock" },
    });
    ambiguous = false;
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "charge", "refund"]);
  });

  test("is not what a step says that failed because another call is over: this one goes on", async () => {
    const other = rootCall({ runtime: w.clock, timeoutMs: 1 });
    const late = wrap(async () => {});
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      scopeOf(other).end();
      await unit.step("ship", () => late(undefined, other));
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "CALL_ENDED" });
    expect(w.bank.log).toEqual(["charge", "refund"]);
  });

  test("beside the step that failed is found out by the next run before anything is taken back", async () => {
    let ambiguous = true;
    const run = resumable(async (_: Order, { unit }) => {
      await Promise.all([
        unit.step(
          "charge",
          async () => {
            w.bank.log.push("charge");
            if (ambiguous) throw busy();
          },
          { compensate: () => w.bank.ask("refund", "") },
        ),
        unit.step("reserve", async () => {
          await Promise.resolve();
          throw outOfStock();
        }),
      ]);
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "busy" });
    ambiguous = false;
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "charge", "refund"]);
  });

  test("is a step that could not be recorded, also where onError says that every error is final", async () => {
    const memory = memoryStore();
    let writes = 0;
    w = world(
      withWrites(memory, {
        step: (...given) => (++writes === 2 ? Promise.reject(new Error("down")) : memory.write(...given)),
      }),
    );
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
          compensate: () => w.bank.ask("refund", ""),
        });
        return unit.step("ship", ({ idempotencyKey }) => w.bank.ask("ship", idempotencyKey));
      },
      w.options({ onError: () => "remember" }),
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(await run(order, w.call())).toBe("ship done");
    expect(w.bank.log).toEqual(["charge", "ship", "ship"]);
    expect(w.bank.keys[1]).toBe(w.bank.keys[2]);
  });

  test("in a transaction of which no reply came is no end: the next run asks again", async () => {
    const memory = memoryStore();
    let replies = 0;
    w = world({
      ...memory,
      transact: async (...given) => {
        if (++replies === 1) throw new Error("no reply");
        return memory.transact(...given);
      },
    });
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
          compensate: () => w.bank.ask("refund", ""),
        });
        return unit.transact([{ Put: {} }], "done");
      },
      w.options({ onError: () => "remember" }),
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(await run(order, w.call())).toBe("done");
    expect(w.bank.log).toEqual(["charge"]);
  });
});

describe("a step in which a unit of its own is left to be settled", () => {
  /** Reserves, then charges in a unit of its own, whose provider has answered nothing. */
  function orderWith(changes: Partial<Parameters<World["options"]>[0]>, isTakenBack: boolean) {
    const charge = idempotent(
      () => w.bank.ask("charge", ""),
      w.options({ operation: "charge", onAbandoned: "block", onError: () => "unknown-outcome" }),
    );
    return resumable(async (input: Order, call) => {
      await call.unit.step("reserve", () => w.bank.ask("reserve", ""), {
        compensate: () => w.bank.ask("restock", ""),
      });
      const compensate = () => w.bank.ask("refund", "");
      return call.unit.step("charge", () => charge(input, call), isTakenBack ? { compensate } : {});
    }, w.options(changes));
  }
  const byWhatItSays = (error: unknown) =>
    (error as { retryable?: unknown }).retryable === false ? "remember" : "release";
  const chargeRecord = () => inspect(w.store, recordId({ operation: "charge", key: order.id }), w.call());

  test.each([
    ["that can be taken back", true, {}],
    ["that cannot", false, {}],
    ["though onError remembers what says not to try again", true, { onError: byWhatItSays }],
  ])(
    "%s may have been done: nothing is taken back, and settled it goes on",
    async (_, isTakenBack, changes) => {
      w.bank.failures.set("charge", [busy()]);
      const fulfil = orderWith(changes, isTakenBack);
      // The first failure may be tried again as far as it says; the second says that it must not.
      for (let run = 0; run < 2; run++) await expect(fulfil(order, w.call())).rejects.toThrow();
      expect(w.bank.log).toEqual(["reserve", "charge"]);
      expect((await recordOf(w))?.state).toBe("RELEASED");
      const seen = await chargeRecord();
      if (seen?.status !== "unknown") throw new Error(`the charge is ${seen?.status}`);
      await settle(w.store, seen, { as: "completed", result: "paid" }, w.call());
      expect(await fulfil(order, w.call())).toBe("paid");
      expect(w.bank.log).toEqual(["reserve", "charge"]);
    },
  );
});

describe("a function that is protected itself, beneath a step", () => {
  test("and has taken itself back, fails the rest for good", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    const inner = w.fulfil({ operation: "inner" });
    const run = resumable(async (input: Order, call) => {
      await call.unit.step("announce", async () => 1, { compensate: () => w.bank.ask("take it back", "") });
      await call.unit.step("fulfil", () => inner(input, call));
    }, w.options());
    await expect(run(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log.slice(3)).toEqual(["restock", "refund of charge done", "take it back"]);
  });
});

describe("after a transaction that may still be applied", () => {
  test("no step is run: it would be done beside what the transaction completes", async () => {
    const memory = memoryStore();
    w = world({
      ...memory,
      async transact(...given) {
        await memory.transact(...given);
        throw new Error("no reply");
      },
    });
    const run = resumable(async (_: Order, { unit }) => {
      try {
        return await unit.transact([{ Put: {} }], "paid by card");
      } catch {
        return await unit.step("invoice", ({ idempotencyKey }) => w.bank.ask("invoice", idempotencyKey));
      }
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(await run(order, w.call())).toBe("paid by card");
    expect(w.bank.log).toEqual([]);
  });
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
    w = world({ ...memory, transact: () => Promise.reject(new Error("no reply")) });
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", async () => 1, { compensate: () => w.bank.ask("refund", "") });
        return unit.transact([{ Put: {} }], 1);
      },
      { ...w.options({ onError: () => "remember" }), ...changes() },
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(w.bank.log).toEqual([]);
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
