import { type Call, entered } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import { bodyStream } from "./body-bytes.ts";
import { BackupCorruptError } from "./errors.ts";
import { manifestKey, manifestsOf } from "./keys-in-bucket.ts";
import { listed } from "./listed.ts";
import type { BackupSource, Manifest } from "./manifest.ts";
import { manifestsIn } from "./manifests.ts";
import { openedStream } from "./opened-stream.ts";
import { type BackupPlace, checkPlace, PLACE } from "./options.ts";
import type { UploadedObject } from "./upload/look-at-object.ts";
import { uploadObject } from "./upload/upload-object.ts";

/** Where a restored object goes. */
export interface RestoreTarget {
  readonly bucket: string;
  /** A key that nothing is at: an object that is there is not overwritten. */
  readonly key: string;
  /** Kept of the call's time for taking back what did not come to its end, in milliseconds. Default: 2,000. */
  readonly abortReserveMs?: number;
}

export interface BackupReader {
  /** The manifest of a version. @throws HoldfastError `BACKUP_NOT_FOUND`. */
  find(source: BackupSource, call: Call): Promise<Manifest>;
  /** All manifests, or those of one source, in the order of their keys. */
  list(of: { readonly name?: string }, call: Call): AsyncIterable<Manifest>;
  /** Writes the plaintext as an object of S3, which is there when all of it was found to be what was backed up, and not before. */
  restore(manifest: Manifest, to: RestoreTarget, call: Call): Promise<UploadedObject>;
  /** Reads all of it and writes nothing. Resolves when a restore would give exactly what was backed up. */
  verify(manifest: Manifest, call: Call): Promise<void>;
}

const WHERE = "backupReader";
const MIB = 2 ** 20;

/**
 * Restores what `backupWriter` has written, exactly, or refuses it.
 *
 * The function needs `s3:GetObject`, `s3:GetObjectVersion` and `s3:ListBucket`, and may not need more; the key provider decrypts.
 *
 * Errors: `BACKUP_NOT_FOUND`, `BACKUP_MANIFEST_INVALID`, `BACKUP_CORRUPT`, `MESSAGE_REFUSED`.
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

  async function* plaintext(manifest: Manifest, call: Call): AsyncGenerator<Uint8Array, void, undefined> {
    const { key, versionId } = manifest.object;
    const input = { Bucket: bucket, Key: key, ...(versionId === null ? {} : { VersionId: versionId }) };
    const { Body } = await transport.call("GetObject", input, call).catch((cause: unknown) => {
      const isGone = ["NoSuchKey", "NoSuchVersion"].includes(Object(cause).name);
      throw isGone ? new BackupCorruptError(manifest, "lacks its object", { cause }) : cause;
    });
    yield* openedStream(bodyStream(Body), manifest, keyProvider, call);
  }

  return {
    async find(source, given) {
      const call = entered(given);
      const key = manifestKey(prefix, source);
      const manifest = await manifests.read(key, call);
      if (manifest !== undefined) return manifest;
      throw new HoldfastError(
        "BACKUP_NOT_FOUND",
        `There is no backup of ${source.name}, version ${source.version}: no ${key} in ${bucket}.`,
      );
    },
    async *list({ name }, given) {
      const call = entered(given);
      const before = name === undefined ? `${prefix}manifests/` : manifestsOf(prefix, name);
      for await (const { key } of listed(transport, bucket, before, call)) {
        const manifest = await manifests.read(key, call);
        if (manifest !== undefined) yield manifest;
      }
    },
    restore(manifest, { bucket: toBucket, key, abortReserveMs = 2_000 }, given) {
      const call = entered(given);
      const upload = {
        transport,
        bucket: toBucket,
        key,
        partBytes: 8 * MIB,
        concurrency: 4,
        settings: {},
        abortReserveMs,
      };
      return uploadObject(plaintext(manifest, call), upload, call);
    },
    async verify(manifest, given) {
      for await (const _piece of plaintext(manifest, entered(given)));
    },
  };
}
