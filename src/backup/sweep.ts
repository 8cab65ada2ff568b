import type { AwsTransport } from "../aws/transport.ts";
import { type Call, entered, runtimeOf } from "../core/call.ts";
import { checkNumber, hasCode, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import { manifestOfObject } from "./keys-in-bucket.ts";
import { listed } from "./listed.ts";
import { manifestsIn } from "./manifests.ts";

export interface SweepOptions {
  /** `s3Transport(client)` of `holdfast/aws/s3`. */
  readonly transport: AwsTransport;
  readonly bucket: string;
  /** The writer's prefix. Default: none. */
  readonly prefix?: string;
  /**
   * Milliseconds that an object may be there without a manifest, which is written last: a day at least, for runs end after 23 hours. Default: a day.
   */
  readonly graceMs?: number;
  /** Only counts what would be removed. Default: false. */
  readonly dryRun?: boolean;
}

/** What a sweep has found. */
export interface Swept {
  /** Objects that are backups. */
  readonly kept: number;
  /** Objects without a manifest that may still get one. */
  readonly young: number;
  /** Objects whose manifest is none, or a newer format's: they are left. */
  readonly unclear: number;
  readonly removed: number;
  readonly removedBytes: number;
}

const WHERE = "sweepBackups";
const HOUR_MS = 3_600_000;
/** An object that is younger is never swept. */
const LEAST_GRACE_MS: number = 24 * HOUR_MS;
/**
 * A run that is older writes no manifest: a sweep could have found that there is none, and be about to remove the object. A manifest without one would
 * be a backup that is none, for good. The hour between is for clocks that differ.
 */
export const LONGEST_RUN_MS: number = LEAST_GRACE_MS - HOUR_MS;

/**
 * Removes objects that no manifest names, which runs have left that died, or came second.
 *
 * Never a backup: an object that its manifest names is kept, and so is one that is young. In a bucket with versions the removal leaves a version
 * behind, for a lifecycle rule (`NoncurrentVersionExpiration`); uploads that were never completed are the rule
 * `AbortIncompleteMultipartUpload`'s. The function needs `s3:ListBucket`, `s3:GetObject` and `s3:DeleteObject` on the prefix.
 *
 * @example
 * ```ts
 * await sweepBackups({ transport: s3Transport(new S3Client({})), bucket: "acme-backups" }, call);
 * ```
 */
export async function sweepBackups(options: SweepOptions, given: Call): Promise<Swept> {
  checkRequiredOptions(WHERE, options, ["transport", "bucket", "prefix", "graceMs", "dryRun"]);
  const { transport, bucket, prefix = "", graceMs = LEAST_GRACE_MS, dryRun = false } = options;
  if (typeof transport?.call !== "function")
    throw new InvalidOptionError(WHERE, "transport must be made by s3Transport(client)");
  checkNumber(WHERE, "graceMs", graceMs, { min: LEAST_GRACE_MS });
  const call = entered(given);
  const manifests = manifestsIn(transport, bucket);
  const oldestYoungMs = runtimeOf(call).now() - graceMs;
  let [kept, young, unclear, removed, removedBytes] = [0, 0, 0, 0, 0];
  for await (const { key, bytes, modifiedMs } of listed(transport, bucket, `${prefix}objects/`, call)) {
    const manifest = await manifests.read(manifestOfObject(prefix, key), call).catch((error: unknown) => {
      // One that cannot be read must not end the sweep of all others.
      if (hasCode(error, "BACKUP_MANIFEST_INVALID")) return "unclear" as const;
      throw error;
    });
    if (manifest === "unclear") unclear += 1;
    else if (manifest?.object.key === key) kept += 1;
    else if (!(modifiedMs < oldestYoungMs)) young += 1;
    else {
      if (!dryRun) await transport.call("DeleteObject", { Bucket: bucket, Key: key }, call);
      removed += 1;
      removedBytes += bytes;
    }
  }
  return { kept, young, unclear, removed, removedBytes };
}
