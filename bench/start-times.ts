/** What starting a program takes: new processes, one after the other. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./harness.ts";

/** A round's figure is the median of so many processes: one alone says more of the machine than of the program. */
const PROCESSES = 11;
const ROUNDS = 9;

/** Of one new process: its CPU time until it exits, which a busy machine disturbs less, and the time from start to end. */
export interface Times {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** What each program takes, round by round; they take turns. */
export function startTimes<Name extends string>(
  programs: Readonly<Record<Name, Uint8Array>>,
): Readonly<Record<Name, readonly Times[]>> {
  const names = Object.keys(programs) as Name[];
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const fileOf = (name: Name): string => join(folder, `${name}.mjs`);
  try {
    for (const name of names) writeFileSync(fileOf(name), Buffer.concat([programs[name], SAY_CPU_TIME]));
    const rounds = byName(names, (): Times[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      const samples = byName(names, (): Times[] => []);
      for (let process = 0; process < PROCESSES; process += 1) {
        const turn = process % names.length;
        for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
          samples[name].push(timesOf(fileOf(name)));
        }
      }
      for (const name of names) {
        rounds[name].push({
          cpuMs: median(samples[name].map(({ cpuMs }) => cpuMs)),
          wallMs: median(samples[name].map(({ wallMs }) => wallMs)),
        });
      }
    }
    return rounds;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function byName<Name extends string, T>(names: readonly Name[], make: () => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make()])) as Record<Name, T>;
}

/** At the end of each program, the bare one too. */
const SAY_CPU_TIME = Buffer.from(
  '\nprocess.on("exit",()=>{const{user,system}=process.cpuUsage();process.stdout.write(String(user+system))});\n',
);

function timesOf(program: string): Times {
  const startedMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  const wallMs = performance.now() - startedMs;
  if (status !== 0) throw new Error(`A measured program failed:\n${stderr}`);
  return { cpuMs: Number(stdout) / 1_000, wallMs };
}
