import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";
import { descendants, stillRunning } from "../../../tools/processes.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A run in a process of its own, which reads and writes pipes and has a folder for temporary files to itself. */
export interface Runner {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once a line of either output matches. */
  readonly says: (pattern: RegExp) => Promise<void>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** The processes that it has started and that run now. */
  readonly started: () => readonly number[];
  /** What is left of it: of these processes those that run, any that came later, and files in its folder. */
  readonly left: (started: readonly number[]) => Promise<readonly string[]>;
}

/** The orders' run with this many orders. */
export function startOrders(test: TestContext, orders: number, ...args: string[]): Promise<Runner> {
  return startRunner(test, "test/examples/run/program.ts", args, { ORDERS: String(orders) });
}

/** Starts `program` (a path from the package's root) as `npm start` does. Nothing of it outlives its test. */
export async function startRunner(
  test: TestContext,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Runner> {
  const folder = await mkdtemp(join(tmpdir(), "runner-"));
  const child = spawn(process.execPath, ["--import", "./tools/from-source.ts", program, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], TMPDIR: folder, ...env },
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  const stdout = () => out.join("");
  const stderr = () => err.join("");
  const ended = once(child, "close").then(() => child.exitCode ?? child.signalCode);
  const runner: Runner = {
    process: child,
    stdout,
    stderr,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(stdout()) || pattern.test(stderr())) resolve();
        };
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        void ended.then((code) => reject(new Error(`ended with ${code} before: ${stdout()}${stderr()}`)));
        look();
      }),
    started: () => descendants(child.pid ?? 0),
    left: async (started) => [...stillRunning(started, folder), ...(await readdir(folder))],
  };
  test.onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  return runner;
}

/** Milliseconds from a signal until the runner has ended. */
export async function endingTime(runner: Runner, signal: NodeJS.Signals): Promise<number> {
  const sentMs = performance.now();
  runner.process.kill(signal);
  await runner.ended;
  return performance.now() - sentMs;
}
