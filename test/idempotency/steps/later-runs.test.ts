import { TerminalError } from "holdfast";
import { resumable } from "holdfast/idempotency/steps";
import { beforeEach, describe, expect, test } from "vitest";
import { busy, type Order, order, outOfStock, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
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
