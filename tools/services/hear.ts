import { rmSync } from "node:fs";
import { join } from "node:path";
import { tallyOfTests } from "../verify/tally.ts";
import { cacheFolder } from "./cache.ts";
import { readReport } from "./named-tests.ts";
import { type Run, root } from "./run.ts";
import type { SecondOpinion, Started, Verdict } from "./second-opinion.ts";

/** Either what came of the tests, or why there was nothing to run them against. */
export type Heard = Verdict | { readonly missing: string };

/** Installs, starts, runs the tests against it, stops. Never rejects. */
export async function hear(opinion: SecondOpinion, run: Run, say: (line: string) => void): Promise<Heard> {
  for (const program of opinion.needs) {
    if ((await run.exitCode(program.command, program.probe)) !== 0) {
      return { missing: `this machine has no ${program.says}` };
    }
  }
  let started: Started | undefined;
  try {
    await opinion.install(run);
    started = await opinion.start?.(run);
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
  try {
    return await test(opinion, run, started?.environment ?? {}, say);
  } finally {
    await started?.stop();
  }
}

async function test(
  opinion: SecondOpinion,
  run: Run,
  env: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<Verdict> {
  const file = join(cacheFolder, `${opinion.name}.json`);
  rmSync(file, { force: true });
  const judge = opinion.judge;
  const args = [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--config=tools/services/vitest.config.ts",
    "--reporter=json",
    `--outputFile.json=${file}`,
    // Where differences are expected, what Vitest prints of them is no news.
    ...(judge === undefined ? ["--reporter=default"] : []),
    ...opinion.tests,
  ];
  const lines: string[] = [];
  const onLine = judge === undefined ? say : (line: string) => void lines.push(line);
  const exitCode = await run.exitCode(process.execPath, args, { env, onLine });
  const report = readReport(file);
  if (judge === undefined || report === undefined) {
    return { tally: tallyOfTests(report, exitCode ?? 1), lines: report === undefined ? lines : [] };
  }
  return judge(report);
}
