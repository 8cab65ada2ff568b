import { HoldfastError } from "../core/errors.ts";
import type { EncryptionContext } from "../crypto/key-provider.ts";

/** Which version of what was backed up. */
export interface BackupSource {
  /** What it is called: for an object of S3 `bucket/key`. */
  readonly name: string;
  /** What tells its versions apart, and never comes again for other bytes: an S3 version id, an ETag. */
  readonly version: string;
}

/**
 * What a backup is and where: it exists because this does. Written last, once, and never changed.
 *
 * Lengths are in bytes; hashes in base64.
 */
export interface Manifest {
  readonly format: "holdfast-backup/1";
  readonly source: BackupSource;
  /** The object with the ciphertext; `versionId` is null in a bucket without versions. */
  readonly object: { readonly key: string; readonly versionId: string | null };
  readonly plaintext: { readonly bytes: number; readonly hmacSha256: string };
  readonly ciphertext: { readonly bytes: number; readonly sha256: string; readonly crc32: string };
  readonly compression: "gzip" | "none";
  /** Which keys its data key was encrypted by: provider and key, in the order of the message. */
  readonly keys: readonly string[];
  readonly context: EncryptionContext;
  /** The run that wrote it. */
  readonly attempt: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** What a backup's encryption context says by itself. */
export const SOURCE_NAME = "backup-source";
export const SOURCE_VERSION = "backup-source-version";

/** Which source a ciphertext is of, authenticated with it: a manifest, which is not, cannot say another. */
export function contextOf({ name, version }: BackupSource): EncryptionContext {
  return { [SOURCE_NAME]: name, [SOURCE_VERSION]: version };
}

const FORMAT = "holdfast-backup/1";

export function manifestBytes(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** @throws HoldfastError `BACKUP_MANIFEST_INVALID`. */
export function readManifest(bytes: Uint8Array, key: string): Manifest {
  const wrong = (what: string, cause?: unknown): HoldfastError =>
    new HoldfastError("BACKUP_MANIFEST_INVALID", `The manifest ${key} ${what}.`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw wrong("is no JSON", cause);
  }
  const given = Object(value) as Partial<Manifest>;
  if (given.format !== FORMAT)
    throw wrong(`has the format ${JSON.stringify(String(given.format).slice(0, 50))}, not ${FORMAT}`);
  if (!isManifest(given)) throw wrong("lacks a member, or has one of another type");
  return given;
}

function isManifest(given: Partial<Manifest>): given is Manifest {
  const { source, object, plaintext, ciphertext, compression, keys, context, attempt, createdAt } = given;
  const texts = [
    source?.name,
    source?.version,
    object?.key,
    plaintext?.hmacSha256,
    ciphertext?.sha256,
    ciphertext?.crc32,
    attempt,
    createdAt,
    ...(Array.isArray(keys) ? keys : [undefined]),
    ...(typeof context === "object" && context !== null ? Object.values(context) : [undefined]),
  ];
  const lengths = [plaintext?.bytes, ciphertext?.bytes];
  return (
    texts.every((text) => typeof text === "string") &&
    lengths.every((length) => Number.isSafeInteger(length) && Number(length) >= 0) &&
    (object?.versionId === null || typeof object?.versionId === "string") &&
    (compression === "gzip" || compression === "none")
  );
}
