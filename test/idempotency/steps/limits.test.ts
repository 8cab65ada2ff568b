import type { ResultKeeper } from "holdfast/idempotency";
import { resumable } from "holdfast/idempotency/steps";
import { beforeEach, describe, expect, test } from "vitest";
import { busy, type Order, order, outOfStock, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

/** Keeps every text as it is, so that a size is what it says. */
const asItIs: ResultKeeper = { keep: (text) => text, text: (kept) => kept };
/** A result that is kept in so many bytes: JSON has two quotes. */
const ofBytes = (bytes: number): string => "x".repeat(bytes - 2);
const KB = 1_024;

/** A unit with steps of these sizes, which fails after them. */
const unitOf = (sizes: readonly number[]) =>
  resumable(
    async (_: Order, { unit }) => {
      for (const [index, bytes] of sizes.entries()) {
        await unit.step(`step ${index}`, async () => ofBytes(bytes));
      }
      throw busy();
    },
    w.options({ results: asItIs }),
  );

test("a result of 32 KB is kept, and not one of a byte more", async () => {
  await expect(unitOf([32 * KB])(order, w.call())).rejects.toThrow("busy");
  await expect(unitOf([32 * KB + 1])({ id: "o-2" }, w.call())).rejects.toMatchObject({
    code: "IDEMPOTENCY_STEP_RESULT_NOT_STORED",
  });
});

test("results are kept up to 256 KB in all, and not a byte more", async () => {
  const eight = Array.from({ length: 8 }, () => 32 * KB);
  await expect(unitOf(eight)(order, w.call())).rejects.toThrow("busy");
  await expect(unitOf([...eight, 2])({ id: "o-2" }, w.call())).rejects.toMatchObject({
    code: "IDEMPOTENCY_STEP_RESULT_NOT_STORED",
  });
});

test("what earlier runs have kept counts", async () => {
  const eight = Array.from({ length: 8 }, () => 32 * KB);
  await expect(unitOf(eight)(order, w.call())).rejects.toThrow("busy");
  await expect(unitOf([...eight, 2])(order, w.call())).rejects.toMatchObject({
    code: "IDEMPOTENCY_STEP_RESULT_NOT_STORED",
  });
});

test("a unit has 100 steps, and a further one is refused", async () => {
  const small = Array.from({ length: 100 }, () => 2);
  await expect(unitOf(small)(order, w.call())).rejects.toThrow("busy");
  expect(Object.keys((await recordOf(w))?.steps ?? {})).toHaveLength(100);
  await expect(unitOf([...small, 2])(order, w.call())).rejects.toMatchObject({ code: "INVALID_OPTION" });
});

describe("an error that was caught", () => {
  async function givenAgain(error: unknown): Promise<unknown> {
    const seen: unknown[] = [];
    const run = resumable(
      async (_: Order, { unit }) => {
        await unit.step("card", () => Promise.reject(error)).catch((given: unknown) => seen.push(given));
        await unit.step("invoice", async () => 1);
        throw busy();
      },
      w.options({ results: asItIs }),
    );
    for (const _run of [1, 2]) await expect(run(order, w.call())).rejects.toThrow("busy");
    return seen[1];
  }

  test("and is too large is given again by the beginning of its message", async () => {
    const error = Object.assign(new Error("x".repeat(40 * KB)), { code: "DECLINED", retryable: false });
    const again = await givenAgain(error);
    expect(again).toMatchObject({ name: "Error", code: "DECLINED", retryable: false });
    expect((again as Error).message).toBe("x".repeat(1_000));
  });

  test("and carries more than data is given again without that", async () => {
    const again = await givenAgain(Object.assign(new Error("declined"), { socket: { close() {} } }));
    expect(again).toMatchObject({ name: "Error", message: "declined" });
    expect(again).not.toHaveProperty("socket");
  });
});

test("a unit whose failure there is no room for has failed all the same, and says what it can", async () => {
  const eight = Array.from({ length: 8 }, (_, index) => index);
  w.bank.failures.set("undo 7", [busy()]);
  const run = resumable(
    async (_: Order, { unit }) => {
      for (const index of eight) {
        await unit.step(`step ${index}`, async () => ofBytes(32 * KB), {
          compensate: () => w.bank.ask(`undo ${index}`, ""),
        });
      }
      throw outOfStock();
    },
    w.options({ results: asItIs }),
  );
  await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_COMPENSATION_PENDING" });
  await expect(run(order, w.call())).rejects.toMatchObject({
    code: "TERMINAL",
    message: expect.stringContaining("cannot be read any more"),
  });
  expect(w.bank.log).toHaveLength(9);
});
