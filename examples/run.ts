/** `npm start`: runs the example apps on this machine and checks what they promise. */
import { readArguments, USAGE, UsageError } from "./local/run/arguments.ts";
import { keepUp } from "./local/run/keep-up.ts";
import { allHeld, type RunReport, showApp } from "./local/run/report.ts";
import { runApp } from "./local/run/run-app.ts";
import type { Scenario } from "./local/run/scenario.ts";
import { startScreen } from "./local/run/screen.ts";
import { orders } from "./orders/scenario/index.ts";

const scenarios: readonly Scenario[] = [orders()];

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  return error instanceof UsageError ? 2 : 1;
});

async function main(argv: readonly string[]): Promise<number> {
  const newSeed = (): number => Math.floor(Math.random() * 1_000_000);
  const run = readArguments(
    argv,
    scenarios.map(({ name }) => name),
    newSeed,
  );
  if (run.help) {
    console.log(USAGE);
    return 0;
  }
  // With --json standard output holds the object alone, and people read the rest on standard error.
  const screen = startScreen(run.json ? process.stderr : process.stdout, Date.now);
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(name, () => interrupt.abort(name));

  const without = run.without.length === 0 ? "" : `, without ${run.without.join(" and ")}`;
  screen.line(`seed ${run.seed}${without}`);
  const apps = [];
  for (const scenario of scenarios.filter(({ name }) => run.apps.includes(name))) {
    const app = await runApp(scenario, {
      seed: run.seed,
      without: run.without,
      screen,
      signal: interrupt.signal,
      beforeStop: (cloud) => (run.keep ? keepUp(cloud, screen, interrupt.signal) : Promise.resolve()),
    }).catch((error: unknown) => {
      if (interrupt.signal.aborted) return undefined;
      throw error;
    });
    if (app === undefined) {
      screen.line("Interrupted; everything was stopped.");
      return 130;
    }
    showApp(screen, app);
    apps.push(app);
  }

  const report: RunReport = { ok: allHeld(apps), seed: run.seed, apps };
  screen.line("");
  screen.line(
    report.ok
      ? screen.good("All invariants held.")
      : screen.bad(
          `An invariant broke. To see it again: npm start -- --seed ${run.seed}${run.without.map((name) => ` --without ${name}`).join("")}`,
        ),
  );
  if (run.json) console.log(JSON.stringify(report));
  return report.ok ? 0 : 1;
}
