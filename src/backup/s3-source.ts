import type { AwsTransport } from "../aws/transport.ts";
import type { Call } from "../core/call.ts";
import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import type { BackupInput } from "./backup-writer.ts";
import { objectBytes } from "./object-bytes.ts";

export interface S3SourceOptions {
  /** `s3Transport(client)` of `holdfast/aws/s3`, for the source's account and region. */
  readonly transport: AwsTransport;
  readonly bucket: string;
  readonly key: string;
  /** The version to read, as notifications of a bucket with versions say it. */
  readonly versionId?: string | undefined;
  /** Without versions: the ETag that the object must still have. One of the two is needed. */
  readonly etag?: string | undefined;
  /** Milliseconds without a byte after which the connection is given up, and the rest asked for anew. Default: 30,000. */
  readonly stalledAfterMs?: number;
}

const WHERE = "s3Source";

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

  const named = `The source ${bucket}/${key}`;
  const read = (call: Call): AsyncIterable<Uint8Array> =>
    objectBytes({ transport, wanted, stalledAfterMs, code: "BACKUP_SOURCE", named }, call);

  return { source: { name: `${bucket}/${key}`, version }, read };
}
