import { describe, expect, it, vi } from "vitest";
import type { AppReport } from "../../../examples/local/run/report.ts";
import { runApp } from "../../../examples/local/run/run-app.ts";
import type { Scenario } from "../../../examples/local/run/scenario.ts";
import { logFaults } from "../../../examples/log-processing/scenario/faults.ts";
import { logProcessing } from "../../../examples/log-processing/scenario/index.ts";
import { recordedScreen } from "../run/recorded-screen.ts";

/** A run builds its function and waits for retries; others may run beside it. */
vi.setConfig({ testTimeout: 60_000 });

function run(scenario: Scenario, without: readonly string[] = []): Promise<AppReport> {
  return runApp(scenario, {
    seed: 5,
    without,
    screen: recordedScreen().screen,
    signal: new AbortController().signal,
    beforeStop: () => Promise.resolve(),
  });
}

function brokenIn({ rows }: AppReport): string[] {
  return rows.flatMap(({ invariants }) =>
    invariants.flatMap(({ name, held, detail }) => (held ? [] : [`${name}: ${detail}`])),
  );
}

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
    const report = await run(rough());
    expect(brokenIn(report)).toEqual([]);
    expect(report.rows).toMatchObject([{ id: "L1", deadLetters: 5 }]);
    expect(report.rows[0]?.duplicates).toBeGreaterThan(20);
    expect(report.disturbances["workers killed"]).toBeGreaterThan(3);
  });

  it("counts logs twice without idempotency, and breaks nothing else", async () => {
    const broken = brokenIn(await run(rough(), ["idempotency"]));
    expect(broken).toEqual([expect.stringMatching(/^every log is counted exactly once by ADD: /)]);
  });
});
