/**
 * Second opinions: what runs here is held against other implementations of the same.
 *
 *     npm run test:services                     all of them
 *     npm run test:services -- --only s3        one of them (repeat --only for more)
 *     npm run test:services -- --allow-missing  what this machine cannot have is said, and is no failure
 *
 * What they need is installed into .cache/services, once. The last line is `N passed, N failed`; an opinion that
 * was asked for and could not be had counts as one failure.
 */
import { parseArgs } from "node:util";
import { startReaper } from "../examples/local/process/reaper.ts";
import { type Heard, hear } from "./services/hear.ts";
import { opinions } from "./services/opinions.ts";
import { runUnder } from "./services/run.ts";
import type { SecondOpinion } from "./services/second-opinion.ts";
import { paint, seconds } from "./verify/paint.ts";
import { addTallies, type Tally } from "./verify/tally.ts";

const { chosen, allowMissing } = readCommandLine();
const reaper = startReaper();
for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  // The reaper ends what was started.
  process.once(signal, () => void reaper.stop().then(() => process.exit(exitCode)));
}
const startedMs = performance.now();
const tallies: Tally[] = [];
const missing: string[] = [];
say("Other implementations, installed into .cache/services: 3 to 6 minutes the first time, 2 after.");
for (const opinion of chosen) conclude(opinion, performance.now(), await listen(opinion));
await reaper.stop();

say(`\n${seconds(performance.now() - startedMs)} in all.`);
if (missing.length > 0) {
  say(paint("red", `NOT CHECKED, ${allowMissing ? "as allowed" : "and that is a failure"}:`));
  for (const line of missing) say(`  ${line}`);
}
const { passed, failed } = addTallies(tallies);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function listen(opinion: SecondOpinion): Promise<Heard> {
  say(`\n${opinion.name}: ${opinion.says}\n  ${opinion.from}`);
  return hear(opinion, runUnder(reaper), say);
}

function conclude({ name, says }: SecondOpinion, sinceMs: number, heard: Heard): void {
  const took = paint("dim", `(${seconds(performance.now() - sinceMs)})`);
  if ("missing" in heard) {
    missing.push(`${name}: not checked that ${says}: ${heard.missing.split("\n")[0]}`);
    if (!allowMissing) tallies.push({ passed: 0, failed: 1 });
    say(`${paint("red", "?")} ${name} could not be had ${took}: ${heard.missing}`);
    return;
  }
  const { tally, lines } = heard;
  tallies.push(tally);
  for (const line of lines) say(`  ${line}`);
  const mark = tally.failed === 0 ? paint("green", "✓") : paint("red", "✗");
  say(`${mark} ${name}: ${tally.passed} passed, ${tally.failed} failed ${took}`);
}

function readCommandLine(): { readonly chosen: readonly SecondOpinion[]; readonly allowMissing: boolean } {
  const { only, help, "allow-missing": allowMissing = false } = readArguments();
  if (help === true) {
    say("npm run test:services [-- [--only <name> …] [--allow-missing]]\n");
    for (const { name, says, from } of opinions)
      say(`  ${name.padEnd(12)} ${says}\n${" ".repeat(15)}${from}`);
    process.exit(0);
  }
  const names = opinions.map((opinion) => opinion.name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) refuse(`There is no "${unknown}": --only takes ${names.join(", ")}.`);
  return { chosen: opinions.filter(({ name }) => only?.includes(name) ?? true), allowMissing };
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        only: { type: "string", multiple: true },
        "allow-missing": { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    return refuse(`${(error as Error).message}\nnpm run test:services -- --help says what there is.`);
  }
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
