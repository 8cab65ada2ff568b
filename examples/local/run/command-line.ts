import { BuildError } from "../lambda/build-functions.ts";
import { TemplateError } from "../template/problems.ts";
import { type RunArguments, readArguments, USAGE, UsageError } from "./arguments.ts";
import { keepUp } from "./keep-up.ts";
import { type AppReport, allHeld, type RunReport, showApp } from "./report.ts";
import { InterruptedError, runApp } from "./run-app.ts";
import type { Scenario } from "./scenario.ts";
import { type Screen, startScreen } from "./screen.ts";

/**
 * Runs the apps that a command line asks for, in this process: its signals and its two output streams are ours.
 * Resolves with the exit code: 0 all held, 1 something did not, 2 a wrong command line, 130 interrupted.
 */
export async function runCommandLine(
  argv: readonly string[],
  scenarios: readonly Scenario[],
): Promise<number> {
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(name, () => interrupt.abort(name));
  // Who read us has gone (`npm start | head`): nobody is left to run for.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => interrupt.abort("its output was closed"));
  }
  try {
    const names = scenarios.map(({ name }) => name);
    const run = readArguments(
      argv,
      names,
      () => Math.floor(Math.random() * 1_000_000),
      (app) => Object.keys(scenarios.find(({ name }) => name === app)?.controls ?? {}),
    );
    if (run.help) {
      console.log(USAGE);
      return 0;
    }
    // With --json standard output holds the object alone, and people read the rest on standard error.
    const screen = startScreen(run.json ? process.stderr : process.stdout, Date.now);
    const apps = scenarios.filter(({ name }) => run.apps.includes(name));
    const report = await runApps(run, apps, screen, interrupt.signal);
    showVerdict(screen, run, report);
    if (run.json) console.log(JSON.stringify(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (error instanceof InterruptedError) {
      console.error("Interrupted; everything was stopped.");
      return 130;
    }
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    // These name the line that is wrong in the app; where we noticed is no help.
    console.error(error instanceof TemplateError || error instanceof BuildError ? error.message : error);
    return 1;
  }
}

async function runApps(
  run: RunArguments,
  scenarios: readonly Scenario[],
  screen: Screen,
  signal: AbortSignal,
): Promise<RunReport> {
  const { seed, without, faults } = run;
  screen.line(`seed ${seed}${without.length === 0 ? "" : `, without ${without.join(" and ")}`}`);
  const apps: AppReport[] = [];
  for (const scenario of scenarios) {
    const app = await runApp(scenario, {
      seed,
      without,
      faults,
      screen,
      signal,
      async beforeStop(cloud, report) {
        showApp(screen, report, scenario.notes);
        if (run.keep) await keepUp(cloud, screen, signal);
      },
    });
    apps.push(app);
  }
  return {
    ok: allHeld(apps),
    seed,
    apps: apps.map(({ name, rows, faults: plan }) => ({ name, rows, faults: plan })),
  };
}

/** A run that failed can be run again: the same seed, and its faults as a value, to be given back or changed. */
function showVerdict(screen: Screen, { without, faults }: RunArguments, { ok, seed, apps }: RunReport): void {
  screen.line("");
  if (ok) {
    screen.line(screen.good("All invariants held."));
    return;
  }
  const broke =
    without.length === 0 ? "An invariant broke" : `Broken without ${without.join(" and ")}, as it must be`;
  screen.line(screen.bad(`${broke}. To see it again:`));
  for (const app of apps.filter((one) => !allHeld([one]))) {
    // JSON's own escape keeps an apostrophe from ending what the shell takes as one word.
    const plan = `--faults '${JSON.stringify(app.faults).replaceAll("'", "\\u0027")}'`;
    const options = [`--seed ${seed}`, ...without.map((name) => `--without ${name}`)];
    screen.line(
      `  npm start -- ${[app.name, ...options, ...(faults === undefined ? [] : [plan])].join(" ")}`,
    );
    if (faults === undefined) screen.line(screen.dim(`  Its faults, as an option to change: ${plan}`));
  }
}
