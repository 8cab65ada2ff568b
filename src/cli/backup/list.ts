import type { Manifest } from "../../backup/manifest.ts";
import { manifestKeys } from "../../backup/manifest-keys.ts";
import { manifestsIn } from "../../backup/manifests.ts";
import { hasCode } from "../../core/errors.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, type Exit } from "../io.ts";
import { parse } from "../parse.ts";
import { printable } from "../printable.ts";
import { onACall, timely } from "./on-a-call.ts";
import { size } from "./size.ts";
import type { OpenClouds } from "./user-clouds.ts";
import { placeFrom, placeOptions, placeUsage } from "./which-backups.ts";

const usage = `Usage: holdfast backup list --bucket NAME [options]

Shows when each backup was written, the length of its plaintext and of what is stored, its source and version.
It reads manifests alone: whether a backup can be restored, \`verify\` says.

${placeUsage}
  --name NAME          the backups of this source alone

  --json               for programs: a manifest a line

Exit codes: 0 listed, also when there is none; 1 S3 failed, or a manifest is none; 2 the command line is wrong.`;

export function listCommand(open: OpenClouds): Command {
  return withUsage(usage, async (args, io) => {
    const { name, json, ...options } = parse({
      args: [...args],
      options: { ...placeOptions, name: { type: "string" }, json: { type: "boolean" } },
    });
    const place = placeFrom(options);
    const transport = timely(open(options, io.cwd).s3(), io);
    const manifests = manifestsIn(transport, place.bucket);
    return onACall(io, async (call) => {
      let [found, exit]: [number, Exit] = [0, EXIT.done];
      for await (const key of manifestKeys({ ...place, transport, name }, call)) {
        try {
          const manifest = await manifests.read(key, call);
          if (manifest === undefined) continue;
          found += 1;
          io.out(json === true ? JSON.stringify(manifest) : lineOf(manifest));
        } catch (error) {
          // The others are there all the same.
          if (!hasCode(error, "BACKUP_MANIFEST_INVALID")) throw error;
          io.err(printable((error as Error).message));
          exit = EXIT.failed;
        }
      }
      if (found === 0) io.err("There is no backup. Is it the right bucket, prefix and name?");
      return exit;
    });
  });
}

function lineOf({ source, plaintext, ciphertext, createdAt }: Manifest): string {
  const sizes = [plaintext, ciphertext].map(({ bytes }) => size(bytes).padStart(8));
  return printable(`${createdAt}  ${sizes.join("  ")}  ${source.name}  ${source.version}`);
}
