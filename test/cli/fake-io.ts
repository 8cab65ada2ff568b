import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import type { Command } from "../../src/cli/dispatch.ts";
import type { Io } from "../../src/cli/io.ts";

/** How a command ended, and all that it said. */
export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly questions: readonly string[];
}

export interface RunOptions {
  readonly runtime?: ManualRuntime;
  /** What the person answers; undefined when they leave. Absent where there is no terminal. */
  readonly answer?: () => string | undefined | Promise<string | undefined>;
  readonly hasColour?: boolean;
  /** What is drawn on the terminal's last line. Absent where there is no terminal. */
  readonly drawn?: string[];
  readonly env?: Io["env"];
  readonly cwd?: string;
  /** Ctrl-C. */
  readonly interrupt?: AbortSignal;
}

/** Runs a command of the program in this process. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const { runtime = manualRuntime(), answer, hasColour = false, drawn } = options;
  const { interrupt = new AbortController().signal } = options;
  const said = { out: "", err: "", questions: [] as string[] };
  const io: Io = {
    cwd: options.cwd ?? process.cwd(),
    runtime,
    hasColour,
    env: options.env ?? {},
    draw: drawn && ((line) => drawn.push(line)),
    interrupts: () => ({ signal: interrupt, [Symbol.dispose]() {} }),
    out(line) {
      said.out += `${line}\n`;
    },
    err(line) {
      said.err += `${line}\n`;
    },
    ask:
      answer &&
      (async (question) => {
        said.questions.push(question);
        return answer();
      }),
  };
  return { exitCode: await command(args, io), ...said };
}
