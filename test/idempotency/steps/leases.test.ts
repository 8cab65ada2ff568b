import { type LambdaCall, rootCall, wrapHandler } from "holdfast";
import { idempotent, type ResultKeeper } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { fakeContext } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { kindOf, withWrites } from "../../support/store-writes.ts";
import { busy, type Order, order, outOfStock, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

const short = { leaseMs: 900, heartbeatMs: 300 };

/** Takes so long on the manual clock. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => w.clock.setTimer(ms, resolve));
}

describe("a lease that is shorter than the run", () => {
  test("is kept up through steps and compensations, each of them longer than it", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      for (const name of ["charge", "reserve"]) {
        await unit.step(
          name,
          async ({ idempotencyKey }) => {
            await sleep(2_000);
            return w.bank.ask(name, idempotencyKey);
          },
          {
            compensate: async (_, { idempotencyKey }) => {
              await sleep(2_000);
              await w.bank.ask(`undo ${name}`, idempotencyKey);
            },
          },
        );
      }
      throw outOfStock();
    }, w.options(short));
    const first = run(order, w.call()).catch((error: unknown) => error);
    for (let ms = 0; ms < 8_000; ms += 1_000) {
      await w.clock.advance(1_000);
      if (ms < 7_000)
        await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
    }
    expect(await first).toMatchObject({ message: "out of stock" });
    expect(w.bank.log).toEqual(["charge", "reserve", "undo reserve", "undo charge"]);
    expect(w.clock.pendingTimers).toBe(0);
  });

  test("is lost without heartbeats: nothing more is run, nor taken back, by who has lost it", async () => {
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
          compensate: () => w.bank.ask("refund", ""),
        });
        await sleep(2_000);
        await unit.step("ship", () => w.bank.ask("ship", "")).catch(() => {});
        throw outOfStock();
      },
      w.options({ leaseMs: 900, heartbeatMs: false }),
    );
    const first = run(order, w.call()).catch((error: unknown) => error);
    await w.clock.advance(2_000);
    expect(await first).toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(w.bank.log).toEqual(["charge"]);
  });

  test("and that has ended while a result was fetched: its step is not taken back by who has lost it", async () => {
    let isSlow = false;
    const results: ResultKeeper = {
      keep: (text) => text,
      text: (kept) => (isSlow ? sleep(1_000).then(() => kept) : kept),
    };
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
          compensate: () => w.bank.ask("refund", ""),
        });
        isSlow = true;
        throw outOfStock();
      },
      w.options({ leaseMs: 900, heartbeatMs: false, results }),
    );
    const first = run(order, w.call()).catch((error: unknown) => error);
    await w.clock.advance(1_000);
    expect(await first).toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    expect(w.bank.log).toEqual(["charge"]);
  });

  test("may be kept up while a step is recorded: both writes are made, in either order", async () => {
    const memory = memoryStore();
    const writes: string[] = [];
    const slow = (ms: number): typeof memory.write =>
      async function write(lease, change, call) {
        await sleep(ms);
        writes.push(kindOf(change));
        return memory.write(lease, change, call);
      };
    for (const [beat, step, order] of [
      [50, 100, ["beat", "step"]],
      [200, 100, ["step", "beat"]],
    ] as const) {
      writes.length = 0;
      w = world(withWrites(memory, { beat: slow(beat), step: slow(step) }));
      const run = resumable(async (_: Order, { unit }) => {
        await unit.step("charge", async () => {
          await sleep(280);
          return w.bank.ask("charge", "");
        });
        await sleep(300);
        throw busy();
      }, w.options(short));
      const input = { id: order.join() };
      const first = run(input, w.call()).catch((error: unknown) => error);
      await w.clock.advance(1_000);
      expect(await first).toMatchObject({ message: "busy" });
      expect(writes.slice(0, 2)).toEqual(order);
      const second = run(input, w.call()).catch((error: unknown) => error);
      await w.clock.advance(1_000);
      await second;
      expect(w.bank.log).toEqual(["charge"]);
    }
  });

  test("has one heartbeat again after a transaction that was refused before it was sent, and none after its end", async () => {
    const memory = memoryStore();
    let beats = 0;
    w = world(
      withWrites(memory, {
        beat: (...given) => {
          beats += 1;
          return memory.write(...given);
        },
      }),
    );
    const run = resumable(async (_: Order, { unit }) => {
      const charge = unit.step("charge", () => sleep(100));
      await unit.transact([], 1).catch(() => {});
      await charge;
      await sleep(1_900);
      throw busy();
    }, w.options(short));
    const first = run(order, w.call()).catch((error: unknown) => error);
    await w.clock.advance(2_000);
    expect(await first).toMatchObject({ message: "busy" });
    expect(beats).toBe(6);
    expect(w.clock.pendingTimers).toBe(0);
  });
});

describe("a step that calls an idempotent function of the same store", () => {
  test("runs it once, by its own key, although the step is run again", async () => {
    let fails = true;
    const pay = idempotent(async (input: Order) => w.bank.ask("pay", input.id), {
      ...w.options(),
      operation: "pay",
    });
    const run = resumable(
      async (input: Order, call) =>
        call.unit.step("charge", async () => {
          const receipt = await pay(input, call);
          if (fails) throw busy();
          return receipt;
        }),
      w.options(short),
    );
    await expect(run(order, w.call())).rejects.toThrow("busy");
    fails = false;
    expect(await run(order, w.call())).toBe("pay done");
    expect(w.bank.log).toEqual(["pay"]);
  });

  test("whose lease goes on with the unit's: both are kept up, and both end", async () => {
    const pay = idempotent(
      async (input: Order) => {
        await sleep(3_000);
        return w.bank.ask("pay", input.id);
      },
      { ...w.options(short), operation: "pay" },
    );
    const run = resumable(
      async (input: Order, call) => call.unit.step("charge", () => pay(input, call)),
      w.options(short),
    );
    const first = run(order, w.call());
    await w.clock.advance(3_000);
    expect(await first).toBe("pay done");
    expect(w.clock.pendingTimers).toBe(0);
  });
});

describe("a call that is over before the unit is", () => {
  /** The handler has answered meanwhile, as one does that awaits the first failure of several units. */
  function leftBehind(changes: Parameters<World["options"]>[0] = {}) {
    const over = new AbortController();
    let gone = false;
    const run = resumable(async (_: Order, call) => {
      await call.unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      if (!gone) over.abort(outOfStock());
      gone = true;
      return call.unit.step("ship", ({ idempotencyKey }) => w.bank.ask("ship", idempotencyKey));
    }, w.options(changes));
    return { run, call: rootCall({ runtime: w.clock, signal: over.signal }) };
  }

  test("because its handler has answered has not failed either", async () => {
    const { run } = leftBehind();
    let go: (() => void) | undefined;
    const slow = resumable(async (_: Order, call) => {
      await call.unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
        compensate: () => w.bank.ask("refund", ""),
      });
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return call.unit.step("ship", ({ idempotencyKey }) => w.bank.ask("ship", idempotencyKey));
    }, w.options());
    let left: Promise<unknown> | undefined;
    const handler = wrapHandler(async (_: unknown, call: LambdaCall) => {
      left = slow(order, call).catch((error: unknown) => error);
      await sleep(10);
      throw busy();
    });
    const answer = handler({}, fakeContext({ runtime: w.clock })).catch((error: unknown) => error);
    await w.clock.advance(10);
    expect(await answer).toMatchObject({ message: "busy" });
    go?.();
    expect(await left).toMatchObject({ code: "CALL_ENDED" });
    expect(await run(order, w.call())).toBe("ship done");
    expect(w.bank.log).toEqual(["charge", "ship"]);
  });

  test.each([
    ["", {}],
    [', also where onError says "remember" of everything', { onError: () => "remember" as const }],
  ])("has not failed, whatever the reason says: the next run goes on%s", async (_, changes) => {
    const { run, call } = leftBehind(changes);
    await expect(run(order, call)).rejects.toMatchObject({ message: "out of stock" });
    expect(await run(order, w.call())).toBe("ship done");
    expect(w.bank.log).toEqual(["charge", "ship"]);
  });
});
