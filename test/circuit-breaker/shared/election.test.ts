import { rootCall } from "holdfast";
import { operateCircuit } from "holdfast/circuit-breaker";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { election, type Probe } from "../../../src/circuit-breaker/shared/election.ts";
import type { SharedRules } from "../../../src/circuit-breaker/shared/item.ts";
import { knowledge } from "../../../src/circuit-breaker/shared/knowledge.ts";
import { link } from "../../../src/circuit-breaker/shared/link.ts";
import { testStore } from "./setting.ts";

const READ_EVERY_MS = 5_000;

/** One environment's elections, over a store that can be in trouble. Nothing here comes about by chance. */
function setUp(more: Partial<SharedRules> = {}, chance = 0) {
  const rules = {
    halfOpenAfterMs: 10_000,
    probeTimeoutMs: 2_000,
    probesToClose: 1,
    storeTimeoutMs: 250,
    ...more,
  };
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock });
  const store = testStore();
  const known = knowledge(READ_EVERY_MS, () => chance);
  const way = link({ name: "bank", store, rules }, known, () => {});
  const probes = election(way, known, rules, READ_EVERY_MS);
  const elect = () => clock.run(probes.elect(call));
  return {
    clock,
    call,
    store,
    known,
    elect,
    waitMs: () => probes.waitMs(clock.now()),
    byHand: (to: "open" | "closed", halfOpenAfterMs = 10_000) =>
      operateCircuit({ store, name: "bank", to, halfOpenAfterMs }, call),
    look: () => way.read(call),
    item: () => store.read("bank", call),
    async won(): Promise<Probe> {
      const entry = await elect();
      if (entry === undefined || "retryAfterMs" in entry) throw new Error("it was not elected");
      return entry;
    },
  };
}

async function opened(more: Partial<SharedRules> = {}, cooldownMs = 10_000) {
  const it = setUp(more);
  await it.byHand("open", cooldownMs);
  await it.look();
  return it;
}

async function cooled(more: Partial<SharedRules> = {}) {
  const it = await opened(more);
  it.clock.jump(10_000);
  return it;
}

describe("how long an environment refuses without asking", () => {
  test("is the rest of the cooldown, and nothing after it", async () => {
    const it = await opened();
    expect(it.waitMs()).toBe(10_000);
    it.clock.jump(10_000);
    expect(it.waitMs()).toBe(0);
    it.clock.jump(10_000);
    expect(it.waitMs()).toBe(0);
  });

  test.each([
    ["a cooldown", 10_000, 20_000],
    ["a long cooldown", 80_000, 90_000],
  ])("is never more than %s and ten seconds: a clock was put back", async (_, cooldownMs, mostMs) => {
    const it = await opened({}, cooldownMs);
    it.clock.jump(cooldownMs - mostMs);
    expect(it.waitMs()).toBe(mostMs);
    it.clock.jump(-1);
    expect(it.waitMs()).toBe(0);
  });

  test("is, while it stands for election, as long as its two requests may take; then it may again", async () => {
    const it = await cooled();
    it.store.trouble = "hangs";
    const entry = it.elect();
    expect(it.waitMs()).toBe(500);
    await entry;
    it.store.trouble = "none";
    it.clock.jump(5_000);
    expect(it.waitMs()).toBe(0);
  });

  test("is the lease, while it has the probe", async () => {
    const it = await cooled();
    await it.won();
    expect(it.waitMs()).toBe(3_500);
  });
});

