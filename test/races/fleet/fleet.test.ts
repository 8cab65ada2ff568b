import { describe, expect, it, type TestContext, vi } from "vitest";
import type { AppReport } from "../../../examples/local/run/report.ts";
import { startRunner } from "../../examples/run/runner.ts";
import type { Figures } from "./fleet.ts";

/** Some ten seconds of a machine that has nothing else to do: others may run beside it. */
vi.setConfig({ testTimeout: 300_000 });

/** What `npm run fleet` prints with `--json`. */
type Printed = Pick<AppReport, "rows" | "disturbances"> & {
  readonly figures: Figures;
  readonly left: readonly string[];
};

async function fleetOf(test: TestContext, ...args: readonly string[]) {
  const runner = await startRunner(test, "tools/fleet.ts", [...args, "--json"]);
  const code = await runner.ended;
  const printed: Printed = JSON.parse(runner.stdout() || "{}");
  return { code, ...printed, outlived: await runner.left([]), output: runner.stderr() };
}

function effectsIn({ rows }: Printed): Record<string, number> {
  return Object.fromEntries(rows.map(({ id, effects }) => [id, effects]));
}

describe.concurrent("twenty deliveries of each key", () => {
  it("have one effect a key, though workers are killed and frozen and replies are lost", async (test) => {
    const run = await fleetOf(test, "--keys", "60", "--seed", "1");
    expect(run.code, run.output).toBe(0);
    expect(effectsIn(run)).toEqual({ transact: 60, keyed: 60, long: 10 });
    for (const what of ["workers killed", "workers frozen", "replies lost", "answers from outside spoiled"])
      expect(run.disturbances[what], what).toBeGreaterThan(0);
    // Work that outlasts its lease comes to its end by these alone.
    expect(run.figures["long"]?.["heartbeat"]).toBeGreaterThan(10);
    expect([...run.left, ...run.outlived]).toEqual([]);
  });

  it("have more effects than keys without idempotency", async (test) => {
    const run = await fleetOf(test, "--keys", "20", "--seed", "1", "--without", "idempotency");
    expect(run.code, run.output).toBe(1);
    const { transact, keyed, long } = effectsIn(run);
    expect(transact).toBeGreaterThanOrEqual(20 * 20);
    expect(long).toBeGreaterThanOrEqual(10 * 20);
    // The kill switch leaves the target the id that it knows a repeat by, however often it is asked.
    expect(keyed).toBe(20);
    expect(run.figures["keyed"]?.["target-asked"]).toBeGreaterThanOrEqual(20 * 20);
    expect([...run.left, ...run.outlived]).toEqual([]);
  });
});
