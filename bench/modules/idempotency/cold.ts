/** What a new process pays until its first call is answered, without an AWS client, and what is deployed for it. */
import { bundled, gzippedBytes } from "../../bundle.ts";
import { againstBudget, besidePeer, type Row } from "../../row.ts";
import { startTimes, type Times } from "../../start-times.ts";
import { titled } from "../titled.ts";

const SIX_KB = 6_144;
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
