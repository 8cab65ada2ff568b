import { awsStatusOf } from "../aws/aws-error.ts";
import { bytesIn } from "../aws/s3-body.ts";
import type { AwsTransport } from "../aws/transport.ts";
import type { Call } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import { within } from "../core/within.ts";
import type { ObjectStore } from "./object-store.ts";

export interface S3ObjectStoreOptions {
  /** `s3Transport(client)` of `holdfast/aws/s3`, or anything that does PutObject and GetObject. */
  readonly transport: AwsTransport;
  readonly bucket: string;
  /** Goes before every key: `results/`. What points to an object does not know it, so a change hides what is there. Default: none. */
  readonly prefix?: string;
}

const WHERE = "s3ObjectStore";
/** Another upload to the same key was going on: this run's own, whose reply was lost. S3 asks to send again. */
const SENDS_AFTER_CONFLICT = 2;

/**
 * Keeps objects in an S3 bucket, each written once (`If-None-Match: *`).
 *
 * Nothing here deletes: give the bucket a lifecycle rule that expires the prefix, later than anything that points to its
 * objects. The client's checksum (CRC32) guards the way; encryption at rest is the bucket's (SSE-S3 by default; SSE-KMS
 * needs `kms:GenerateDataKey` and `kms:Decrypt` on its key as well). The function needs `s3:PutObject` and
 * `s3:GetObject` on the prefix, and `s3:ListBucket` on the bucket: without that S3 says AccessDenied of what has expired.
 *
 * Errors come through as the client made them. Source: Amazon S3 User Guide, "How to prevent object overwrites with
 * conditional writes"; API Reference, GetObject ("Permissions").
 *
 * @example
 * ```ts
 * const transport = s3Transport(new S3Client({}));
 * const objectStore = s3ObjectStore({ transport, bucket: "orders-results", prefix: "results/" });
 * ```
 */
export function s3ObjectStore(options: S3ObjectStoreOptions): ObjectStore {
  checkRequiredOptions(WHERE, options, ["transport", "bucket", "prefix"]);
  const { transport, bucket, prefix = "" } = options;
  if (typeof transport?.call !== "function") {
    throw new InvalidOptionError(WHERE, "transport must be made by s3Transport(client)");
  }
  if (typeof bucket !== "string" || bucket === "")
    throw new InvalidOptionError(WHERE, "bucket must be a name");
  if (typeof prefix !== "string") throw new InvalidOptionError(WHERE, "prefix must be a text");
  const place = (key: string) => ({ Bucket: bucket, Key: prefix + key });

  async function putOnce(key: string, bytes: Uint8Array, call: Call): Promise<void> {
    const input = {
      ...place(key),
      Body: bytes,
      ContentType: "application/octet-stream",
      IfNoneMatch: "*",
    };
    await transport.call("PutObject", input, call);
  }

  return {
    async put(key, bytes, call) {
      for (let conflicts = 0; ; conflicts += 1) {
        try {
          return await putOnce(key, bytes, call);
        } catch (error) {
          const status = awsStatusOf(error);
          // The key is there, and a key names its content: the first reply was lost.
          if (status === 412) return;
          if (status !== 409 || conflicts === SENDS_AFTER_CONFLICT) throw error;
        }
      }
    },
    get(key, call) {
      // The client's signal ends with the headers in some of its HTTP handlers; the body must not outlive the call either.
      return within(call, call.deadlineMs, undefined, async (inner) => {
        try {
          const { Body } = await transport.call("GetObject", place(key), inner);
          return await bytesIn(Body);
        } catch (error) {
          if (Object(error).name === "NoSuchKey") return undefined;
          throw error;
        }
      });
    },
  };
}
