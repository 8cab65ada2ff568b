import { type Swept, sweepBackups } from "../../backup/sweep.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, UsageError } from "../io.ts";
import { parse } from "../parse.ts";
import { onACall, timely } from "./on-a-call.ts";
import { size } from "./size.ts";
import type { OpenClouds } from "./user-clouds.ts";
import { placeFrom, placeOptions, placeUsage } from "./which-backups.ts";

const usage = `Usage: holdfast backup sweep --bucket NAME [options]

Removes the objects of runs that died before their backup existed. Never a backup. Uploads that were not completed
are removed by a lifecycle rule of the bucket, AbortIncompleteMultipartUpload.

${placeUsage}

  --grace LENGTH       only objects that are older than any run can be: 36h, 2d. Default: 24h, and no less
  --dry-run            removes nothing, and says what it would remove

  --json               for programs

Exit codes: 0 swept, 1 S3 failed, 2 the command line is wrong.`;

export function sweepCommand(open: OpenClouds): Command {
  return withUsage(usage, async (args, io) => {
    const {
      grace,
      "dry-run": dryRun = false,
      json,
      ...options
    } = parse({
      args: [...args],
      options: {
        ...placeOptions,
        grace: { type: "string" },
        "dry-run": { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const place = placeFrom(options);
    const waiting = grace === undefined ? {} : { graceMs: msFrom(grace) };
    const transport = timely(open(options, io.cwd).s3(), io);
    return onACall(io, async (call) => {
      const swept = await sweepBackups({ ...place, ...waiting, transport, dryRun }, call);
      io.out(json === true ? JSON.stringify({ ...swept, dryRun }, null, 2) : inWords(swept, dryRun));
      return EXIT.done;
    });
  });
}

function inWords({ kept, young, unclear, removed, removedBytes }: Swept, dryRun: boolean): string {
  const gone = `${dryRun ? "to be removed" : "removed"} ${removed} (${size(removedBytes)})`;
  const odd = unclear === 0 ? "" : ` Of manifests that are none, and left: ${unclear}; \`list\` names them.`;
  return `Objects: ${gone}, too young to tell ${young}, of backups ${kept}.${odd}`;
}

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };

function msFrom(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(h|d)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS_MS[unit] ?? Number.NaN);
  if (!(ms >= 86_400_000)) throw new UsageError("--grace is a length of a day at least: 36h, 2d.");
  return ms;
}