describe("an election", () => {
  test("is not needed where somebody has closed the circuit meanwhile", async () => {
    const it = await cooled();
    await it.byHand("closed");
    expect(await it.elect()).toBeUndefined();
    expect(it.store.requestsOf("replace")).toBe(2);
  });

  test("is not stood for before the environment's own moment after a newer opening", async () => {
    const it = setUp({}, 0.5);
    await it.byHand("open");
    await it.look();
    it.clock.jump(5_000);
    await it.byHand("open");
    // Over, but for what each environment waits for itself.
    it.clock.jump(10_500);
    expect(await it.elect()).toEqual({ retryAfterMs: 500 });
    expect(it.store.requestsOf("replace")).toBe(2);
  });

  test("that was lost to somebody who has closed the circuit by then is none", async () => {
    const it = await cooled();
    const { replace } = it.store;
    it.store.replace = async (...request) => {
      it.store.replace = replace;
      await it.byHand("closed");
      return replace(...request);
    };
    expect(await it.elect()).toBeUndefined();
  });

  test("whose claim and look were not answered goes by the environment's own cooldown", async () => {
    const it = await cooled();
    const { read } = it.store;
    it.store.replace = () => Promise.reject(new Error("throttled"));
    let reads = 0;
    it.store.read = (...request) => (++reads === 1 ? read(...request) : Promise.reject(new Error("gone")));
    expect(await it.elect()).toEqual({ retryAfterMs: READ_EVERY_MS });
  });
});

describe("a probe that was elected", () => {
  test("is told to the others before its answer is", async () => {
    const it = await cooled();
    const probe = await it.won();
    const { replace } = it.store;
    it.store.replace = async (...request) => {
      await new Promise<void>((resolve) => void it.clock.setTimer(100, resolve));
      return replace(...request);
    };
    await it.clock.run(probe.ended(false, it.call));
    expect(await it.item()).toMatchObject({ state: "CLOSED" });
  });

  test("and could not be told closes this environment's circuit alone, if it succeeded", async () => {
    const it = await cooled();
    const probe = await it.won();
    it.store.trouble = "down";
    await it.clock.run(probe.ended(false, it.call));
    expect(it.known.isOpen).toBe(false);
  });

  test("and could not be told makes this environment wait for a cooldown, if it failed", async () => {
    const it = await cooled();
    const probe = await it.won();
    it.store.trouble = "down";
    await it.clock.run(probe.ended(true, it.call));
    expect(it.known.isOpen).toBe(true);
    expect(it.waitMs()).toBe(10_000);
  });

  test("and failed makes all wait for the next cooldown, twice as long, this environment as well", async () => {
    const it = await cooled();
    const probe = await it.won();
    await it.clock.run(probe.ended(true, it.call));
    expect(it.waitMs()).toBe(20_000);
    expect(await it.item()).toMatchObject({ state: "OPEN", openings: 2 });
  });

  test("and was called off may be sent again at once", async () => {
    const it = await cooled();
    const probe = await it.won();
    await it.clock.run(probe.forgotten(it.call));
    expect(it.waitMs()).toBe(0);
    await it.won();
  });
});

describe("while the store is away", () => {
  /** The store is away for as long as a cooldown already. */
  async function away(more: Partial<SharedRules> = {}) {
    const it = await cooled(more);
    it.store.trouble = "down";
    await it.elect();
    it.clock.jump(more.halfOpenAfterMs ?? 10_000);
    return it;
  }

  test("it is asked once a look, until a cooldown has passed; then a probe is sent", async () => {
    const it = await cooled();
    it.store.trouble = "down";
    expect(await it.elect()).toEqual({ retryAfterMs: READ_EVERY_MS });
    expect(it.waitMs()).toBe(READ_EVERY_MS);
    it.clock.jump(7_000);
    expect(await it.elect()).toEqual({ retryAfterMs: 3_000 });
    it.clock.jump(3_000);
    await it.won();
    expect(it.waitMs()).toBe(10_000);
  });

  test("nobody is let through beside a probe that takes longer than the cooldown", async () => {
    const it = await away({ halfOpenAfterMs: 1_000 });
    const probe = await it.won();
    expect(it.waitMs()).toBe(2_000);
    await probe.ended(true, it.call);
    expect(it.waitMs()).toBe(1_000);
  });

  test("a probe that succeeds closes this environment's circuit, and one that fails does not", async () => {
    const it = await away();
    await (await it.won()).ended(true, it.call);
    expect(it.known.isOpen).toBe(true);
    it.clock.jump(10_000);
    await (await it.won()).ended(false, it.call);
    expect(it.known.isOpen).toBe(false);
  });

  test("a probe that was called off may be sent again at once", async () => {
    const it = await away();
    await (await it.won()).forgotten(it.call);
    expect(it.waitMs()).toBe(0);
    await it.won();
  });
});
