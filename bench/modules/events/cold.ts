/** What a new process pays until an event is defined and its first detail judged. */
import { bundled, gzippedBytes } from "../../bundle.ts";
import { againstBudget, besidePeer, type Row } from "../../row.ts";
import { startTimes, type Times } from "../../start-times.ts";
import { titled } from "../titled.ts";

const THREE_MS = 3;

export async function coldRows(): Promise<readonly Row[]> {
  const programs = {
    ours: await bundled(new URL("./cold/ours.ts", import.meta.url)),
    lazy: await bundled(new URL("./cold/lazy.ts", import.meta.url)),
    ajv: await bundled(new URL("./cold/ajv.ts", import.meta.url)),
  };
  const times = startTimes({ bare: new Uint8Array(), ...programs });
  const overBare = (program: keyof typeof programs, clock: keyof Times): number[] =>
    times[program].map((time, round) => time[clock] - (times.bare[round]?.[clock] ?? Number.NaN));
  const ms = titled("events", "ms");
  const bytes = titled("events", "bytes");
  return [
    besidePeer(
      ms("defined and checked, compiled before, CPU over bare Node.js", 0.06),
      overBare("ours", "cpuMs"),
      "ajv",
      overBare("ajv", "cpuMs"),
    ),
    againstBudget(ms("the same, from start to end", THREE_MS), overBare("ours", "wallMs")),
    besidePeer(
      ms("defined and checked, compiled by ajv then, CPU over bare Node.js"),
      overBare("lazy", "cpuMs"),
      "ajv",
      overBare("ajv", "cpuMs"),
    ),
    besidePeer(bytes("the bundle of that, compiled before, gzip"), [gzippedBytes(programs.ours)], "ajv", [
      gzippedBytes(programs.ajv),
    ]),
  ];
}
