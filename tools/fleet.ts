/**
 * Sends each of many tasks many times to functions that are killed, frozen and lied to, and counts what was done for
 * each: once, or it is said for which not, with the command that shows it again.
 *
 *     npm run fleet                                          1,000 tasks, 20 deliveries each
 *     npm run fleet -- --keys 60 --seed 7
 *     npm run fleet -- --keys 60 --without idempotency       must fail
 *
 * Exit code 0 when all held and nothing was left, 1 when not, 2 for a wrong command line, 130 when interrupted.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { stop as stopEsbuild } from "esbuild";
import { UsageError } from "../examples/local/run/arguments.ts";
import { type AppReport, allHeld, showApp } from "../examples/local/run/report.ts";
import { InterruptedError, runApp } from "../examples/local/run/run-app.ts";
import { startScreen } from "../examples/local/run/screen.ts";
import { type Figures, fleet } from "../test/races/fleet/fleet.ts";
import { type FleetArguments, readFleetArguments, USAGE } from "./fleet/command-line.ts";
import { descendants, stillRunning } from "./processes.ts";

/** What has been stopped may take so long to close. */
const CLOSED_WITHIN_MS = 2_000;

const given = readCommandLine();
const folder = await mkdtemp(join(tmpdir(), "holdfast-fleet-"));
// Whatever is made for the run lies here, so that what it leaves behind is seen.
process.env["TMPDIR"] = folder;
const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => interrupt.abort(name));
// Who read us has gone (`npm run fleet | head`): nobody is left to run for.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", () => interrupt.abort("its output was closed"));
}
try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof InterruptedError)) throw error;
  console.error("Interrupted; everything was stopped.");
  process.exitCode = 130;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<number> {
  const { keys, deliveries, seed, without, faults } = given;
  const screen = startScreen(given.json ? process.stderr : process.stdout, Date.now);
  const beganMs = performance.now();
  let figures: Figures = {};
  const scenario = fleet({ keys, deliveries }, (told) => {
    figures = told;
  });
  screen.line(
    `seed ${seed}, ${keys} keys, ${deliveries} deliveries${without.length === 0 ? "" : ", without idempotency"}`,
  );
  const { signal } = interrupt;
  const report = await runApp(scenario, {
    seed,
    without,
    faults,
    screen,
    signal,
    beforeStop: async () => {},
  });
  const seconds = (performance.now() - beganMs) / 1_000;
  const left = await whatIsLeft();
  showApp(screen, report, scenario.notes);
  screen.line("");
  for (const [operation, counts] of Object.entries(figures)) {
    const said = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b));
    screen.line(`${operation}: ${said.map(([what, count]) => `${what} ${count}`).join(", ")}`);
  }
  screen.line(left.length === 0 ? "No process, port or file is left." : `Left behind: ${left.join("; ")}`);
  const ok = allHeld([report]) && left.length === 0;
  const broke = without.length === 0 ? "It did not hold" : "Broken without idempotency, as it must be";
  screen.line(`${ok ? screen.good("All held") : screen.bad(broke)}, in ${seconds.toFixed(1)} s.`);
  if (!ok) for (const line of again(report)) screen.line(line);
  if (given.json) {
    const { rows, disturbances, faults: plan } = report;
    const all = {
      ok,
      keys,
      deliveries,
      seed,
      without,
      seconds,
      rows,
      disturbances,
      figures,
      left,
      faults: plan,
    };
    console.log(JSON.stringify(all));
  }
  return ok ? 0 : 1;
}

/** The command that runs it again. JSON's own escape keeps an apostrophe from ending what the shell takes as one word. */
function again({ faults: plan }: AppReport): readonly string[] {
  const { keys, deliveries, seed, without, faults } = given;
  const options = [`--keys ${keys} --deliveries ${deliveries} --seed ${seed}`];
  if (without.length > 0) options.push(`--without ${without.join(",")}`);
  const asOption = `--faults '${JSON.stringify(plan).replaceAll("'", "\\u0027")}'`;
  if (faults !== undefined) options.push(asOption);
  return [
    "To see it again:",
    `  npm run fleet -- ${options.join(" ")}`,
    ...(faults === undefined ? [`  Its faults, as an option to change: ${asOption}`] : []),
  ];
}

/** Everything has been stopped: no process that we started runs, nothing of ours is open, and no file lies about. */
async function whatIsLeft(): Promise<readonly string[]> {
  // It keeps a process of its own for the next build.
  await stopEsbuild();
  const isOurs = (name: string): boolean => /^(TCP|Process|Timeout)/.test(name);
  const open = (): readonly string[] => process.getActiveResourcesInfo().filter(isOurs);
  const untilMs = performance.now() + CLOSED_WITHIN_MS;
  while (open().length > 0 && performance.now() < untilMs) await wait(20);
  return [
    ...stillRunning(descendants(process.pid), folder).map((one) => `process ${one}`),
    ...open().map((name) => `open ${name}`),
    ...(await readdir(folder)).map((name) => `file ${name}`),
  ];
}

function readCommandLine(): FleetArguments {
  try {
    const read = readFleetArguments(process.argv.slice(2), () => Math.floor(Math.random() * 1_000_000));
    if (!read.help) return read;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}
