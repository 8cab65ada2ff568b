import { type Call, rootCall } from "holdfast";
import { staticKeyProvider } from "holdfast/crypto";
import type { IdempotencyStore } from "holdfast/idempotency";
import { type Inspection, inspect, type Settlement, settle } from "holdfast/idempotency/admin";
import { resultKeeper } from "holdfast/idempotency/results";
import { describe, expect, test } from "vitest";
import { HOUR_MS, LEASE_MS, type World, world } from "./records.ts";

/** A key whose run died, or said that it does not know. */
async function stuck(how: "abandoned" | "unknown" = "unknown"): Promise<World & { readonly call: Call }> {
  const here = world();
  const call = rootCall({ runtime: here.clock });
  if (how === "abandoned") {
    await here.abandon();
    await here.clock.advance(LEASE_MS);
  } else {
    const fail = () => {
      throw new Error("reply lost");
    };
    await here.deliver(fail, { onError: () => "unknown-outcome" });
  }
  return { ...here, call };
}

async function look({ store, id, call }: World & { readonly call: Call }): Promise<Inspection> {
  const seen = await inspect(store, id, call);
  if (seen === undefined) throw new Error("there is no record");
  return seen;
}

describe.each(["abandoned", "unknown"] as const)("a key that is %s", (how) => {
  test.each([
    [{ as: "completed", result: { posted: true } }, { posted: true }, 0],
    [{ as: "completed", result: undefined }, undefined, 0],
    [{ as: "completed" }, "error IDEMPOTENCY_RESULT_NOT_STORED", 0],
    [{ as: "failed" }, "error TERMINAL", 0],
    [{ as: "failed", error: new Error("refused by the bank") }, "error refused by the bank", 0],
    [{ as: "released" }, "done", 1],
  ] as const)("settled with %j answers its next delivery with %j", async (settlement, answer, ran) => {
    const here = await stuck(how);
    const before = here.runs();
    const settled = await settle(here.store, await look(here), settlement, here.call);
    expect(settled).toMatchObject({ settled: true, now: { isSettledByHand: true } });
    expect(await here.deliver(undefined, { onAbandoned: "block" })).toEqual(answer);
    expect(here.runs() - before).toBe(ran);
  });
});

test.each(["by hand", "by the run"])(
  "a run that wakes up after its key was settled with %j can record nothing, and is told so",
  async (result) => {
    const here = world();
    const call = rootCall({ runtime: here.clock });
    const lost = await here.deliver(
      async () => {
        // Frozen for longer than its lease; someone settles meanwhile.
        here.clock.jump(LEASE_MS + 1);
        const seen = await inspect(here.store, here.id, call);
        if (seen !== undefined) await settle(here.store, seen, { as: "completed", result }, call);
        return "by the run";
      },
      { heartbeatMs: false },
    );
    expect(lost).toBe("error IDEMPOTENCY_LEASE_LOST");
    expect(await here.deliver()).toBe(result);
  },
);

test("a key settled as released runs under a higher fence", async () => {
  const here = await stuck();
  const seen = await look(here);
  await settle(here.store, seen, { as: "released" }, here.call);
  await here.deliver();
  expect((await look(here)).record.fence).toBe(seen.record.fence + 1);
});

test("a settled key is remembered for as long as its run would have it, from now on, or 14 days, or as is said", async () => {
  for (const [how, rememberMs, expected] of [
    ["abandoned", undefined, HOUR_MS],
    ["unknown", undefined, 14 * 24 * HOUR_MS],
    ["unknown", 5_000, 5_000],
  ] as const) {
    const here = await stuck(how);
    here.clock.jump(1_234_567);
    const settlement: Settlement = {
      as: "completed",
      result: 1,
      ...(rememberMs === undefined ? {} : { rememberMs }),
    };
    await settle(here.store, await look(here), settlement, here.call);
    expect((await look(here)).record.expiresAtMs).toBe(here.clock.now() + expected);
  }
});

test("a key that a run holds is settled only by force, and then the run has lost it", async () => {
  const here = world();
  const call = rootCall({ runtime: here.clock });
  await here.abandon();
  const held = await look({ ...here, call });
  await expect(settle(here.store, held, { as: "released" }, call)).rejects.toMatchObject({
    code: "IDEMPOTENCY_STILL_HELD",
    retryable: true,
  });
  expect(await here.store.read(here.id, call)).toEqual(held.record);
  expect((await settle(here.store, held, { as: "released", force: true }, call)).settled).toBe(true);
  const late = await here.store.write({ id: here.id, ...held.record }, { state: "COMPLETED" }, call);
  expect(late.written).toBe(false);
});

test.each([
  { state: "RELEASED" },
  { state: "COMPLETED" },
  { state: "COMPLETED_NO_RESULT" },
  { state: "FAILED" },
])("there is nothing to settle of %j, by force neither", async (change) => {
  const here = await stuck();
  await here.put(change);
  const settling = settle(here.store, await look(here), { as: "released", force: true }, here.call);
  await expect(settling).rejects.toMatchObject({ code: "IDEMPOTENCY_NOTHING_TO_SETTLE" });
});

