import { rootCall, TerminalError } from "holdfast";
import { inspect, recordId, settle } from "holdfast/idempotency/admin";
import { memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { beforeEach, describe, expect, test } from "vitest";
import { withWrites } from "../../support/store-writes.ts";
import { busy, type Order, order, outOfStock, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
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

  test("is tried again alone: what was taken back before it is not taken back again", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    w.bank.failures.set("refund of charge done", [busy()]);
    const fulfil = w.fulfil();
    await expect(fulfil(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    await expect(fulfil(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log.slice(3)).toEqual(["restock", "refund of charge done", "refund of charge done"]);
  });

  test("in as many runs as it may parks the unit as an unknown outcome, which somebody settles", async () => {
    w.bank.failures.set("ship", [outOfStock()]);
    w.bank.failures.set("restock", [busy(), busy(), busy()]);
    const fulfil = w.fulfil({ maxCompensationAttempts: 3 });
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

  test("for want of a function, after a deployment without it, parks it at once", async () => {
    w.bank.failures.set("refund", [busy()]);
    const deployed = (options: { compensate?: () => unknown }) =>
      resumable(async (_: Order, { unit }) => {
        await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), options);
        throw outOfStock();
      }, w.options());
    const before = deployed({ compensate: () => w.bank.ask("refund", "") });
    await expect(before(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
    await expect(deployed({})(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_FAILED",
      cause: { code: "IDEMPOTENCY_STEPS_CHANGED", message: expect.stringContaining("has no `compensate`") },
    });
    expect((await recordOf(w))?.state).toBe("UNKNOWN");
  });

  test("for want of the step's result, which could not be kept, parks it at once", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("open", async () => ({ close() {} }), { compensate: () => w.bank.ask("close", "") });
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_COMPENSATION_FAILED",
      cause: { code: "IDEMPOTENCY_STEP_RESULT_NOT_STORED" },
    });
    expect(w.bank.log).toEqual([]);
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

describe("a compensation that is made and cannot be recorded", () => {
  test("is an error of the store, whatever onError says: the next run makes it again, with the same key", async () => {
    const memory = memoryStore();
    let writes = 0;
    // charge, reserve, that the unit has failed, and then that the reservation is undone.
    w = world(
      withWrites(memory, {
        step: (...given) => (++writes === 4 ? Promise.reject(new Error("down")) : memory.write(...given)),
      }),
    );
    w.bank.failures.set("ship", [outOfStock()]);
    const fulfil = w.fulfil({ onError: () => "remember" });
    await expect(fulfil(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
    expect((await recordOf(w))?.state).toBe("RELEASED");
    await expect(fulfil(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
    expect(w.bank.log.slice(3)).toEqual(["restock", "restock", "refund of charge done"]);
    expect(w.bank.keys[3]).toBe(w.bank.keys[4]);
  });
});

test("a failed compensation that cannot be counted is an error of the store, whatever onError says: it is tried again", async () => {
  const memory = memoryStore();
  let writes = 0;
  w = world(
    withWrites(memory, {
      step: (...given) => (++writes === 4 ? Promise.reject(new Error("down")) : memory.write(...given)),
    }),
  );
  w.bank.failures.set("ship", [outOfStock()]);
  w.bank.failures.set("restock", [busy()]);
  const fulfil = w.fulfil({ onError: () => "remember" });
  await expect(fulfil(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
  expect((await recordOf(w))?.state).toBe("RELEASED");
  await expect(fulfil(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
});

test("the keys of steps and compensations do not change from one version of the package to the next", async () => {
  w.bank.failures.set("ship", [outOfStock()]);
  await expect(w.fulfil()(order, w.call())).rejects.toThrow("out of stock");
  expect(w.bank.keys).toMatchInlineSnapshot(`
    [
      "e6932af2-7fb6-8cb2-8a6d-c478ae552b28",
      "ee307d1a-050f-8f83-9cf5-b9e937da1d21",
      "86908071-f167-88e9-bc63-d8f0c220049f",
      "2af1802a-23de-8675-8c59-633663622eb3",
      "a20df17a-af67-8b6e-a2b8-e2d6d752408e",
    ]
  `);
});

describe("a record whose steps are damaged", () => {
  test.each([
    ["a step", { charge: "done" }],
    ["a step's state", { charge: "made 1 1" }],
    ["that it has failed", { "!failure": "{" }],
  ])("by %s: nothing is run, nor taken back, and somebody has to look", async (_, steps) => {
    w.bank.failures.set("ship", [busy()]);
    const fulfil = w.fulfil();
    await expect(fulfil(order, w.call())).rejects.toThrow("busy");
    w.bank.log.length = 0;
    const id = recordId({ operation: "fulfil", key: order.id });
    const memory = w.store;
    w = world({
      ...memory,
      async claim(request, call) {
        const answer = await memory.claim(request, call);
        if (!answer.claimed || answer.took === undefined) return answer;
        return { ...answer, took: { ...answer.took, steps: { ...answer.took.steps, ...steps } } };
      },
    });
    await expect(w.fulfil()(order, w.call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_STEPS_UNREADABLE",
      retryable: false,
    });
    expect(w.bank.log).toEqual([]);
    expect((await memory.read(id, w.call()))?.steps).toHaveProperty("reserve");
  });
});

test("a unit that is half taken back is not forgotten when its time is up: it waits for somebody", async () => {
  w.bank.failures.set("ship", [outOfStock()]);
  w.bank.failures.set("restock", [busy()]);
  const fulfil = w.fulfil({ rememberMs: 60_000 });
  await expect(fulfil(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
  w.clock.jump(3_600_000);
  await expect(fulfil(order, w.call())).rejects.toMatchObject({ message: "out of stock" });
  expect(w.bank.log.slice(3)).toEqual(["restock", "restock", "refund of charge done"]);
});
