import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Reaper } from "./reaper.ts";

/** How a child ended: its exit code, the signal that ended it, or why it never started. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

export interface Child {
  /** Undefined when the process could not be started; `exited` then says why. */
  readonly pid: number | undefined;
  /** Resolves once the child has ended and all its output has been read. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Sends a signal to the child and to every process it started. Nothing happens if they have ended. */
  signal(signal: NodeJS.Signals): void;
}

/** Longer lines are cut in pieces, so that a child that never ends its line cannot fill our memory. */
const MAX_LINE_LENGTH = 256 * 1024;

/**
 * Starts a process that never outlives this one, in a process group of its own, so that Ctrl-C in the terminal
 * reaches only the runner, which then stops things in order.
 */
export function startChild(options: {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly reaper: Reaper;
  readonly onLine: (line: string) => void;
}): Child {
  const child = spawn(options.command, [...options.args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const { pid } = child;
  const unwatch = pid === undefined ? () => {} : options.reaper.watch(pid);
  eachLine(child.stdout, options.onLine);
  eachLine(child.stderr, options.onLine);

  const signal = (name: NodeJS.Signals): void => {
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // The whole group has ended.
    }
  };
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", (error) => {
      if (pid === undefined) resolve({ code: null, signal: null, error });
    });
    // What it started must end with it; otherwise its output pipes stay open and `close` never comes.
    child.once("exit", () => signal("SIGKILL"));
    child.once("close", (code, signalName) => {
      unwatch();
      resolve({ code, signal: signalName });
    });
  });
  return { pid, exited, signal };
}

function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    if (rest.length > MAX_LINE_LENGTH) {
      onLine(rest);
      rest = "";
    }
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
  // A pipe that breaks as its process is killed is not news.
  stream.on("error", () => {});
}
