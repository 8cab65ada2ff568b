import type { Call } from "holdfast";
import { resumable, type WithSteps } from "holdfast/idempotency/steps";
import { beforeEach, describe, expect, test } from "vitest";
import { busy, type Order, order, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

describe("a failure that the unit fails with", () => {
  /** Two chains: the failure of one is not caught, though a step of the other begins after it. */
  async function chains(_: Order, { unit }: Call & WithSteps): Promise<string> {
    const ask = (what: string) => unit.step(what, ({ idempotencyKey }) => w.bank.ask(what, idempotencyKey));
    const right = async (): Promise<void> => {
      await ask("right 1");
      for (let ticks = 0; ticks < 10; ticks++) await Promise.resolve();
      await ask("right 2");
    };
    await Promise.all([ask("left"), right()]);
    return "done";
  }

  test("was not caught, though another step began after it: the next run runs it again", async () => {
    w.bank.failures.set("left", [busy(), busy()]);
    const run = resumable(chains, w.options());
    for (let runs = 0; runs < 2; runs++) await expect(run(order, w.call())).rejects.toThrow("busy");
    expect(await run(order, w.call())).toBe("done");
    expect(w.bank.log.filter((what) => what === "left")).toHaveLength(3);
    expect(w.bank.log.filter((what) => what === "right 2")).toHaveLength(1);
  });

  test("also when the function adds words to it: it is the cause that counts", async () => {
    w.bank.failures.set("charge", [busy()]);
    const run = resumable(async (_: Order, { unit }) => {
      const ask = (what: string) => unit.step(what, ({ idempotencyKey }) => w.bank.ask(what, idempotencyKey));
      await ask("charge").catch(async (cause: unknown) => {
        await ask("tell");
        throw new Error("the order cannot be paid", { cause });
      });
      return "done";
    }, w.options());
    await expect(run(order, w.call())).rejects.toThrow("cannot be paid");
    expect(await run(order, w.call())).toBe("done");
    expect(w.bank.log).toEqual(["charge", "tell", "charge"]);
  });
});
