/**
 * Everything that must hold before a change is taken: `npm test`, `npm run verify` and CI all run this.
 *
 *     npm test                       every check
 *     npm test -- --only types       one of them, with what it needs (repeat --only for more)
 *
 * The last line is `N passed, N failed`. Tests are counted as Vitest counted them, and each check beside them as
 * one; a run in which anything failed never says `0 failed`, and exits with 1.
 */
import { parseArgs } from "node:util";
import { type Check, stages } from "./verify/checks.ts";
import { paint, seconds } from "./verify/paint.ts";
import { runCheck } from "./verify/run-check.ts";
import { addTallies, type Tally, tallyOfCheck } from "./verify/tally.ts";

/** CI machines and laptops alike have two cores to spare. */
const SIDE_BY_SIDE = 2;

const all = stages.flat();
const chosen = chooseChecks();
const failures = new Set<string>();
const tallies: Tally[] = [];
const startedMs = performance.now();
say(`On Node.js ${process.versions.node}: ${[...chosen].join(", ")}`);

for (const stage of stages) {
  const queue = stage.filter((check) => chosen.has(check.name)).values();
  const worker = async (): Promise<void> => {
    for (const check of queue) await verify(check);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}

const { passed, failed } = addTallies(tallies);
say(`\n${seconds(performance.now() - startedMs)} in all. Each check beside the tests counts as one.`);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function chooseChecks(): ReadonlySet<string> {
  const { only, help } = readArguments();
  if (help) {
    say("npm test [-- --only <check> …]\n");
    for (const { name, says } of all) say(`  ${name.padEnd(8)} ${says}`);
    process.exit(0);
  }
  if (only === undefined) return new Set(all.map((check) => check.name));
  const names = new Set<string>();
  const choose = (name: string): void => {
    const check = all.find((candidate) => candidate.name === name);
    if (check === undefined) {
      refuse(`There is no check "${name}": --only takes ${all.map((known) => known.name).join(", ")}.`);
    }
    check.needs?.forEach(choose);
    names.add(name);
  };
  only.forEach(choose);
  return names;
}

function readArguments(): { readonly only?: string[]; readonly help?: boolean } {
  try {
    return parseArgs({ options: { only: { type: "string", multiple: true }, help: { type: "boolean" } } })
      .values;
  } catch (error) {
    return refuse(`${(error as Error).message}\nnpm test -- --help says what there is.`);
  }
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

async function verify(check: Check): Promise<void> {
  const missing = check.needs?.find((name) => failures.has(name));
  if (missing !== undefined) {
    conclude(check, tallyOfCheck(1), `not run: it needs ${missing}`);
    return;
  }
  if (check.countsTests) say(`\n${check.command.join(" ")}`);
  const { output, tally, elapsedMs } = await runCheck(check);
  const text = check.countsTests ? `${tally.passed} passed, ${tally.failed} failed` : check.says;
  conclude(check, tally, `${text} ${paint("dim", `(${seconds(elapsedMs)})`)}`);
  if (tally.failed > 0 && !check.countsTests) {
    say(`\n${output.trimEnd()}\n\nThis one again: npm test -- --only ${check.name}\n`);
  }
}

function conclude(check: Check, tally: Tally, text: string): void {
  tallies.push(tally);
  if (tally.failed > 0) failures.add(check.name);
  say(`${tally.failed === 0 ? paint("green", "✓") : paint("red", "✗")} ${check.name.padEnd(8)} ${text}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
