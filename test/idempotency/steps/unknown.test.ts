import { rootCall, TerminalError, wrap } from "holdfast";
import { memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { beforeEach, describe, expect, test } from "vitest";
import { scopeOf } from "../../../src/core/call.ts";
import { withWrites } from "../../support/store-writes.ts";
import { busy, type Order, order, outOfStock, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
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

  test("because a step is still running when the call's time is over is found out by the next run", async () => {
    let finish: (() => void) | undefined;
    const run = resumable(async (_: Order, { unit }) => {
      const charged = unit.step(
        "charge",
        () => {
          w.bank.log.push("charge");
          return new Promise<void>((resolve) => {
            finish = resolve;
          });
        },
        { compensate: () => w.bank.ask("refund", "") },
      );
      charged.catch(() => {});
      await unit.step("ship", () => Promise.reject(outOfStock()));
    }, w.options());
    const first = run(order, rootCall({ runtime: w.clock, timeoutMs: 1_000 })).catch((error) => error);
    await w.clock.advance(1_000);
    expect(await first).toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(w.clock.pendingTimers).toBe(0);
    finish?.();
    const second = run(order, w.call()).catch((error) => error);
    await w.clock.advance(0);
    finish?.();
    expect(await second).toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "charge", "refund"]);
  });

  test("is of no account for a step without a compensation: the rest is taken back", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      await unit.step("tell", () => Promise.reject(busy())).catch(() => {});
      throw outOfStock();
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "refund"]);
  });

  /** Reserves, fails to charge, goes on all the same, and fails for good. */
  function goingOn(chargeFails: () => unknown) {
    return resumable(async (_: Order, { unit }) => {
      await unit.step("reserve", ({ idempotencyKey }) => w.bank.ask("reserve", idempotencyKey), {
        compensate: () => w.bank.ask("restock", ""),
      });
      const compensate = () => w.bank.ask("refund", "");
      await unit.step("charge", () => Promise.reject(chargeFails()), { compensate }).catch(() => {});
      await unit.step("ship", () => w.bank.ask("ship", ""));
      throw outOfStock();
    }, w.options());
  }

  test("although the function went on from it: what is known is taken back, and somebody has to look at the rest", async () => {
    const run = goingOn(busy);
    await expect(run(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_FAILED",
      message: expect.stringContaining('step "charge" failed without a clear answer'),
      cause: { message: "busy" },
    });
    expect(w.bank.log).toEqual(["reserve", "ship", "restock"]);
    expect((await recordOf(w))?.state).toBe("UNKNOWN");
  });

  test("is no question where the target said no: the unit has failed, and is remembered", async () => {
    const run = goingOn(() => new TerminalError("declined"));
    await expect(run(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["reserve", "ship", "restock"]);
    expect((await recordOf(w))?.state).toBe("FAILED");
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

test("that a later transaction is refused says nothing of one before it, of which no reply came", async () => {
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
      return unit.transact("no list" as never, 1);
    },
    w.options({ onError: () => "remember" }),
  );
  await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
  expect(w.bank.log).toEqual([]);
});
