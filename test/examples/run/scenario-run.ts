import type { AppReport } from "../../../examples/local/run/report.ts";
import { runApp } from "../../../examples/local/run/run-app.ts";
import type { Scenario } from "../../../examples/local/run/scenario.ts";
import { recordedScreen } from "./recorded-screen.ts";

/** Runs an app's scenario, always with the same chances, and shows it to nobody. */
export function runScenario(scenario: Scenario, without: readonly string[] = []): Promise<AppReport> {
  return runApp(scenario, {
    seed: 5,
    without,
    screen: recordedScreen().screen,
    signal: new AbortController().signal,
    beforeStop: () => Promise.resolve(),
  });
}

/** The invariants that did not hold, with their rows. */
export function brokenNames({ rows }: AppReport): string[] {
  return rows.flatMap(({ id, invariants }) =>
    invariants.flatMap(({ name, held }) => (held ? [] : [`${id}: ${name}`])),
  );
}

/** The same, with what was found. */
export function brokenIn({ rows }: AppReport): string[] {
  return rows.flatMap(({ id, invariants }) =>
    invariants.flatMap(({ name, held, detail }) => (held ? [] : [`${id}: ${name}: ${detail}`])),
  );
}
