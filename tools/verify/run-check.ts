import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { type Check, testReport } from "./checks.ts";
import { colourful } from "./paint.ts";
import { type Tally, type TestReport, tallyOfCheck, tallyOfTests } from "./tally.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** A check that takes longer than this hangs; a busy machine takes three times as long as an idle one. */
const LIMIT_MS = 20 * 60_000;

export interface CheckResult {
  readonly tally: Tally;
  /** Empty for the tests, whose output has been shown already. */
  readonly output: string;
  readonly elapsedMs: number;
}

/** Runs one check to its end. Never rejects: a command that cannot be started has failed. */
export async function runCheck(check: Check): Promise<CheckResult> {
  const startedMs = performance.now();
  if (check.countsTests) rmSync(new URL(`../../${testReport}`, import.meta.url), { force: true });
  const { exitCode, output } = await run(check.command, check.countsTests === true);
  const tally = check.countsTests ? tallyOfTests(readReport(), exitCode) : tallyOfCheck(exitCode);
  return { tally, output, elapsedMs: performance.now() - startedMs };
}

function run(
  [program, ...args]: Check["command"],
  live: boolean,
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: environment(),
      shell: process.platform === "win32",
      stdio: ["ignore", live ? "inherit" : "pipe", live ? "inherit" : "pipe"],
      timeout: LIMIT_MS,
    });
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", (error) => {
      resolve({ exitCode: 1, output: `${program} cannot be started: ${error.message}` });
    });
    child.once("close", (code, signal) => {
      const ending =
        code === null
          ? `\n${program} was ended by ${signal} (the limit is ${LIMIT_MS / 60_000} minutes).`
          : "";
      resolve({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString("utf8") + ending });
    });
  });
}

/** Commands come from node_modules, also when this was not started by npm; one word on colour for all of them. */
function environment(): NodeJS.ProcessEnv {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env;
  return {
    ...env,
    PATH: `${root}node_modules/.bin${delimiter}${process.env.PATH ?? ""}`,
    ...(colourful ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }),
  };
}

function readReport(): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(new URL(`../../${testReport}`, import.meta.url), "utf8")) as TestReport;
  } catch {
    return undefined;
  }
}