test("a record of a newer format is left to newer versions", async () => {
  const here = await stuck();
  const newer = { ...(await look(here)).record, version: 2 };
  const store = { ...here.store, read: async () => newer };
  const seen = await look({ ...here, store });
  await expect(settle(store, seen, { as: "released" }, here.call)).rejects.toMatchObject({
    code: "IDEMPOTENCY_RECORD_VERSION",
  });
});

test("a result that does not fit is refused before anything is written", async () => {
  const here = await stuck();
  const seen = await look(here);
  for (const result of [() => {}, Array.from({ length: 60_000 }, (_, index) => Math.sin(index))]) {
    const settling = settle(here.store, seen, { as: "completed", result }, here.call);
    await expect(settling).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_NOT_STORED" });
  }
  expect((await look(here)).record).toEqual(seen.record);
});

describe("between the look and the write", () => {
  /** Settles with the store's `settle` in other hands. */
  async function settleThrough(
    here: World & { readonly call: Call },
    hands: IdempotencyStore["settle"],
    settlement: Settlement = { as: "completed", result: "by hand" },
  ) {
    const seen = await look(here);
    return settle({ ...here.store, settle: hands }, seen, settlement, here.call);
  }

  test("a key that another run has taken over is left alone, and shown", async () => {
    const here = await stuck("abandoned");
    const seen = await look(here);
    await here.deliver();
    const answer = await settle(here.store, seen, { as: "released" }, here.call);
    expect(answer).toMatchObject({ settled: false, now: { status: "completed" } });
    expect(await here.deliver()).toBe("done");
    expect(here.runs()).toBe(1);
  });

  test("a key that is taken over at the last moment is left alone too: the store compares", async () => {
    const here = await stuck("abandoned");
    const answer = await settleThrough(here, async (...given) => {
      await here.deliver();
      return here.store.settle(...given);
    });
    expect(answer).toMatchObject({ settled: false, now: { status: "completed", isSettledByHand: false } });
  });

  test("a run that has kept its key up after all is seen by the second look", async () => {
    const here = await stuck("abandoned");
    const seen = await look(here);
    const leaseUntilMs = here.clock.now() + LEASE_MS;
    await here.store.write({ id: here.id, ...seen.record }, { leaseUntilMs }, here.call);
    const settling = settle(here.store, seen, { as: "released" }, here.call);
    await expect(settling).rejects.toMatchObject({ code: "IDEMPOTENCY_STILL_HELD" });
  });

  test("two people settle: one is told that the other was first", async () => {
    const here = await stuck();
    const seen = await look(here);
    const answers = await Promise.all(
      ["one", "two"].map((result) => settle(here.store, seen, { as: "completed", result }, here.call)),
    );
    expect(answers.map(({ settled }) => settled).sort()).toEqual([false, true]);
  });

  test("a record that is gone is neither settled nor made", async () => {
    const here = await stuck();
    const seen = await look(here);
    await here.store.settle({ id: here.id, ...seen.record }, undefined, here.call);
    expect(await settle(here.store, seen, { as: "released" }, here.call)).toEqual({
      settled: false,
      now: undefined,
    });
    expect(await here.store.read(here.id, here.call)).toBeUndefined();
  });

  test("a reply that is lost and sent again counts as settled: the record shows this very settlement", async () => {
    const here = await stuck();
    const answer = await settleThrough(here, async (...given) => {
      await here.store.settle(...given);
      return here.store.settle(...given);
    });
    expect(answer).toMatchObject({ settled: true, now: { record: { result: '"by hand"' } } });
  });

  test("a store that does not answer may have settled: the error says to look again", async () => {
    const here = await stuck();
    const settling = settleThrough(here, () => Promise.reject(new TypeError("no network")));
    await expect(settling).rejects.toMatchObject({
      code: "IDEMPOTENCY_STORE",
      message: expect.stringContaining("may have been done all the same: look again"),
    });
  });
});

test("what is settled of a function that encrypts is encrypted as well, when it is told how", async () => {
  const results = resultKeeper({ keyProvider: staticKeyProvider({ keyId: "k", key: new Uint8Array(32) }) });
  const here = world();
  const failing = () => Promise.reject(new Error("no reply"));
  await here.deliver(failing, { onError: () => "unknown-outcome", results });
  const seen = await inspect(here.store, here.id, rootCall({ runtime: here.clock }));
  if (seen === undefined) throw new Error("There is no record.");
  const finding = { as: "completed", result: { pan: "4000" }, results } as const;
  await settle(here.store, seen, finding, rootCall({ runtime: here.clock }));
  const kept = (await here.store.read(here.id, rootCall()))?.result;
  expect(kept).toMatch(/^enc:/);
  expect(await here.deliver(failing, { results })).toEqual({ pan: "4000" });
});
