import { describe, expect, it, vi } from "vitest";
import type { Scenario } from "../../../examples/local/run/scenario.ts";
import { streamFaults } from "../../../examples/streaming/scenario/faults.ts";
import { streaming } from "../../../examples/streaming/scenario/index.ts";
import { brokenIn, brokenNames, runScenario } from "../run/scenario-run.ts";

/** A run builds its functions and waits for windows and retries; others may run beside it. */
vi.setConfig({ testTimeout: 120_000 });

/** Everything comes twice, and workers die at random moments, and with all done and nobody told. */
function rough(): Scenario {
  const functions = ["CountUsageFunction", "WatchPaymentsFunction", "StoreReadingsFunction"];
  return {
    ...streaming({ usage: 10_000, payments: 500, readings: 400 }),
    faults: {
      ...streamFaults,
      deliveries: functions.map((name) => ({ do: "duplicate", function: name })),
      invocations: functions.flatMap((name) => [
        { do: "kill", function: name, at: "before-answer", nth: 2 },
        { do: "kill", function: name, at: { withinMs: 60 }, chance: 0.1 },
      ]),
    },
  };
}

describe.concurrent("a run of streaming", () => {
  it("holds every invariant though everything comes twice and functions die at random moments", async () => {
    const report = await runScenario(rough());
    expect(brokenIn(report)).toEqual([]);
    expect(report.rows.map(({ id }) => id)).toEqual(["S1", "S2", "S3"]);
    for (const { effects, duplicates, deadLetters } of report.rows) {
      expect(effects).toBeGreaterThan(0);
      expect(duplicates).toBeGreaterThan(0);
      expect(deadLetters).toBeGreaterThan(0);
    }
    expect(report.disturbances["workers killed"]).toBeGreaterThan(2);
    expect(report.idleFaults).toEqual([]);
  });

  it("counts, raises and stores twice without idempotency", async () => {
    const broken = brokenNames(await runScenario(rough(), ["idempotency"]));
    expect(broken).toEqual(
      expect.arrayContaining([
        "S1: every good event is counted exactly once by ADD",
        "S2: every suspicious window of a user raises one alert, by the payment that makes it so",
        "S3: every good reading is stored once, as it was measured",
      ]),
    );
  });
});
