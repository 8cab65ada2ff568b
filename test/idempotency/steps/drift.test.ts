import fc from "fast-check";
import { resumable } from "holdfast/idempotency/steps";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type Order, order, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

/** A deployment: its steps, in their order, and whether it fails after them. */
function deployed(names: readonly string[], fails: boolean) {
  return resumable(async (_: Order, { unit }) => {
    for (const name of names) {
      await unit.step(name, ({ idempotencyKey }) => w.bank.ask(name, idempotencyKey), {
        compensate: () => w.bank.ask(`undo ${name}`, ""),
      });
    }
    if (fails) throw new Error("busy");
    return names.length;
  }, w.options());
}

async function afterADeployment(before: readonly string[], after: readonly string[]): Promise<unknown> {
  await expect(deployed(before, true)(order, w.call())).rejects.toThrow("busy");
  w.bank.log.length = 0;
  return deployed(after, false)(order, w.call()).catch((error: unknown) => error);
}

test.each([
  ["another name", ["charge", "ship"], ["pay", "ship"], 'step 1 was "charge" and is now "pay"'],
  ["another order", ["charge", "ship"], ["ship", "charge"], 'step "ship" was number 2 and is now number 1'],
  ["one more in front", ["charge"], ["check", "charge"], 'step 1 was "charge" and is now "check"'],
  [
    "one less",
    ["charge", "ship"],
    ["charge"],
    'step "ship" was done by an earlier run and is not there any more',
  ],
])(
  "%s after a deployment is refused with what changed, and nothing is run",
  async (_, before, after, what) => {
    const refused = await afterADeployment(before, after);
    expect(refused).toMatchObject({
      code: "IDEMPOTENCY_STEPS_CHANGED",
      message: expect.stringContaining(what),
    });
    expect(w.bank.log).toEqual([]);
  },
);

test("one more at the end is no change: it is run", async () => {
  expect(await afterADeployment(["charge"], ["charge", "ship"])).toBe(2);
  expect(w.bank.log).toEqual(["ship"]);
});

test("what was refused stays as it was: the former deployment goes on with it", async () => {
  await afterADeployment(["charge", "ship"], ["pay", "ship"]);
  expect(await deployed(["charge", "ship"], false)(order, w.call())).toBe(2);
  expect(w.bank.log).toEqual([]);
});

test("a function that catches the refusal, and goes on, is not completed", async () => {
  await expect(deployed(["charge"], true)(order, w.call())).rejects.toThrow("busy");
  const stubborn = resumable(
    async (_: Order, { unit }) => unit.step("pay", async () => 1).catch(() => "done"),
    w.options(),
  );
  await expect(stubborn(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STEPS_CHANGED" });
});

test("a transaction is refused as well when recorded steps were left out", async () => {
  await expect(deployed(["charge"], true)(order, w.call())).rejects.toThrow("busy");
  const other = resumable(async (_: Order, { unit }) => unit.transact([{ Put: {} }], 1), w.options());
  await expect(other(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STEPS_CHANGED" });
  expect(w.store.applied).toEqual([]);
});

test("a refusal for change is not taken for the unit's failure: nothing is taken back", async () => {
  await afterADeployment(["charge", "ship"], ["ship", "charge"]);
  expect(w.bank.log).toEqual([]);
});

test("any change of the names that were done is refused before an effect, and none that keeps them is", async () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(names, names, async (before, after) => {
      w = world();
      const answer = await afterADeployment(before, after);
      const isKept = before.every((name, index) => after[index] === name);
      if (isKept) {
        expect(answer).toBe(after.length);
        expect(w.bank.log).toEqual(after.slice(before.length));
      } else {
        expect(answer).toMatchObject({ code: "IDEMPOTENCY_STEPS_CHANGED" });
        expect(w.bank.log).toEqual([]);
      }
    }),
  );
});

test("a step that is not awaited yet, and is refused for change, ends the unit and not the process", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  onTestFinished(() => void process.off("unhandledRejection", unhandled));
  const inBackground = (name: string, fails: boolean) =>
    resumable(async (_: Order, { unit }) => {
      const reserved = unit.step(name, () => w.bank.ask(name, ""));
      await new Promise(setImmediate);
      await unit.step("charge", () => w.bank.ask("charge", ""));
      await reserved;
      if (fails) throw new Error("busy");
    }, w.options());
  await expect(inBackground("reserve", true)(order, w.call())).rejects.toThrow("busy");
  await expect(inBackground("hold", false)(order, w.call())).rejects.toMatchObject({
    code: "IDEMPOTENCY_STEPS_CHANGED",
  });
  await new Promise(setImmediate);
  expect(unhandled).not.toHaveBeenCalled();
});
