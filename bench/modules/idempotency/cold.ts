/** What a new process pays until its first call is answered, without an AWS client, and what is deployed for it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled, gzippedBytes } from "../../bundle.ts";
import { median } from "../../harness.ts";
import { againstBudget, besidePeer, type Row } from "../../row.ts";
import { titled } from "../titled.ts";

const SIX_KB = 6_144;
/** A round's figure is the median of so many processes: one alone says more of the machine than of the program. */
const PROCESSES = 11;
const ROUNDS = 9;

export async function coldRows(): Promise<readonly Row[]> {
  const ours = await bundled(new URL("./cold/ours.ts", import.meta.url));
  const theirs = await bundled(new URL("./cold/powertools.ts", import.meta.url));
  const times = startTimes({ bare: new Uint8Array(), ours, theirs });
  const overBare = (program: "ours" | "theirs", clock: keyof Times): number[] =>
    times[program].map((time, round) => time[clock] - (times.bare[round]?.[clock] ?? Number.NaN));
  const ms = titled("idempotency", "ms");
  const bytes = titled("idempotency", "bytes");
  return [
    besidePeer(
      ms("import and first call, CPU over bare Node.js", 0.55),
      overBare("ours", "cpuMs"),
      "Powertools",
      overBare("theirs", "cpuMs"),
    ),
    besidePeer(
      ms("import and first call, from start to end, over bare Node.js"),
      overBare("ours", "wallMs"),
      "Powertools",
      overBare("theirs", "wallMs"),
    ),
    againstBudget(
      ms("bare Node.js, CPU"),
      times.bare.map(({ cpuMs }) => cpuMs),
    ),
    againstBudget(bytes("wrapHandler and idempotent, minified, gzip", SIX_KB), [
      gzippedBytes(await bundled(new URL("./cold/imported.ts", import.meta.url))),
    ]),
    besidePeer(bytes("the bundle of that first call, gzip"), [gzippedBytes(ours)], "Powertools", [
      gzippedBytes(theirs),
    ]),
  ];
}

/** Of one new process: its CPU time until it exits, which a busy machine disturbs less, and the time from start to end. */
interface Times {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** What each program takes, round by round; they take turns. */
function startTimes<Name extends string>(
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
