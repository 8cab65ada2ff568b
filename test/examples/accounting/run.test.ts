import { describe, expect, it, vi } from "vitest";
import { ledgerFaults } from "../../../examples/accounting/scenario/faults.ts";
import { accounting } from "../../../examples/accounting/scenario/index.ts";
import type { Scenario } from "../../../examples/local/run/scenario.ts";
import { brokenIn, brokenNames, runScenario } from "../run/scenario-run.ts";

/** A run starts a PostgreSQL and waits for redeliveries; others may run beside it. */
vi.setConfig({ testTimeout: 120_000 });

/** Everything comes twice, one first delivery in five dies, and COMMITs lose their replies. */
function rough(): Scenario {
  const name = "PostEntryFunction";
  return {
    ...accounting(30),
    faults: {
      ...ledgerFaults,
      deliveries: [{ do: "duplicate", function: name }],
      invocations: [
        { do: "kill", function: name, at: "before-answer", nth: 2 },
        { do: "kill", function: name, at: "before-answer", chance: 0.1 },
        { do: "kill", function: name, at: { withinMs: 30 }, chance: 0.1 },
      ],
      thirdParties: [
        { do: "lose-reply", name: "database COMMIT", chance: 0.1 },
        { do: "dead", name: "database COMMIT", chance: 0.05 },
      ],
    },
  };
}

describe.concurrent("a run of accounting", () => {
  it("holds every invariant though everything comes twice, functions die, and COMMITs lose their replies", async () => {
    const report = await runScenario(rough());
    expect(brokenIn(report)).toEqual([]);
    const [first, later] = report.rows;
    expect(first?.effects).toBeGreaterThan(20);
    expect(later).toMatchObject({ id: "A4 day 36", effects: 0 });
    expect(report.disturbances["workers killed"]).toBeGreaterThan(0);
    expect(report.idleFaults).toEqual([]);
  });

  it("posts transactions twice without idempotency, within its time and after", async () => {
    const report = await runScenario(rough(), ["idempotency"]);
    const broken = brokenNames(report);
    expect(broken).toEqual(
      expect.arrayContaining([
        "A4: every good transaction has one entry, and nothing else has",
        "A4: every balance, kept by adding, is the sum of its transactions",
        "A4 day 36: journal and balances are what they were",
      ]),
    );
    expect(report.rows[1]?.effects).toBeGreaterThan(20);
  });

  it("loses nothing when the database is down for longer than three receives: it is redriven, and posted", async () => {
    const outage = { do: "dead", name: "database", fromMs: 0, untilMs: 11_000 } as const;
    const report = await runScenario({ ...accounting(12), faults: { thirdParties: [outage] } });
    expect(brokenIn(report)).toEqual([]);
    expect([...report.failures.keys()]).toEqual([
      expect.stringMatching(/EntriesQueue gave up: received 3 times/),
    ]);
  });
});
