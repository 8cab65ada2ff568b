import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  leaseHolds,
  mayProbe,
  nextShared,
  rampShare,
  type SharedCircuit,
  type SharedEvent,
  type SharedRules,
} from "../../../src/circuit-breaker/shared/item.ts";
import { verdictOf, weightOf } from "../../../src/circuit-breaker/shared/score.ts";

const rules: SharedRules = {
  halfOpenAfterMs: 10_000,
  probeTimeoutMs: 2_000,
  probesToClose: 2,
  storeTimeoutMs: 250,
};

const event: fc.Arbitrary<SharedEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      "suspected",
      "tripped",
      "elected",
      "elected",
      "probe-succeeded",
      "probe-failed",
      "probe-forgotten",
    ),
  }),
  fc.record({ type: fc.constantFrom("corroborated", "all-clear"), alert: fc.constant("") }),
  fc.record({ type: fc.constant("by-hand"), to: fc.constantFrom("open", "closed", "isolated") }),
  fc.record({
    type: fc.constant("by-hand"),
    to: fc.constant("throttled"),
    share: fc.constantFrom(0.1, 0.5, 1),
  }),
) as fc.Arbitrary<SharedEvent>;

const moments = fc.array(fc.record({ event, afterMs: fc.nat(20_000) }), { maxLength: 60 });

interface Step {
  readonly before: SharedCircuit | undefined;
  readonly event: SharedEvent;
  readonly after: SharedCircuit | undefined;
  readonly nowMs: number;
}

/** Everybody's writes, one after the other, as a store with conditions makes them; verdicts are of the alert that is on. */
function stepsOf(all: readonly { readonly event: SharedEvent; readonly afterMs: number }[]): Step[] {
  let item: SharedCircuit | undefined;
  let nowMs = 1_000_000;
  return all.map(({ event: drawn, afterMs }, index) => {
    nowMs += afterMs;
    const happened = "alert" in drawn ? { ...drawn, alert: item?.alert || "none" } : drawn;
    const next = nextShared(item, happened, nowMs, rules);
    const before = item;
    if (next !== undefined) item = { ...next, token: `t${index}` };
    return { before, event: happened, after: item, nowMs };
  });
}

/** What holds of every step, whatever comes when. */
function always(holds: (step: Step) => boolean): void {
  fc.assert(fc.property(moments, (all) => stepsOf(all).every(holds)));
}

