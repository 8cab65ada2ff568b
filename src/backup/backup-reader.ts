import { type Call, entered } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import { BackupCorruptError } from "./errors.ts";
import { manifestKey } from "./keys-in-bucket.ts";
import type { BackupSource, Manifest } from "./manifest.ts";
import { manifestKeys } from "./manifest-keys.ts";
import { checkedSource, manifestsIn } from "./manifests.ts";
import { objectBytes } from "./object-bytes.ts";
import { openedStream } from "./opened-stream.ts";
import { type BackupPlace, checkPlace, PLACE } from "./options.ts";
import { type RestoreTarget, restoredObject } from "./restored-object.ts";
import type { UploadedObject } from "./upload/look-at-object.ts";
import { type FileTarget, type WrittenFile, wholeFile } from "./whole-file.ts";

export interface BackupReader {
  /** The manifest of a version. @throws HoldfastError `BACKUP_NOT_FOUND`. */
  find(source: BackupSource, call: Call): Promise<Manifest>;
  /** All manifests, or those of one source, in the order of their keys. */
  list(of: { readonly name?: string }, call: Call): AsyncIterable<Manifest>;
  /** Writes the plaintext as an object of S3, which is there when all of it was found to be what was backed up, and not before. */
  restore(manifest: Manifest, to: RestoreTarget, call: Call): Promise<UploadedObject>;
  /**
   * Writes the plaintext as a file: under its name when all of it was found to be what was backed up, and is on the disk; only
   * its owner can read it. @throws HoldfastError `FILE_EXISTS`.
   */
  restoreToFile(manifest: Manifest, to: FileTarget, call: Call): Promise<WrittenFile>;
  /**
   * The plaintext, piece by piece, for whatever else becomes of it. Each piece was authenticated, but whether all of it is what was backed up shows
   * only when the iteration has ended without an error: nothing that is read here may be published, or acted upon, before.
   */
  read(manifest: Manifest, call: Call): AsyncIterable<Uint8Array>;
  /** Reads all of it and writes nothing. Resolves when a restore would give exactly what was backed up. */
  verify(manifest: Manifest, call: Call): Promise<void>;
}

const WHERE = "backupReader";
/** Without a byte for so long, a connection is given up for another. */
const STALLED_AFTER_MS = 30_000;

/**
 * Restores what `backupWriter` has written, exactly, or refuses it.
 *
 * The function needs `s3:GetObject`, `s3:GetObjectVersion` and `s3:ListBucket`, and may not need more; the key provider decrypts. To restore
 * into a bucket, it needs there what `backupWriter` needs, but for `s3:DeleteObject`.
 *
 * A connection that breaks is followed by another one, from its byte on.
 *
 * Errors: `BACKUP_NOT_FOUND`, `BACKUP_MANIFEST_INVALID`, `BACKUP_CORRUPT`, `MESSAGE_REFUSED`, `BACKUP_OBJECT_CUT` and `BACKUP_OBJECT_STALLED`.
 *
 * @example
 * ```ts
 * const keyProvider = kmsKeyProvider({ transport: kmsTransport(new KMSClient({})), keyId: "alias/backups" });
 * const backups = backupReader({ transport: s3Transport(new S3Client({})), bucket: "acme-backups", keyProvider });
 * const manifest = await backups.find({ name: "acme-logs/a.log", version: "v1" }, call);
 * await backups.restore(manifest, { bucket: "acme-restored", key: "a.log" }, call);
 * ```
 */
export function backupReader(options: BackupPlace): BackupReader {
  checkRequiredOptions(WHERE, options, PLACE);
  checkPlace(WHERE, options);
  const { transport, bucket, prefix = "", keyProvider } = options;
  const manifests = manifestsIn(transport, bucket);

  async function* ciphertext(manifest: Manifest, call: Call): AsyncGenerator<Uint8Array, void, undefined> {
    const { key, versionId } = manifest.object;
    const wanted = { Bucket: bucket, Key: key, ...(versionId === null ? {} : { VersionId: versionId }) };
    const of = { code: "BACKUP_OBJECT", named: `The object ${bucket}/${key}` };
    try {
      yield* objectBytes({ transport, wanted, stalledAfterMs: STALLED_AFTER_MS, ...of }, call);
    } catch (cause) {
      const isGone = ["NoSuchKey", "NoSuchVersion"].includes(Object(cause).name);
      throw isGone ? new BackupCorruptError(manifest, "lacks its object", { cause }) : cause;
    }
  }

  function read(manifest: Manifest, given: Call): AsyncIterable<Uint8Array> {
    const call = entered(given);
    return openedStream(ciphertext(manifest, call), manifest, keyProvider, call);
  }

  return {
    async find(source, given) {
      const call = entered(given);
      const key = manifestKey(prefix, source);
      const manifest = await manifests.read(key, call);
      if (manifest !== undefined) return checkedSource(manifest, source, key);
      throw new HoldfastError(
        "BACKUP_NOT_FOUND",
        `There is no backup of ${source.name}, version ${source.version}: no ${key} in ${bucket}.`,
      );
    },
    async *list({ name }, given) {
      const call = entered(given);
      for await (const key of manifestKeys({ transport, bucket, prefix, name }, call)) {
        const manifest = await manifests.read(key, call);
        if (manifest !== undefined) yield manifest;
      }
    },
    read,
    restore(manifest, to, given) {
      const call = entered(given);
      return restoredObject(read(manifest, call), manifest.plaintext.bytes, transport, to, call);
    },
    restoreToFile(manifest, to, given) {
      const call = entered(given);
      return wholeFile(read(manifest, call), to, call);
    },
    async verify(manifest, given) {
      for await (const _piece of read(manifest, given));
    },
  };
}
