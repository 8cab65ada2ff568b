/** What a new process pays until its first call is answered, without an AWS client, and what is deployed for it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../../harness.ts";
import { againstBudget, besidePeer, type Row } from "../../row.ts";
import { titled } from "../titled.ts";
import { bundled, gzippedBytes } from "./bundle.ts";

const SIX_KB = 6_144;
/** A round's figure is the median of so many processes: one alone says more of the machine than of the program. */
const PROCESSES = 15;
const ROUNDS = 9;

export async function coldRows(): Promise<readonly Row[]> {
  const ours = await bundled("./cold/ours.ts");
  const theirs = await bundled("./cold/powertools.ts");
  const ms = startTimes({ bare: new Uint8Array(), ours, theirs });
  const overBare = (times: readonly number[]): number[] =>
    times.map((time, round) => time - (ms.bare[round] ?? Number.NaN));
  const cold = titled("idempotency", "ms");
  const size = titled("idempotency", "bytes");
  return [
    besidePeer(
      cold("import and first call, over bare Node.js", 0.55),
      overBare(ms.ours),
      "Powertools",
      overBare(ms.theirs),
    ),
    againstBudget(cold("bare Node.js, from start to end"), ms.bare),
    againstBudget(size("wrapHandler and idempotent, minified, gzip", SIX_KB), [
      gzippedBytes(await bundled("./cold/imported.ts")),
    ]),
    besidePeer(size("the bundle of that first call, gzip"), [gzippedBytes(ours)], "Powertools", [
      gzippedBytes(theirs),
    ]),
  ];
}

/** Milliseconds from start to end of a new process for each program, which take turns. */
function startTimes<Name extends string>(
  programs: Readonly<Record<Name, Uint8Array>>,
): Record<Name, number[]> {
  const names = Object.keys(programs) as Name[];
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const result = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
    for (const name of names) {
      writeFileSync(join(folder, `${name}.mjs`), programs[name]);
      startMs(join(folder, `${name}.mjs`));
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
      for (let turn = 0; turn < PROCESSES; turn += 1) {
        for (let i = 0; i < names.length; i += 1) {
          const name = names[(i + turn) % names.length] as Name;
          times[name].push(startMs(join(folder, `${name}.mjs`)));
        }
      }
      for (const name of names) result[name].push(median(times[name]));
    }
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function startMs(program: string): number {
  const startedMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  const endedMs = performance.now();
  if (status !== 0) throw new Error(`A measured program failed:\n${stderr}`);
  return endedMs - startedMs;
}
