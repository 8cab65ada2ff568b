import { wrap } from "holdfast";
import { circuitBreaker, consecutiveFailures } from "holdfast/circuit-breaker";
import { staticKeyProvider } from "holdfast/crypto";
import { resultKeeper } from "holdfast/idempotency/results";
import { resumable } from "holdfast/idempotency/steps";
import { memoryObjectStore } from "holdfast/object-store";
import { retry } from "holdfast/retry";
import { beforeEach, describe, expect, test } from "vitest";
import { busy, type Order, order, recordOf, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

/** Of more than a step may keep in the record, and no smaller when it is compressed. */
const large = Array.from({ length: 20_000 }, (_, n) => (n * 2_654_435_761) % 4_294_967_296);

/** Reads something large, and fails once after it. */
function reading(results: ReturnType<typeof resultKeeper>) {
  let fails = true;
  return resumable(async (_: Order, { unit }) => {
    const read = await unit.step("read", async () => {
      w.bank.log.push("read");
      return large;
    });
    if (fails) {
      fails = false;
      throw busy();
    }
    return read.length;
  }, w.options({ results }));
}

describe("a step's result", () => {
  test("that is too large for the record is kept elsewhere, and comes back from there", async () => {
    const objectStore = memoryObjectStore();
    const run = reading(resultKeeper({ objectStore }));
    await expect(run(order, w.call())).rejects.toThrow("busy");
    expect((await recordOf(w))?.steps?.["read"]).toMatch(/^done 1 obj:1:/);
    expect(await run(order, w.call())).toBe(large.length);
    expect(w.bank.log).toEqual(["read"]);
  });

  test("is encrypted where results are: nothing of it stands in the record", async () => {
    const keyProvider = staticKeyProvider({ keyId: "k-1", key: new Uint8Array(32).fill(7) });
    let fails = true;
    const run = resumable(
      async (_: Order, { unit }) => {
        const paid = await unit.step("charge", async () => ({ iban: "DE00 1234" }));
        if (fails) throw busy();
        return paid.iban;
      },
      w.options({ results: resultKeeper({ keyProvider }) }),
    );
    await expect(run(order, w.call())).rejects.toThrow("busy");
    const kept = (await recordOf(w))?.steps?.["charge"];
    expect(kept).toMatch(/^done 1 enc:/);
    expect(kept).not.toContain("DE00");
    fails = false;
    expect(await run(order, w.call())).toBe("DE00 1234");
  });
});

test("a breaker inside a step refuses at once while it is open, the retry round it gives up, and the unit goes on later", async () => {
  const breaker = circuitBreaker({ name: "bank", trip: consecutiveFailures(2), halfOpenAfterMs: 10_000 });
  const charge = wrap((key: string) => w.bank.ask("charge", key), retry({ maxAttempts: 4 }), breaker);
  const run = resumable(async (_: Order, call) => {
    await call.unit.step("reserve", ({ idempotencyKey }) => w.bank.ask("reserve", idempotencyKey), {
      compensate: () => w.bank.ask("restock", ""),
    });
    return call.unit.step("charge", ({ idempotencyKey }) => charge(idempotencyKey, call));
  }, w.options());
  w.bank.failures.set("charge", [busy(), busy()]);
  await expect(w.clock.run(run(order, w.call()))).rejects.toMatchObject({ code: "CIRCUIT_OPEN" });
  expect(w.bank.log).toEqual(["reserve", "charge", "charge"]);
  w.clock.jump(10_000);
  expect(await w.clock.run(run(order, w.call()))).toBe("charge done");
  expect(w.bank.log).toEqual(["reserve", "charge", "charge", "charge"]);
  expect(new Set(w.bank.keys.slice(1)).size).toBe(1);
});
