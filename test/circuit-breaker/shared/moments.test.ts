import { describe, expect, test } from "vitest";
import {
  isAlerted,
  leaseHolds,
  mayProbe,
  nextShared,
  rampShare,
  type SharedCircuit,
  type SharedEvent,
} from "../../../src/circuit-breaker/shared/item.ts";
import { knowledge } from "../../../src/circuit-breaker/shared/knowledge.ts";
import { nextIntervalMs, verdictOf, weightOf } from "../../../src/circuit-breaker/shared/score.ts";

const rules = { halfOpenAfterMs: 10_000, probeTimeoutMs: 2_000, probesToClose: 2, storeTimeoutMs: 250 };
const nowMs = 1_000_000;

function comesOf(item: SharedCircuit | undefined, event: SharedEvent, atMs = nowMs): SharedCircuit {
  const next = nextShared(item, event, atMs, rules);
  if (next === undefined) throw new Error(`nothing comes of "${event.type}"`);
  return { ...next, token: `t${atMs}` };
}

const byHand = (to: "open" | "closed", item?: SharedCircuit): SharedCircuit =>
  comesOf(item, { type: "by-hand", to });

/** Opened, and probed in vain, so many times in a row. */
function reopened(times: number): SharedCircuit {
  if (times === 0) return byHand("open");
  const open = reopened(times - 1);
  return comesOf(comesOf(open, { type: "elected" }, open.untilMs), { type: "probe-failed" }, open.untilMs);
}

describe("the shared item", () => {
  test("cools down twice as long with each opening in a row, up to eight times", () => {
    const cooldowns = [0, 1, 2, 3, 4, 5].map(reopened).map(({ untilMs, sinceMs }) => untilMs - sinceMs);
    expect(cooldowns).toEqual([10_000, 20_000, 40_000, 80_000, 80_000, 80_000]);
  });

  test("opened by hand, it cools down as if it were the first time", () => {
    const { untilMs, sinceMs, openings } = byHand("open", reopened(3));
    expect({ cooldownMs: untilMs - sinceMs, openings }).toEqual({ cooldownMs: 10_000, openings: 1 });
  });

  test("may be probed from the end of its cooldown on, and from the end of another's lease", () => {
    const open = byHand("open");
    expect([open.untilMs - 1, open.untilMs].map((ms) => mayProbe(open, ms))).toEqual([false, true]);
    const held = comesOf(open, { type: "elected" }, open.untilMs);
    expect([held.probeUntilMs - 1, held.probeUntilMs].map((ms) => mayProbe(held, ms))).toEqual([false, true]);
  });

  test("may be probed by whose clock is more than ten seconds before its opening: that was put back", () => {
    const open = byHand("open");
    expect([nowMs - 10_000, nowMs - 10_001].map((ms) => mayProbe(open, ms))).toEqual([false, true]);
  });

  test("has a lease of the probe, a second for the clocks, and two requests to the store", () => {
    const open = byHand("open");
    const held = comesOf(open, { type: "elected" }, open.untilMs);
    expect(held.probeUntilMs - open.untilMs).toBe(2_000 + 1_000 + 2 * 250);
    const lastMs = held.probeUntilMs - 3_000;
    expect([lastMs, lastMs + 1].map((ms) => leaseHolds(held, ms, rules))).toEqual([true, false]);
  });

  test("has no lease after a probe that succeeded, and nothing of its opening once it is closed", () => {
    const open = byHand("open");
    const once = comesOf(comesOf(open, { type: "elected" }, open.untilMs), { type: "probe-succeeded" });
    expect(once).toMatchObject({ state: "OPEN", successes: 1, probeUntilMs: 0 });
    const twice = comesOf(comesOf(once, { type: "elected" }, open.untilMs), { type: "probe-succeeded" });
    const nothing = { untilMs: 0, openings: 0, successes: 0, probeUntilMs: 0, alert: "", alertUntilMs: 0 };
    expect(twice).toMatchObject({ state: "CLOSED", sinceMs: nowMs, ...nothing });
  });

  test.each(["probe-succeeded", "probe-failed", "probe-forgotten"] as const)(
    "takes no word of a probe while nobody holds the lease: %s",
    (type) => {
      expect(nextShared(byHand("open"), { type }, nowMs, rules)).toBeUndefined();
      expect(nextShared(byHand("closed"), { type }, nowMs, rules)).toBeUndefined();
    },
  );

  test("is made by the first alert, which lasts an hour, and says nothing else", () => {
    const alerted = comesOf(undefined, { type: "tripped" });
    const nothing = { sinceMs: 0, untilMs: 0, openings: 0, successes: 0, probeUntilMs: 0 };
    expect(alerted).toMatchObject({ epoch: 0, state: "CLOSED", ...nothing });
    const endMs = nowMs + 3_600_000;
    expect([endMs - 1, endMs].map((ms) => isAlerted(alerted, ms))).toEqual([true, false]);
  });

  test("lets calls through from one in 64, doubling over the ramp; whose clock was put back sees none", () => {
    const shares = [-10_000, -5, 0, 5_000, 9_999.999, 10_000].map((ms) => rampShare(ms, 10_000));
    expect(shares.slice(0, 4)).toEqual([1 / 64, 1 / 64, 1 / 64, 1 / 8]);
    expect(shares[4]).toBeLessThan(1);
    expect(shares[5]).toBe(1);
    expect(rampShare(-10_001, 10_000)).toBe(1);
  });
});

