import { type Call, deadline, wrapHandler } from "holdfast";
import { sqsBatch } from "holdfast/batching";
import { resumable, type WithSteps } from "holdfast/idempotency/steps";
import { fakeContext } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { failedIds, sqsEvent } from "../../batching/sqs-fixtures.ts";
import { type Order, outOfStock, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => w.clock.setTimer(ms, resolve));

/** Two steps, and a last one that is refused to some orders. */
const fulfil = (refused: readonly string[], shipMs = 10) =>
  resumable(async ({ id }: Order, { unit }: Call & WithSteps) => {
    for (const name of ["charge", "reserve"]) {
      await unit.step(
        name,
        async ({ idempotencyKey }) => {
          await sleep(10);
          return w.bank.ask(`${name} ${id}`, idempotencyKey);
        },
        { compensate: (given, { idempotencyKey }) => w.bank.ask(`undo ${given}`, idempotencyKey) },
      );
    }
    await unit.step("ship", async ({ idempotencyKey }) => {
      await sleep(shipMs);
      if (refused.includes(id)) throw outOfStock();
      await w.bank.ask(`ship ${id}`, idempotencyKey);
    });
  }, w.options());

function deliver(ids: readonly string[], fn: ReturnType<typeof fulfil>) {
  const handler = wrapHandler(sqsBatch(fn), deadline({ reserveMs: 100 }));
  const event = sqsEvent(ids.map((id) => ({ id })));
  return w.clock.run(handler(event, fakeContext({ runtime: w.clock, timeoutMs: 1_000 })));
}

describe("units of one batch, side by side", () => {
  test("end each for itself: one is taken back, the other is done, and no key is another's", async () => {
    expect(failedIds(await deliver(["o-1", "o-2"], fulfil(["o-1"])))).toEqual(["m-0"]);
    const of = (id: string) => w.bank.log.filter((what) => what.includes(id));
    expect(of("o-1")).toEqual(["charge o-1", "reserve o-1", "undo reserve o-1 done", "undo charge o-1 done"]);
    expect(of("o-2")).toEqual(["charge o-2", "reserve o-2", "ship o-2"]);
    expect(new Set(w.bank.keys).size).toBe(7);
  });

  test("that the batch had to leave behind go on where they were when they come again", async () => {
    expect(failedIds(await deliver(["o-1", "o-2"], fulfil([], 5_000)))).toEqual(["m-0", "m-1"]);
    // The first environment thaws: what it had begun answers into a record that it no longer holds.
    await w.clock.advance(5_000);
    expect(failedIds(await deliver(["o-1", "o-2"], fulfil([])))).toEqual([]);
    expect(w.bank.log.filter((what) => what.includes("charge"))).toEqual(["charge o-1", "charge o-2"]);
    expect(w.bank.log.filter((what) => what.startsWith("undo"))).toEqual([]);
  });
});