describe("the shared item", () => {
  test("has an epoch that never falls, and rises with every change of state", () => {
    always(({ before, after }) => {
      const [was, is] = [before?.epoch ?? 0, after?.epoch ?? 0];
      return is >= was && (is > was || (before?.state ?? "CLOSED") === (after?.state ?? "CLOSED"));
    });
  });

  test("never has a second lease while the first one runs", () => {
    always(
      ({ before, event: { type }, after, nowMs }) =>
        type !== "elected" || before === undefined || before === after || nowMs >= before.probeUntilMs,
    );
  });

  test("has a lease only when it is open and its cooldown is over", () => {
    always(({ before, event: { type }, after, nowMs }) => {
      if (type !== "elected" || before === after) return true;
      return before?.state === "OPEN" && nowMs >= before.untilMs;
    });
  });

  test("leaves an isolation by a hand alone", () => {
    always(
      ({ before, event: { type }, after }) =>
        before?.state !== "ISOLATED" || type === "by-hand" || after === before,
    );
  });

  test("lets a share of calls through by a hand alone, until one closes it", () => {
    always(({ before, event, after }) => {
      const was = before?.share ?? 1;
      if (event.type !== "by-hand") return (after?.share ?? 1) === was;
      if (event.to === "throttled") return after?.share === event.share;
      return after?.share === (event.to === "closed" ? 1 : was);
    });
  });

  test("stays open when it is throttled, and ends an isolation by that", () => {
    always(({ before, event, after }) => {
      if (event.type !== "by-hand" || event.to !== "throttled") return true;
      return before?.state === "OPEN"
        ? after?.state === "OPEN" && after.untilMs === before.untilMs
        : after?.state === "CLOSED";
    });
  });

  test("closed by a hand when it is closed, begins no ramp: only a throttling and an alert are over", () => {
    always(({ before, event, after }) => {
      if (event.type !== "by-hand" || event.to !== "closed" || before?.state !== "CLOSED") return true;
      return after?.sinceMs === before.sinceMs && after.share === 1 && after.alert === "";
    });
  });

  test("opens by a trip alone never, and closes by as many probes as it is told", () => {
    always(({ before, event: { type }, after }) => {
      if (type === "tripped" || type === "suspected") return after?.state === (before?.state ?? "CLOSED");
      const closes = before?.state === "OPEN" && after?.state === "CLOSED";
      if (!closes || type === "by-hand") return true;
      return type === "probe-succeeded" && before.successes === rules.probesToClose - 1;
    });
  });

  test("is cool after no more than eight cooldowns, however often it opens", () => {
    always(({ after }) => after === undefined || after.untilMs - after.sinceMs <= 8 * rules.halfOpenAfterMs);
  });

  test("ignores a verdict on another alert than the one that is on", () => {
    const item = { ...nextShared(undefined, { type: "tripped" }, 1_000, rules), token: "t" } as SharedCircuit;
    expect(nextShared(item, { type: "corroborated", alert: "old" }, 1_001, rules)).toBeUndefined();
    expect(nextShared(item, { type: "all-clear", alert: "old" }, 1_001, rules)).toBeUndefined();
    expect(nextShared(item, { type: "corroborated", alert: item.alert }, 1_001, rules)?.state).toBe("OPEN");
  });

  test("that took an alert back raises none for a second, then for trips alone, until ten seconds are over", () => {
    const alerted = nextShared(undefined, { type: "suspected" }, 1_000, rules);
    const { alert = "" } = alerted ?? {};
    const back = nextShared(
      { ...alerted, token: "t" } as SharedCircuit,
      { type: "all-clear", alert },
      2_000,
      rules,
    );
    const quiet = { ...back, token: "u" } as SharedCircuit;
    expect(quiet).toMatchObject({ state: "CLOSED", alert: "" });
    expect(nextShared(quiet, { type: "suspected" }, 11_999, rules)).toBeUndefined();
    expect(nextShared(quiet, { type: "tripped" }, 2_999, rules)).toBeUndefined();
    expect(nextShared(quiet, { type: "tripped" }, 3_000, rules)?.alert).toBe("0.3000");
    expect(nextShared(quiet, { type: "suspected" }, 12_000, rules)?.alert).toBe("0.12000");
    // A clock that was put back must not keep it quiet.
    expect(nextShared(quiet, { type: "suspected" }, -20_000, rules)?.alert).toBe("0.-20000");
  });

  test("has leases that outlive the probe by all that two clocks can differ", () => {
    fc.assert(
      fc.property(
        fc.nat(250),
        fc.integer({ min: -500, max: 500 }),
        fc.integer({ min: -500, max: 500 }),
        (late, mine, theirs) => {
          const open = nextShared(undefined, { type: "by-hand", to: "open" }, 0, rules);
          const leased = nextShared(
            { ...open, token: "t" } as SharedCircuit,
            { type: "elected" },
            20_000 + mine,
            rules,
          );
          if (leased === undefined) throw new Error("no lease");
          // The reply takes a while, then the probe all the time it has: nobody else may probe yet.
          const sentAt = 20_000 + late;
          if (!leaseHolds(leased, sentAt + mine, rules)) return;
          expect(mayProbe(leased, sentAt + rules.probeTimeoutMs - 1 + theirs)).toBe(false);
        },
      ),
    );
  });
});

test("the ramp grows from a 64th to all, and never falls", () => {
  expect(rampShare(0, 10_000)).toBe(1 / 64);
  expect(rampShare(10_000, 10_000)).toBe(1);
  expect(rampShare(0, 0)).toBe(1);
  fc.assert(
    fc.property(fc.nat(20_000), fc.nat(20_000), (a, b) => {
      expect(rampShare(Math.min(a, b), 10_000)).toBeLessThanOrEqual(rampShare(Math.max(a, b), 10_000));
    }),
  );
});

test("no report decides alone, and two that agree do not open", () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(1_000), (failures, successes) => {
      const weight = weightOf(failures, successes);
      expect(verdictOf({ score: weight, reports: 1 })).toBeUndefined();
      expect(verdictOf({ score: 2 * weight, reports: 2 })).not.toBe("corroborated");
    }),
  );
});
