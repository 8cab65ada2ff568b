import { describe, expect, it, vi } from "vitest";
import { REFUSED } from "../../../examples/backup/scenario/chunks.ts";
import { chunkFaults } from "../../../examples/backup/scenario/faults.ts";
import { backup } from "../../../examples/backup/scenario/index.ts";
import type { Scenario } from "../../../examples/local/run/scenario.ts";
import { brokenIn, brokenNames, runScenario } from "../run/scenario-run.ts";

/** A run builds its function and waits for redeliveries; others may run beside it. */
vi.setConfig({ testTimeout: 120_000 });

const name = "StoreChunkFunction";

/** Everything comes twice, one first delivery in five dies, and writes lose their replies. */
function rough(): Scenario {
  return {
    ...backup(40),
    faults: {
      deliveries: [{ do: "duplicate", function: name }],
      invocations: [
        { do: "kill", function: name, at: "before-answer", nth: 2 },
        { do: "kill", function: name, at: "before-answer", chance: 0.1 },
        { do: "kill", function: name, at: { withinMs: 30 }, chance: 0.1 },
      ],
      requests: [
        ...(chunkFaults.requests ?? []).slice(0, 1),
        { do: "lose-reply", service: "s3", operation: "PutObject", chance: 0.1 },
      ],
    },
  };
}

/** Nothing goes wrong but the chunks that S3 never takes. How the receives of each of these ended: `1 failed`. */
async function onlyRefused() {
  const scenario = { ...backup(60), faults: { requests: (chunkFaults.requests ?? []).slice(0, 1) } };
  const ends = new Map<string, string[]>();
  const report = await runScenario({
    ...scenario,
    async run(world) {
      const rows = await scenario.run(world);
      for (const { fields } of world.tally.logs) {
        const id = String(fields["correlation_id"]);
        if (!id.startsWith(REFUSED)) continue;
        ends.set(id, [...(ends.get(id) ?? []), `${fields["attempt"]} ${fields["outcome"]}`]);
      }
      return rows;
    },
  });
  return { report, poison: [...ends.values()] };
}

describe.concurrent("a run of backup", () => {
  it("holds every invariant though everything comes twice, functions die, and writes lose their replies", async () => {
    const report = await runScenario(rough());
    expect(brokenIn(report)).toEqual([]);
    expect(report.rows[0]?.effects).toBeGreaterThan(30);
    expect(report.disturbances["workers killed"]).toBeGreaterThan(0);
    expect(report.idleFaults).toEqual([]);
  });

  it("writes chunks twice without idempotency, and replaces one by another", async () => {
    const broken = brokenNames(await runScenario(rough(), ["idempotency"]));
    expect(broken).toEqual([
      "B3: every good chunk is stored as it was sent, and nothing else is",
      "B3: every chunk is written once, and none is replaced",
      "B3: every bad chunk is set aside with its reason, and no good one",
      "B3: of two chunks with one id the first is stored, and the other refused",
    ]);
  });

  it("receives poison three times before it sets it aside, and holds every invariant meanwhile", async () => {
    const { report, poison } = await onlyRefused();
    expect(brokenIn(report)).toEqual([]);
    expect(poison).toHaveLength(3);
    for (const receives of poison) {
      // Not before the third; later when a receive was too short, which is the machine's doing.
      expect(receives.find((end) => end.endsWith("set-aside"))).toMatch(/^[3-5] /);
    }
  });
});
