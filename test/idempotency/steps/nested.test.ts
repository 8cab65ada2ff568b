import { idempotent } from "holdfast/idempotency";
import { inspect, recordId, settle } from "holdfast/idempotency/admin";
import { resumable } from "holdfast/idempotency/steps";
import { beforeEach, describe, expect, test } from "vitest";
import { busy, type Order, order, outOfStock, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
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
