import { describe, expect, it, vi } from "vitest";
import type { Scenario } from "../../../examples/local/run/scenario.ts";
import { logFaults } from "../../../examples/log-processing/scenario/faults.ts";
import { logProcessing } from "../../../examples/log-processing/scenario/index.ts";
import { brokenIn, runScenario } from "../run/scenario-run.ts";

/** A run builds its function and waits for retries; others may run beside it. */
vi.setConfig({ testTimeout: 60_000 });

/** Everything comes twice, and one first delivery in four dies, half of them with the work done and nobody told. */
function rough(): Scenario {
  const name = "ProcessLogFunction";
  return {
    ...logProcessing(30, 2),
    faults: {
      ...logFaults,
      deliveries: [{ do: "duplicate", function: name }],
      invocations: [
        { do: "kill", function: name, at: "before-answer", nth: 3 },
        { do: "kill", function: name, at: "before-answer", chance: 0.12 },
        { do: "kill", function: name, at: { withinMs: 20 }, chance: 0.12 },
      ],
    },
  };
}

describe.concurrent("a run of log processing", () => {
  it("holds every invariant though everything comes twice and functions die at random moments", async () => {
    const report = await runScenario(rough());
    expect(brokenIn(report)).toEqual([]);
    expect(report.rows).toMatchObject([{ id: "L1", deadLetters: 5 }]);
    expect(report.rows[0]?.duplicates).toBeGreaterThan(20);
    expect(report.disturbances["workers killed"]).toBeGreaterThan(3);
  });

  it("counts logs twice without idempotency, and breaks nothing else", async () => {
    const broken = brokenIn(await runScenario(rough(), ["idempotency"]));
    expect(broken).toEqual([expect.stringMatching(/^L1: every log is counted exactly once by ADD: /)]);
  });
});
