import { bucketOf, type S3Context } from "../context.ts";
import type { S3Request } from "../request.ts";
import { S3Error } from "../s3-error.ts";
import type { Bucket, ObjectVersion } from "../state.ts";
import { preconditionFailed, readOutcome } from "./conditions.ts";
import { isArchived } from "./storage-class.ts";
import { readableVersion } from "./versions.ts";

export const COPY_SOURCE_HEADERS = [
  "x-amz-copy-source",
  "x-amz-copy-source-if-match",
  "x-amz-copy-source-if-none-match",
  "x-amz-copy-source-if-modified-since",
  "x-amz-copy-source-if-unmodified-since",
] as const;

/**
 * The version that `x-amz-copy-source` names (`bucket/key?versionId=id`, URL-encoded), if its conditions hold.
 *
 * @throws S3Error InvalidArgument, NoSuchBucket, NoSuchKey, PreconditionFailed, ObjectNotInActiveTierError.
 */
export function copySource(
  context: S3Context,
  request: S3Request,
): { readonly bucket: Bucket; readonly object: ObjectVersion } {
  const source = request.headers.get("x-amz-copy-source") ?? "";
  const [, bucketName = "", rawKey = "", versionId] =
    /^\/?([^/?]+)\/([^?]+?)(?:\?versionId=(.*))?$/.exec(source) ?? [];
  if (bucketName === "" || bucketName.startsWith("arn:")) {
    throw new S3Error(
      "InvalidArgument",
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  }
  const bucket = bucketOf(context, decodeSource(bucketName));
  const object = readableVersion(bucket, decodeSource(rawKey), versionId);
  const outcome = readOutcome((name) => request.headers.get(`x-amz-copy-source-${name}`), object);
  if (outcome !== "pass") {
    throw preconditionFailed(
      `x-amz-copy-source-${outcome === "not-modified" ? "If-None-Match" : outcome.failed}`,
    );
  }
  if (isArchived(object.storageClass) && object.restoration?.expiresMs === undefined) {
    throw new S3Error(
      "ObjectNotInActiveTierError",
      "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.",
    );
  }
  return { bucket, object };
}

function decodeSource(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new S3Error("InvalidArgument", "Invalid copy source encoding.");
  }
}
