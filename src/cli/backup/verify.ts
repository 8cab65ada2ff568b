import { type BackupReader, backupReader } from "../../backup/backup-reader.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { manifestKeys } from "../../backup/manifest-keys.ts";
import { manifestsIn } from "../../backup/manifests.ts";
import { type Call, refusal } from "../../core/call.ts";
import { HoldfastError, hasCode } from "../../core/errors.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, type Io, UsageError } from "../io.ts";
import { painter } from "../paint.ts";
import { parse } from "../parse.ts";
import { printable } from "../printable.ts";
import { keyOptions, keysFrom, keyUsage } from "./keys.ts";
import { onACall, timely } from "./on-a-call.ts";
import { withProgress } from "./progress.ts";
import { size } from "./size.ts";
import type { OpenClouds } from "./user-clouds.ts";
import { placeFrom, placeOptions, placeUsage, sourceFrom, sourceOptions } from "./which-backups.ts";

const usage = `Usage: holdfast backup verify --bucket NAME <which backups> <keys> [options]

Reads, decrypts and unpacks backups to their end, and writes nothing.

${placeUsage}

  --name NAME          all versions of this source
    --version V        or one of them
  --all                or all backups in the bucket

${keyUsage}

  --json               for programs: an object a backup, a line each

Exit codes: 0 all are what was backed up; 1 one is not, or cannot be read; 2 the command line is wrong; 3 there is
none; 130 Ctrl-C.`;

export function verifyCommand(open: OpenClouds): Command {
  return withUsage(usage, async (args, io) => {
    const { name, version, all, json, ...options } = parse({
      args: [...args],
      options: {
        ...placeOptions,
        ...sourceOptions,
        ...keyOptions,
        all: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const place = placeFrom(options);
    if ((all === true) === (name !== undefined))
      throw new UsageError("Which backups? Give --name, or --all for all that are there.");
    const one = version === undefined ? undefined : sourceFrom(name, version);
    const clouds = open(options, io.cwd);
    const keyProvider = keysFrom(options, clouds, io);
    const transport = timely(clouds.s3(), io);
    const reader = backupReader({ ...place, transport, keyProvider });
    const manifests = manifestsIn(transport, place.bucket);
    const tell = json === true ? jsonLine : personsLine;

    /** How to come by each of them: one manifest that is none must not end the others' verification. */
    async function* chosen(call: Call): AsyncGenerator<() => Promise<Manifest | undefined>, void, undefined> {
      if (one !== undefined) {
        yield () => reader.find(one, call);
        return;
      }
      for await (const key of manifestKeys({ ...place, transport, name }, call))
        yield () => manifests.read(key, call);
    }

    return onACall(io, async (call) => {
      let [verified, failed] = [0, 0];
      for await (const find of chosen(call)) {
        const outcome = await verifiedOf(reader, find, io, call);
        if (outcome === undefined) continue;
        if (outcome.error === undefined) verified += 1;
        else failed += 1;
        io.out(tell(outcome, io));
      }
      if (verified + failed > 0) return failed === 0 ? EXIT.done : EXIT.failed;
      io.err("There is no backup. Is it the right bucket, prefix and name?");
      return EXIT.notFound;
    });
  });
}

interface Outcome {
  /** Absent when it cannot be read. */
  readonly manifest?: Manifest;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Undefined where there is no manifest, or none any more. What ends the command is thrown. */
async function verifiedOf(
  reader: BackupReader,
  find: () => Promise<Manifest | undefined>,
  io: Io,
  call: Call,
): Promise<Outcome | undefined> {
  let manifest: Manifest | undefined;
  try {
    manifest = await find();
    if (manifest === undefined) return undefined;
    const progress = { name: manifest.source.name, totalBytes: manifest.plaintext.bytes };
    for await (const _piece of withProgress(reader.read(manifest, call), progress, io));
    return { manifest };
  } catch (error) {
    if (refusal(call) !== undefined) throw error;
    if (hasCode(error, "BACKUP_NOT_FOUND")) return undefined;
    const known = { code: codeOf(error), message: error instanceof Error ? error.message : String(error) };
    return { ...(manifest === undefined ? {} : { manifest }), error: known };
  }
}

function codeOf(error: unknown): string {
  return error instanceof HoldfastError ? error.code : String(Object(error).name);
}

function jsonLine({ manifest, error }: Outcome): string {
  const { source, plaintext, ciphertext } = manifest ?? {};
  return JSON.stringify({
    ok: error === undefined,
    ...source,
    bytes: plaintext?.bytes,
    storedBytes: ciphertext?.bytes,
    ...(error === undefined ? {} : { error }),
  });
}

function personsLine({ manifest, error }: Outcome, io: Io): string {
  const paint = painter(io.hasColour);
  const what =
    manifest === undefined
      ? ""
      : `${size(manifest.plaintext.bytes).padStart(8)}  ${manifest.source.name}  ${manifest.source.version}`;
  return error === undefined
    ? `${paint("green", "ok  ")}  ${printable(what)}`
    : `${paint("red", "FAIL")}  ${printable(`${what}${what === "" ? "" : "  "}${error.code}: ${error.message}`)}`;
}
