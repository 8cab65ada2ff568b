import { consecutiveFailures } from "holdfast/circuit-breaker";
import { describe, expect, test } from "vitest";
import { fifty, type Report } from "./fifty.ts";

const seeds = [1, 2, 3];
const OUTAGE = { fromMs: 20_000, toMs: 60_000 };
const outage =
  (share: number) =>
  (atMs: number): number =>
    atMs >= OUTAGE.fromMs && atMs < OUTAGE.toMs ? share : 0;

const between = (times: readonly number[], fromMs: number, toMs: number): number =>
  times.filter((ms) => ms >= fromMs && ms < toMs).length;

const openedMs = ({ states }: Report): number =>
  states.find(({ state }) => state === "OPEN")?.atMs ?? Infinity;

describe("fifty environments whose clocks differ", () => {
  test.each(seeds)("write nothing while all is well (seed %i)", async (seed) => {
    const report = await fifty({ seed, failing: () => 0, lengthMs: 60_000 });
    expect(report.requestsMs.length).toBeGreaterThan(4_000);
    expect(report.writesMs).toEqual([]);
    // One every five seconds or so, and environment.
    expect(report.reads).toBeLessThan(2 * 50 * 12);
    expect(report.pendingTimers).toBe(0);
  });

  test.each(seeds)("stop together, probe one at a time, and all come back (seed %i)", async (seed) => {
    const report = await fifty({ seed, failing: outage(1) });
    expect(openedMs(report) - OUTAGE.fromMs).toBeLessThan(5_000);
    // All have learnt of it a look later; from then on there are probes alone.
    const probes = between(report.requestsMs, openedMs(report) + 7_500, OUTAGE.toMs);
    expect(probes).toBeGreaterThan(0);
    expect(probes).toBeLessThan(8);
    expect(report.mostProbes).toBe(1);
    expect(report.overlaps).toBe(0);
    expect(report.states.map(({ state }) => state)).toEqual(["CLOSED", "OPEN", "CLOSED"]);
    expect(report.refusedAtEnd).toBe(0);
    expect(between(report.writesMs, 0, OUTAGE.fromMs)).toBe(0);
    expect(report.pendingTimers).toBe(0);
  });

  test.each(seeds)("do the same when one reply of the store in five is lost (seed %i)", async (seed) => {
    const report = await fifty({ seed, failing: outage(1), lostReplies: 0.2, lengthMs: 150_000 });
    expect(report.overlaps).toBe(0);
    expect(report.states.at(-1)?.state).toBe("CLOSED");
    expect(report.refusedAtEnd).toBe(0);
  });

  test.each(seeds)("do not come back too early where three requests in five fail (seed %i)", async (seed) => {
    const report = await fifty({ seed, failing: outage(0.6) });
    const closedMs = report.states.filter(({ state }) => state === "CLOSED").at(-1)?.atMs;
    expect(report.states.filter(({ state }) => state === "OPEN")).toHaveLength(1);
    expect(closedMs).toBeGreaterThan(OUTAGE.toMs);
    expect(report.overlaps).toBe(0);
  });

  test.each(seeds)(
    "never open for all at five failures in a hundred, however often one trips (seed %i)",
    async (seed) => {
      const report = await fifty({ seed, failing: () => 0.05, trip: consecutiveFailures(2) });
      // There were alerts, and each was taken back.
      expect(report.writesMs.length).toBeGreaterThan(10);
      expect(report.states.map(({ state }) => state)).toEqual(["CLOSED"]);
    },
  );
});

test.each([
  ["nothing works any more", 1, 5],
  ["five in a hundred fail, and two in a row are taken for an outage", 0.05, 2],
] as const)("five hundred write no more than some dozens a second where %s", async (_, share, threshold) => {
  const trip = consecutiveFailures(threshold);
  const { writesMs } = await fifty({
    seed: 1,
    failing: () => share,
    trip,
    environments: 500,
    lengthMs: 40_000,
  });
  const perSecond = Array.from({ length: 40 }, (_, second) =>
    between(writesMs, second * 1_000, second * 1_000 + 1_000),
  );
  expect(writesMs.length).toBeGreaterThan(5);
  expect(Math.max(...perSecond)).toBeLessThan(60);
});

test("a store whose writes have no condition is found out", async () => {
  const report = await fifty({
    seed: 1,
    failing: outage(1),
    spoil: (store) => ({
      ...store,
      async replace(circuit, _seen, item, call) {
        const found = await store.read(circuit, call);
        return store.replace(circuit, found?.token, item, call);
      },
    }),
  });
  expect(report.overlaps).toBeGreaterThan(0);
});
