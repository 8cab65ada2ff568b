/**
 * Runs `npm start` with one seed after the other, and says of each whether all held and whether it left anything
 * behind: a process (and with it a port), or a file in its folder for temporary files.
 *
 *     npm run soak                             ten seeds, every app
 *     npm run soak -- --seeds 100 --from 1 orders
 *
 * Exit code 0 when every run held and left nothing, 1 when one did not, 2 for a wrong command line.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { descendants, stillRunning } from "./processes.ts";

/** How often the processes of a run are looked at, to know them by number when it has ended. */
const LOOK_EVERY_MS = 500;
const USAGE =
  "npm run soak -- [--seeds n, 10 by default] [--from seed, 1 by default] [app …, all by default]";
const root = fileURLToPath(new URL("..", import.meta.url));

const { apps, seeds, from } = readArguments();
const startedMs = performance.now();
const secondsOfRuns: number[] = [];
const failures: string[] = [];
for (let seed = from; seed < from + seeds; seed += 1) {
  const run = await runOnce(seed);
  secondsOfRuns.push(run.seconds);
  if (run.problems.length > 0) failures.push(`seed ${seed}: ${run.problems.join("; ")}`);
  const verdict = run.problems.length === 0 ? "held, nothing left" : run.problems.join("; ");
  say(`seed ${seed}  ${run.seconds.toFixed(1)} s  ${verdict}`);
  if (run.problems.length > 0) say(run.output.trimEnd());
}
const sorted = secondsOfRuns.toSorted((a, b) => a - b);
const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
say(
  `\n${seeds} runs in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s; a run took ` +
    `${least?.toFixed(1)} to ${most?.toFixed(1)} s, median ${median?.toFixed(1)} s`,
);
for (const failure of failures) say(failure);
say(`${seeds - failures.length} held and left nothing, ${failures.length} did not`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function runOnce(
  seed: number,
): Promise<{ readonly seconds: number; readonly problems: readonly string[]; readonly output: string }> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-soak-"));
  const beganMs = performance.now();
  const child = spawn(
    process.execPath,
    ["--import", "./tools/from-source.ts", "examples/run.ts", "--seed", String(seed), ...apps],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TMPDIR: folder } },
  );
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
  }
  const started = new Set<number>();
  const looking = setInterval(() => {
    for (const pid of descendants(child.pid ?? 0)) started.add(pid);
  }, LOOK_EVERY_MS);
  await once(child, "close");
  clearInterval(looking);
  const seconds = (performance.now() - beganMs) / 1_000;
  const problems = [
    ...(child.exitCode === 0 ? [] : [`ended with ${child.exitCode ?? child.signalCode}`]),
    ...stillRunning([...started], folder).map((left) => `left process ${left}`),
    ...(await readdir(folder)).map((left) => `left file ${left}`),
  ];
  await rm(folder, { recursive: true, force: true });
  return { seconds, problems, output: output.join("") };
}

function readArguments(): {
  readonly apps: readonly string[];
  readonly seeds: number;
  readonly from: number;
} {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        seeds: { type: "string", default: "10" },
        from: { type: "string", default: "1" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) {
      say(USAGE);
      process.exit(0);
    }
    const unknown = positionals.find((app) => !existsSync(join(root, "examples", app, "scenario")));
    if (unknown !== undefined) throw new Error(`There is no app "${unknown}" with a scenario in examples/`);
    const [seeds, from] = [Number(values.seeds), Number(values.from)];
    if (!Number.isSafeInteger(seeds) || seeds < 1) throw new Error("--seeds takes a whole number, 1 or more");
    if (!Number.isSafeInteger(from) || from < 0) throw new Error("--from takes a whole number, 0 or more");
    return { apps: positionals, seeds, from };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    process.exit(2);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
