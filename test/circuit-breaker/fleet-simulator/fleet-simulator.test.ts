import type { CircuitStore } from "holdfast/circuit-breaker";
import { beforeAll, describe, expect, test } from "vitest";
import { circuitbreakerLambda } from "../../../bench/modules/fleet/circuitbreaker-lambda.ts";
import type { Contender } from "../../../bench/modules/fleet/contender.ts";
import type { Figures } from "../../../bench/modules/fleet/measures.ts";
import { breakerOn, ours } from "../../../bench/modules/fleet/ours.ts";
import { powertoolsPython } from "../../../bench/modules/fleet/powertools-python.ts";
import { type Scenario, simulate } from "../../../bench/modules/fleet/simulate.ts";

const FROM_MS = 8_000;
/** A fleet of a thousand takes a second, and longer on a machine that does other things as well. */
const BUSY_MS = 60_000;

function scenario(share: number, more: Partial<Scenario> = {}): Scenario {
  return {
    environments: 60,
    seed: 1,
    lengthMs: 60_000,
    outage: { fromMs: FROM_MS, toMs: 35_000, share },
    ...more,
  };
}

/** Only its opening: what comes after is no matter. */
const opening = (environments: number): Partial<Scenario> => ({
  environments,
  lengthMs: FROM_MS + 4_000,
  outage: { fromMs: FROM_MS, toMs: FROM_MS + 4_000, share: 1 },
});

/** Run once, looked at from several sides. */
let thousand: Figures;
beforeAll(async () => {
  thousand = await simulate(ours, scenario(1, opening(1_000)));
}, BUSY_MS);

describe("a fleet that is frozen between its calls, with clocks half a second off", () => {
  test("meets the same figures with the same seed, and others with another", async () => {
    const first = await simulate(ours, scenario(1));
    expect(await simulate(ours, scenario(1))).toEqual(first);
    expect(await simulate(ours, scenario(1, { seed: 2 }))).not.toEqual(first);
  });

  test.each([
    ["all is down", scenario(1)],
    ["three requests in five fail", scenario(0.6)],
    ["replies of the table are lost", scenario(1, { trouble: { lostReplies: 0.2 } })],
    ["the table is throttled", scenario(1, { trouble: { writesPerSecond: 5, readsPerSecond: 20 } })],
  ])("has one probe lease at a time, does not flap, and comes back: %s", async (_, what) => {
    const figures = await simulate(ours, what);
    expect(figures.openedMs).not.toBeNull();
    expect(figures.mostLeases).toBe(1);
    expect(figures.flaps).toBe(0);
    expect(figures.falseOpens).toBe(0);
    expect(figures.calmWrites).toBe(0);
    expect(figures.backMs).not.toBeNull();
  });

  test("never hands a table that is down to its callers, who are protected by their own circuits", async () => {
    const figures = await simulate(ours, scenario(1, { trouble: { isDown: true } }));
    expect(figures.storeErrors).toBe(0);
    expect(figures.failuresBeforeOpen).toBeLessThanOrEqual(60 * 8);
    expect(figures.backMs).not.toBeNull();
  });

  test.each([1, 2, 3, 4, 5])("never opens at five failures in a hundred (seed %i)", async (seed) => {
    const figures = await simulate(ours, scenario(0.05, { seed, lengthMs: 30_000 }));
    expect(figures.falseOpens).toBe(0);
  });

  test.each([
    [1, 0.05],
    [2, 0.05],
    [3, 0.33],
    [4, 0.33],
  ])(
    "never opens because some environments are sick, be it a third of them (seed %i, %d)",
    async (seed, sick) => {
      const figures = await simulate(ours, scenario(0, { seed, sick, environments: 120, lengthMs: 25_000 }));
      expect(figures.falseOpens).toBe(0);
      expect(figures.failuresBeforeOpen).toBeGreaterThan(10);
    },
  );

  test("of a thousand meets one failure each, and writes some dozens of times", () => {
    expect(thousand.failuresBeforeOpen).toBeLessThan(1_200);
    expect(thousand.peakWritesPerSecond).toBeLessThan(100);
  });
});

describe("beside the models of two peers", () => {
  test.each([circuitbreakerLambda, powertoolsPython])(
    "it meets six tenths of the failures of $name at most, in a fleet of a thousand",
    async (peer) => {
      const theirs = await simulate(peer, scenario(1, opening(1_000)));
      expect(thousand.failuresBeforeOpen).toBeLessThanOrEqual(0.6 * theirs.failuresBeforeOpen);
    },
    BUSY_MS,
  );

  test("circuitbreaker-lambda writes with every call, and opens at five failures in a hundred", async () => {
    const figures = await simulate(circuitbreakerLambda, scenario(0.05));
    expect(figures.calmWrites).toBeGreaterThan(100);
    expect(figures.falseOpens).toBeGreaterThan(0);
  });

  test("Powertools' opens for all because some are sick", async () => {
    const figures = await simulate(powertoolsPython, scenario(0, { sick: 0.05, lengthMs: 30_000 }));
    expect(figures.falseOpens).toBeGreaterThan(0);
  });
});

test("a store whose reads hide a lease is found out", async () => {
  const spoiled: Contender = { ...ours, start: (site) => breakerOn(site, withoutLeases) };
  const figures = await simulate(spoiled, scenario(1));
  expect(figures.mostLeases).toBeGreaterThan(1);
  expect(figures.mostProbesAtOnce).toBeGreaterThan(1);
});

function withoutLeases(store: CircuitStore): CircuitStore {
  return {
    ...store,
    async read(circuit, call) {
      const item = await store.read(circuit, call);
      return item && { ...item, probeUntilMs: 0 };
    },
  };
}
