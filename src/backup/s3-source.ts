import type { AwsTransport } from "../aws/transport.ts";
import { type Call, refusal, runtimeOf } from "../core/call.ts";
import { checkNumber, HoldfastError, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import { within } from "../core/within.ts";
import type { BackupInput } from "./backup-writer.ts";
import { bodyStream } from "./body-bytes.ts";

export interface S3SourceOptions {
  /** `s3Transport(client)` of `holdfast/aws/s3`, for the source's account and region. */
  readonly transport: AwsTransport;
  readonly bucket: string;
  readonly key: string;
  /** The version to read, as notifications of a bucket with versions say it. */
  readonly versionId?: string;
  /** Without versions: the ETag that the object must still have. One of the two is needed. */
  readonly etag?: string;
  /** Milliseconds without a byte after which the connection is given up, and the rest asked for anew. Default: 30,000. */
  readonly stalledAfterMs?: number;
}

const WHERE = "s3Source";
/** Connections in a row that gave no byte. */
const MOST_IN_VAIN = 3;

/**
 * An object of S3 as a source of a backup: one version of it, byte for byte, whatever becomes of connections.
 *
 * A connection that is cut, or gives nothing for a while, is followed by another one from the byte where it stopped, of the same version. An
 * object that is overwritten meanwhile, in a bucket without versions, is `BACKUP_SOURCE_CHANGED`, and nothing is backed up.
 *
 * Source: Amazon S3 API Reference, GetObject ("Range", "If-Match").
 *
 * @example
 * ```ts
 * const source = s3Source({ transport: s3Transport(new S3Client({})), bucket: "acme-logs", key: "a.log", versionId: "v1" });
 * ```
 */
export function s3Source(options: S3SourceOptions): BackupInput {
  checkRequiredOptions(WHERE, options, ["transport", "bucket", "key", "versionId", "etag", "stalledAfterMs"]);
  const { transport, bucket, key, versionId, stalledAfterMs = 30_000 } = options;
  for (const member of ["bucket", "key"] as const) {
    const text: unknown = options[member];
    if (typeof text !== "string" || text === "")
      throw new InvalidOptionError(WHERE, `${member} must be a text that is not empty`);
  }
  checkNumber(WHERE, "stalledAfterMs", stalledAfterMs, { min: 1 });
  const etag = options.etag?.replaceAll('"', "");
  // Objects from before the bucket had versions have the version "null", which can be overwritten.
  const isVersioned = versionId !== undefined && versionId !== "" && versionId !== "null";
  const version = isVersioned ? versionId : etag;
  if (version === undefined || version === "") {
    throw new InvalidOptionError(
      WHERE,
      "versionId or etag must say which version: an object may be overwritten while it is read",
    );
  }
  const wanted = {
    Bucket: bucket,
    Key: key,
    ...(isVersioned ? { VersionId: version } : { IfMatch: `"${version}"` }),
  };

  async function open(position: number, call: Call) {
    const range = position === 0 ? {} : { Range: `bytes=${position}-` };
    try {
      return await transport.call("GetObject", { ...wanted, ...range }, call);
    } catch (cause) {
      const { name, $metadata } = Object(cause) as {
        name?: unknown;
        $metadata?: { httpStatusCode?: unknown };
      };
      if (name === "PreconditionFailed" || $metadata?.httpStatusCode === 412)
        throw changed(bucket, key, cause);
      throw cause;
    }
  }

  async function* read(call: Call): AsyncGenerator<Uint8Array, void, undefined> {
    const runtime = runtimeOf(call);
    let position = 0;
    let total = Number.NaN;
    for (let inVain = 0; ; inVain += 1) {
      const { Body, ContentLength } = await open(position, call);
      if (Number.isNaN(total)) total = Number(ContentLength);
      const iterator = bodyStream(Body)[Symbol.asyncIterator]();
      let failure: unknown;
      try {
        for (;;) {
          const untilMs = runtime.now() + stalledAfterMs;
          const { done, value } = await within(call, untilMs, stalled, () => iterator.next());
          if (done === true) break;
          position += value.length;
          inVain = 0;
          yield value;
        }
      } catch (error) {
        failure = error;
      } finally {
        // Not waited for: a connection that hangs may never say that it is closed.
        iterator.return?.().then(undefined, () => {});
      }
      if (position === total) return;
      if (refusal(call) !== undefined || inVain >= MOST_IN_VAIN || position > total)
        throw failure ?? cut(position, total);
    }
  }

  function stalled(): HoldfastError {
    return new HoldfastError(
      "BACKUP_SOURCE_STALLED",
      `The source ${bucket}/${key} gave nothing for ${stalledAfterMs} ms.`,
      {
        retryable: true,
      },
    );
  }

  function cut(position: number, total: number): HoldfastError {
    return new HoldfastError(
      "BACKUP_SOURCE_CUT",
      `The source ${bucket}/${key} ended after ${position} bytes of ${total}.`,
      {
        retryable: true,
      },
    );
  }

  return { source: { name: `${bucket}/${key}`, version }, read };
}

function changed(bucket: string, key: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    "BACKUP_SOURCE_CHANGED",
    `The source ${bucket}/${key} is no longer the version that was to be backed up. What is there now has a notification of its own.`,
    { cause },
  );
}