describe("what is counted under an alert", () => {
  test("is decided at eight, of three reports at least where it opens", () => {
    const verdicts = [
      [7, 9],
      [8, 2],
      [8, 3],
      [-7, 9],
      [-8, 1],
    ].map(([score = 0, reports = 0]) => verdictOf({ score, reports }));
    expect(verdicts).toEqual([undefined, undefined, "corroborated", undefined, "all-clear"]);
  });

  test("has of one report the failures less the successes, four at most", () => {
    expect([weightOf(2, 1), weightOf(9, 0), weightOf(0, 9), weightOf(1, 1)]).toEqual([1, 4, -4, 0]);
  });

  test("is reported half a second later, or as much later as there were more than fifty reports a second", () => {
    expect(nextIntervalMs(500, 10, 1_000)).toBe(500);
    expect(nextIntervalMs(1_000, 100, 1_000)).toBe(2_000);
    expect(nextIntervalMs(1_000, 100, 2_000)).toBe(1_000);
  });

  test("is not reported so seldom that it is never decided: 64 times the interval at most", () => {
    expect(nextIntervalMs(1_000, 100_000, 1_000)).toBe(64_000);
  });

  test("is measured by a second at least: the first reports of an alert say little", () => {
    expect(nextIntervalMs(1_000, 100, 10)).toBe(2_000);
  });
});

describe("an environment's own moment", () => {
  let chance: number;
  const known = (readEveryMs = 5_000) => knowledge(readEveryMs, () => chance);

  test.each([
    [0, 1_000],
    [1, 1_000],
    [3, 1_000],
  ])("for a probe is a while after the cooldown, two seconds at most (reopened %i times)", (times, ms) => {
    const own = known();
    chance = 0.5;
    const open = reopened(times);
    own.learn(open, nowMs, open.sinceMs, false);
    expect(own.probeAtMs - open.untilMs).toBe(ms);
  });

  test("is within a fifth of a short cooldown", () => {
    const own = known();
    chance = 0.5;
    const open = { ...byHand("open"), untilMs: nowMs + 1_000 };
    own.learn(open, nowMs, nowMs, false);
    expect(own.probeAtMs).toBe(nowMs + 1_100);
  });

  test("is drawn once an opening, and anew with the next", () => {
    const own = known();
    chance = 0;
    const open = byHand("open");
    own.learn(open, nowMs, nowMs, false);
    chance = 0.9;
    expect(own.learn(open, nowMs + 1, nowMs + 1, false)).toBe(false);
    expect(own.probeAtMs).toBe(open.untilMs);
    const again = reopened(1);
    expect(own.learn(again, nowMs + 2, nowMs + 2, false)).toBe(true);
    expect(own.probeAtMs - again.untilMs).toBe(1_800);
  });

  test("is beyond another's lease, or a look before that, where another has it", () => {
    const open = byHand("open");
    const held = comesOf(open, { type: "elected" }, open.untilMs);
    chance = 0.25;
    for (const [readEveryMs, expectedMs] of [
      [60_000, held.probeUntilMs + 250],
      [400, open.untilMs + 3_000 + 300],
    ] as const) {
      const own = known(readEveryMs);
      own.learn(held, open.untilMs, open.untilMs + 3_000, false);
      expect(own.probeAtMs).toBe(expectedMs);
    }
  });

  test("is beyond another's lease also for whoever learns of it at that very moment", () => {
    const open = byHand("open");
    const held = comesOf(open, { type: "elected" }, open.untilMs);
    chance = 0.25;
    const own = known(60_000);
    own.learn(held, open.untilMs, open.untilMs + 500, false);
    expect(own.probeAtMs).toBe(held.probeUntilMs + 250);
  });

  test("is what it was, where the other's lease is over, or comes before the own one", () => {
    const open = byHand("open");
    const held = comesOf(open, { type: "elected" }, open.untilMs);
    chance = 0.25;
    for (const atMs of [open.untilMs, held.probeUntilMs]) {
      const own = known();
      own.learn(held, atMs, atMs, false);
      expect(own.probeAtMs).toBe(open.untilMs + 500);
    }
  });

  test("nothing has changed where there is nothing to learn", () => {
    expect(known().learn(undefined, nowMs, nowMs, false)).toBe(false);
  });
});
