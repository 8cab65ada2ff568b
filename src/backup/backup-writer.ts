import { type Call, deriveCall, entered, runtimeOf, scopeOf } from "../core/call.ts";
import { HoldfastError, InvalidOptionError } from "../core/errors.ts";
import { isoTime } from "../core/runtime/runtime.ts";
import type { DataKey, EncryptionContext } from "../crypto/key-provider.ts";
import { manifestKey, objectKey } from "./keys-in-bucket.ts";
import { type BackupSource, contextOf, type Manifest, SOURCE_NAME, SOURCE_VERSION } from "./manifest.ts";
import { checkedSource, manifestsIn } from "./manifests.ts";
import { type BackupWriterOptions, checkedWriter } from "./options.ts";
import { sealedStream } from "./sealed-stream.ts";
import { LONGEST_RUN_MS } from "./sweep.ts";
import { uploadObject } from "./upload/upload-object.ts";

export interface BackupInput {
  readonly source: BackupSource;
  /** Begins to read the source, in that version and no other. Is not called when the backup is there already. */
  readonly read: (call: Call) => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
  /** What else belongs to the backup, in clear, and in the audit log of whoever gives the keys. No personal data. */
  readonly context?: EncryptionContext;
}

/** `skipped`: this version was backed up before, or by another run at the same time. */
export interface BackupResult {
  readonly status: "written" | "skipped";
  readonly manifest: Manifest;
  readonly manifestKey: string;
}

export interface BackupWriter {
  /**
   * Backs up one version of a source, once, within 23 hours. Resolves when the backup exists; rejects when it does not, and then nothing of it is left but, at
   * most, an object that `sweep` removes.
   */
  write(input: BackupInput, call: Call): Promise<BackupResult>;
}

const WHERE = "backupWriter";
/** Bytes of a frame of the message. What a reader has to hold until they are authenticated. */
const FRAME_BYTES = 65_536;

/**
 * Compresses, encrypts and stores streams in constant memory, as messages of the AWS Encryption SDK over gzip.
 *
 * Each attempt has an object key, a data key and a message id of its own, and is never resumed. What makes the backup exist is its manifest,
 * written last and on the condition that there is none: of two runs one wins, and whose answer is lost reads who it was. The function needs
 * `s3:PutObject`, `s3:GetObject`, `s3:DeleteObject`, `s3:AbortMultipartUpload` and `s3:ListMultipartUploadParts` on the prefix, `s3:ListBucket` and
 * `s3:ListBucketMultipartUploads` on the bucket. A run that takes more than 23 hours is `BACKUP_TOO_LONG`.
 *
 * Source: AWS Encryption SDK Developer Guide, "AWS Encryption SDK message format reference"; Amazon S3 User Guide, "Conditional writes".
 *
 * @example
 * ```ts
 * const transport = s3Transport(new S3Client({}));
 * const keyProvider = kmsKeyProvider({ transport: kmsTransport(new KMSClient({})), keyId: "alias/backups" });
 * const backups = backupWriter({ transport, bucket: "acme-backups", keyProvider });
 * await backups.write(s3Source({ transport, bucket: "acme-logs", key: "a.log", versionId: "v1" }), call);
 * ```
 */
export function backupWriter(options: BackupWriterOptions): BackupWriter {
  const { gzip, ...uploading } = checkedWriter(WHERE, options);
  const { transport, bucket, prefix = "", keyProvider } = options;
  const manifests = manifestsIn(transport, bucket);

  async function upload(
    input: BackupInput,
    dataKey: DataKey,
    context: EncryptionContext,
    call: Call,
  ): Promise<Manifest> {
    const { source } = input;
    const runtime = runtimeOf(call);
    const attempt = runtime.newId();
    const plaintext = await input.read(call);
    const { stream, measures } = sealedStream(plaintext, { dataKey, context, gzip, frameBytes: FRAME_BYTES });
    const key = objectKey(prefix, source, attempt);
    const { crc32, versionId = null } = await uploadObject(
      stream,
      { ...uploading, transport, bucket, key },
      call,
    );
    const { plaintext: plain, ciphertext } = measures();
    return {
      format: "holdfast-backup/1",
      source,
      object: { key, versionId },
      plaintext: plain,
      ciphertext: { ...ciphertext, crc32 },
      compression: gzip === "none" ? "none" : "gzip",
      keys: dataKey.encrypted.map(({ providerId, providerInfo }) => keyName(providerId, providerInfo)),
      context,
      attempt,
      createdAt: isoTime(runtime.now()),
    };
  }

  async function writeOn(input: BackupInput, call: Call): Promise<BackupResult> {
    const { source } = input;
    const place = manifestKey(prefix, source);
    const before = await manifests.read(place, call);
    if (before !== undefined)
      return { status: "skipped", manifest: checkedSource(before, source, place), manifestKey: place };
    const context = { ...input.context, ...contextOf(source) };
    const dataKey = await keyProvider.generateDataKey(context, call);
    try {
      const manifest = await upload(input, dataKey, context, call);
      const standing = await manifests.writeOnce(place, manifest, call);
      if (standing.attempt === manifest.attempt) return { status: "written", manifest, manifestKey: place };
      checkedSource(standing, source, place);
      await manifests.removeObject(manifest.object, call);
      return { status: "skipped", manifest: standing, manifestKey: place };
    } finally {
      dataKey.plaintext.fill(0);
    }
  }

  return {
    async write(input, given) {
      const outer = entered(given);
      checkInput(input);
      const { now } = runtimeOf(outer);
      const untilMs = now() + LONGEST_RUN_MS;
      const call = deriveCall(outer, { deadlineMs: untilMs });
      try {
        return await writeOn(input, call);
      } catch (error) {
        throw now() < untilMs - uploading.abortReserveMs ? error : tooLong(input.source, error);
      } finally {
        scopeOf(call).end();
      }
    },
  };
}

function tooLong({ name, version }: BackupSource, cause: unknown): HoldfastError {
  return new HoldfastError(
    "BACKUP_TOO_LONG",
    `The backup of ${name}, version ${version}, took more than ${LONGEST_RUN_MS / 3_600_000} hours, or its machine slept: a sweep may remove its object before its manifest is there.`,
    { cause, retryable: true },
  );
}

/** `aws-kms arn:…`; of a key that a program holds its name, without what differs from message to message behind it. */
function keyName(providerId: string, providerInfo: Uint8Array): string {
  const [name = ""] = Buffer.from(providerInfo).toString("latin1").split("\0");
  return `${providerId} ${name}`;
}

function checkInput({ source, read, context = {} }: BackupInput): void {
  for (const member of ["name", "version"] as const) {
    const text: unknown = source?.[member];
    if (typeof text !== "string" || text === "")
      throw new InvalidOptionError(`${WHERE}.write`, `source.${member} must be a text that is not empty`);
  }
  if (typeof read !== "function")
    throw new InvalidOptionError(`${WHERE}.write`, "read must be a function that gives the source's bytes");
  if (SOURCE_NAME in context || SOURCE_VERSION in context) {
    throw new InvalidOptionError(
      `${WHERE}.write`,
      `context must not have ${SOURCE_NAME} or ${SOURCE_VERSION}, which say what source is`,
    );
  }
}
