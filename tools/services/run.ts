import { fileURLToPath } from "node:url";
import { type Child, startChild } from "../../examples/local/process/child.ts";
import type { Reaper } from "../../examples/local/process/reaper.ts";
import { colourful } from "../verify/paint.ts";

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Told every line as it comes; without it the output is only kept for an error. */
  readonly onLine?: (line: string) => void;
  readonly limitMs?: number;
}

/** Runs and starts programs that end when this process does, however it ends. */
export interface Run {
  /** To its end. Rejects with the last lines of its output when it fails, cannot start or takes too long. */
  command(command: string, args: readonly string[], options?: RunOptions): Promise<void>;
  /** Its exit code, whatever it is; null when it was ended by a signal or could not start. */
  exitCode(command: string, args: readonly string[], options?: RunOptions): Promise<number | null>;
  /** A program that goes on. */
  start(command: string, args: readonly string[], options?: RunOptions): Child;
}

export const root: string = fileURLToPath(new URL("../..", import.meta.url));
const LIMIT_MS = 8 * 60_000;
const LINES_KEPT = 30;

export function runUnder(reaper: Reaper): Run {
  const start = (command: string, args: readonly string[], options: RunOptions = {}): Child =>
    startChild({
      command,
      args,
      env: { ...process.env, ...(colourful ? {} : { NO_COLOR: "1" }), ...options.env },
      cwd: root,
      reaper,
      onLine: options.onLine ?? (() => {}),
    });

  async function toEnd(command: string, args: readonly string[], options: RunOptions = {}) {
    const lines: string[] = [];
    const { limitMs = LIMIT_MS } = options;
    const child = start(command, args, {
      ...options,
      onLine(line) {
        options.onLine?.(line);
        lines.push(line);
        if (lines.length > LINES_KEPT) lines.shift();
      },
    });
    const timer = setTimeout(() => {
      lines.push(`${command} was ended after ${limitMs / 60_000} minutes`);
      child.signal("SIGKILL");
    }, limitMs);
    const exit = await child.exited;
    clearTimeout(timer);
    if (exit.error !== undefined) lines.push(exit.error.message);
    return { code: exit.code, output: lines.join("\n") };
  }

  return {
    async command(command, args, options) {
      const { code, output } = await toEnd(command, args, options);
      if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed (exit code ${code}):\n${output}`);
    },
    exitCode: async (command, args, options) => (await toEnd(command, args, options)).code,
    start,
  };
}
