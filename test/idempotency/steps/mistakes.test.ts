import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { StepUnit } from "holdfast/idempotency/steps";
import { resumable } from "holdfast/idempotency/steps";
import { beforeEach, describe, expect, test } from "vitest";
import { type Order, order, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

/** Charges, and then makes a mistake. */
function mistaken(mistake: (unit: StepUnit) => Promise<unknown>) {
  return resumable(async (_: Order, { unit }) => {
    await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey), {
      compensate: () => w.bank.ask("refund", ""),
    });
    return mistake(unit);
  }, w.options());
}

const nothing = async (): Promise<void> => {};

describe.each<[string, (unit: StepUnit) => Promise<unknown>, string]>([
  ["a name that is used twice", (unit) => unit.step("charge", nothing), "IDEMPOTENCY_STEP_NAME_REUSED"],
  ["a name that is none", (unit) => unit.step("", nothing), "INVALID_OPTION"],
  [
    "a step too many",
    (unit) => Promise.all(Array.from({ length: 100 }, (_, n) => unit.step(`${n}`, nothing))),
    "INVALID_OPTION",
  ],
  [
    "a step within another",
    (unit) => unit.step("outer", () => unit.step("inner", nothing)),
    "IDEMPOTENCY_STEP_NESTED",
  ],
])("%s is a mistake of the code", (_, mistake, code) => {
  test("that takes nothing back: the key is released, and the steps are kept for code that is mended", async () => {
    await expect(mistaken(mistake)(order, w.call())).rejects.toMatchObject({ code, retryable: false });
    expect(w.bank.log).toEqual(["charge"]);
    expect((await recordOf(w))?.state).toBe("RELEASED");
  });

  test("that a function cannot catch, and be completed", async () => {
    const run = mistaken((unit) => mistake(unit).catch(() => "done"));
    await expect(run(order, w.call())).rejects.toMatchObject({ code });
  });
});

test("mended, the unit goes on after the steps that were done", async () => {
  await mistaken((unit) => unit.step("charge", nothing))(order, w.call()).catch(() => {});
  expect(await mistaken(async () => "done")(order, w.call())).toBe("done");
  expect(w.bank.log).toEqual(["charge"]);
});

test("a step that fails, and that nobody awaits before the next, is told by Node.js as any such promise is", async () => {
  const program = `
    import { rootCall } from "holdfast";
    import { memoryStore } from "holdfast/idempotency/memory";
    import { resumable } from "holdfast/idempotency/steps";
    process.once("unhandledRejection", (error) => console.log("unhandled:", error.message));
    const run = resumable(async (_, { unit }) => {
      unit.step("charge", () => Promise.reject(new Error("declined")));
      await new Promise((resolve) => setTimeout(resolve, 5));
      return unit.step("ship", async () => "shipped");
    }, { store: memoryStore(), operation: "fulfil", key: () => "1" });
    console.log(await run({}, rootCall()));`;
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const args = ["--import", "./tools/from-source.ts", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  expect(stdout.split("\n")[0]).toBe("unhandled: declined");
});
