import { execFileSync } from "node:child_process";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly command: string;
}

function processes(): readonly Process[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,state=,args="], { encoding: "utf8" });
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, state = "", ...command] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), state, command: command.join(" ") };
    });
}

/** The processes that this one started, and those that they started. */
export function descendants(of: number): readonly number[] {
  const all = processes();
  const below = (parent: number): number[] =>
    all.filter((one) => one.parent === parent).flatMap(({ pid }) => [pid, ...below(pid)]);
  return below(of);
}

/** The process with this text in its command, among those that this one started. */
export function descendantWith(of: number, text: string): number | undefined {
  const all = processes();
  return descendants(of).find((pid) => all.some((one) => one.pid === pid && one.command.includes(text)));
}

/**
 * Processes that still run: of these numbers, or with this text in their command. One that has ended and was not
 * waited for yet does not run.
 */
export function stillRunning(pids: readonly number[], text: string): readonly string[] {
  return processes()
    .filter(({ pid, command }) => pids.includes(pid) || command.includes(text))
    .filter(({ state, pid }) => !state.startsWith("Z") && pid !== process.pid)
    .map(({ pid, command }) => `${pid} ${command}`);
}
