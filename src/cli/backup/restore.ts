import { backupReader } from "../../backup/backup-reader.ts";
import { restoredObject } from "../../backup/restored-object.ts";
import { wholeFile } from "../../backup/whole-file.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, UsageError } from "../io.ts";
import { parse } from "../parse.ts";
import { printable } from "../printable.ts";
import { keyOptions, keysFrom, keyUsage } from "./keys.ts";
import { onACall, timely } from "./on-a-call.ts";
import { withProgress } from "./progress.ts";
import { size } from "./size.ts";
import type { OpenClouds } from "./user-clouds.ts";
import { placeFrom, placeOptions, placeUsage, sourceFrom, sourceOptions } from "./which-backups.ts";

const usage = `Usage: holdfast backup restore --bucket NAME --name NAME --version V --to WHERE <keys> [options]

Restores exactly what was backed up, or nothing: WHERE is there once all of it was verified.

${placeUsage}

  --name NAME          the source, as \`holdfast backup list\` shows it
  --version V          and its version

${keyUsage}

  --to FILE            a file, which only you can read; or
  --to s3://BUCKET/KEY an object of S3, which must not be there
  --force              a file that is there is replaced

  --json               for programs

Exit codes: 0 restored; 1 it is not what was backed up, WHERE is there already, or S3 or KMS failed; 2 the command
line is wrong; 3 there is no such backup; 130 Ctrl-C.`;

export function restoreCommand(open: OpenClouds): Command {
  return withUsage(usage, async (args, io) => {
    const {
      name,
      version,
      to,
      force = false,
      json,
      ...options
    } = parse({
      args: [...args],
      options: {
        ...placeOptions,
        ...sourceOptions,
        ...keyOptions,
        to: { type: "string" },
        force: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const place = placeFrom(options);
    const source = sourceFrom(name, version);
    const target = targetFrom(to, force, io.cwd);
    const clouds = open(options, io.cwd);
    const keyProvider = keysFrom(options, clouds, io);
    const transport = timely(clouds.s3(), io);
    const reader = backupReader({ ...place, transport, keyProvider });
    return onACall(io, async (call) => {
      const manifest = await reader.find(source, call);
      const { bytes: totalBytes } = manifest.plaintext;
      const plaintext = withProgress(reader.read(manifest, call), { name: source.name, totalBytes }, io);
      if ("path" in target) await wholeFile(plaintext, target, call);
      else await restoredObject(plaintext, totalBytes, transport, target, call);
      io.out(
        json === true
          ? JSON.stringify({ restored: true, ...source, to, bytes: totalBytes }, null, 2)
          : printable(`${source.name}, version ${source.version}: ${size(totalBytes)} restored to ${to}.`),
      );
      return EXIT.done;
    });
  });
}

type Target =
  | { readonly path: string; readonly overwrite: boolean }
  | { readonly bucket: string; readonly key: string };

function targetFrom(to: string | undefined, force: boolean, cwd: string): Target {
  if (to === undefined || to === "")
    throw new UsageError("Where to? Give --to FILE or --to s3://bucket/key.");
  if (!to.startsWith("s3:"))
    return { path: process.getBuiltinModule("node:path").resolve(cwd, to), overwrite: force };
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(to) ?? [];
  if (bucket === undefined || key === undefined)
    throw new UsageError("--to: an object of S3 is s3://bucket/key.");
  if (force) throw new UsageError("--force is for files: an object of S3 is never overwritten.");
  return { bucket, key };
}
