import { receiveXml } from "../bodies/receive-body.ts";
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  checksumHeader,
  checksumOfParts,
  eTagOfParts,
} from "../checksums/checksums.ts";
import { bucketOf, type Handler } from "../context.ts";
import { chooseParts, readListedParts } from "../multipart/complete-parts.ts";
import { checksumTypeMismatch, effectiveChecksum } from "../multipart/upload-checksum.ts";
import { commitObject, conditionally } from "../objects/commit.ts";
import { readWriteCondition } from "../objects/conditions.ts";
import { encryptionHeaders, versionHeaders } from "../objects/object-headers.ts";
import { newVersionId } from "../objects/versions.ts";
import { S3Error } from "../s3-error.ts";
import type { ObjectVersion, Upload } from "../state.ts";
import { xmlDocument } from "../xml-write.ts";
import { uploadOf } from "./multipart-upload.ts";

/**
 * Makes an object of an upload's parts. The upload is gone then, and a repetition finds NoSuchUpload; it stays when
 * the completion fails. When its key was deleted since it began, a conditional completion fails for good: such an
 * upload never completes (AWS page 'How to prevent object overwrites with conditional writes').
 */
export const completeMultipartUpload: Handler = async (context, request) => {
  const { headers } = request;
  const bucket = bucketOf(context, request.bucket);
  const condition = readWriteCondition(headers);
  const object = await conditionally(bucket, request.key, condition, async (check) => {
    // The checksum headers are of the object, not of this body.
    const ofBody = [...headers].filter(([name]) => !name.startsWith("x-amz-checksum-"));
    const xml = await receiveXml(request, { headers: new Map(ofBody) });
    const upload = uploadOf(bucket, request);
    const parts = chooseParts(upload, readListedParts(xml));
    const { algorithm, type } = effectiveChecksum(upload);
    const checksum = checksumOfParts(algorithm, type, parts);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    checkClaims(headers, upload, checksum, size);
    if (upload.conflicted) throw conflictedBefore(upload);
    try {
      check(upload.keyDeleted);
    } catch (error) {
      upload.conflicted = upload.keyDeleted;
      throw error;
    }
    bucket.uploads.delete(upload.uploadId);
    upload.cancelAbort();
    const made: ObjectVersion = {
      ...upload.attributes,
      type: "object",
      key: upload.key,
      versionId: newVersionId(bucket),
      lastModifiedMs: context.clock.now(),
      size,
      eTag: eTagOfParts(parts.map((part) => part.eTag)),
      segments: parts.map((part) => part.segment),
      checksum,
      parts: parts.map((part) => ({
        partNumber: part.partNumber,
        size: part.size,
        checksum: part.checksum,
      })),
    };
    await commitObject(context, request, bucket, made, "ObjectCreated:CompleteMultipartUpload");
    const unused = [...upload.parts.values()].filter((part) => !parts.includes(part));
    await context.files.drop(unused.map(({ segment }) => segment));
    return made;
  });
  return {
    status: 200,
    headers: { ...encryptionHeaders(object.encryption), ...versionHeaders(bucket, object.versionId) },
    body: xmlDocument("CompleteMultipartUploadResult", [
      ["Location", `/${bucket.name}/${encodeURIComponent(object.key)}`],
      ["Bucket", bucket.name],
      ["Key", object.key],
      ["ETag", `"${object.eTag}"`],
      [`Checksum${object.checksum.algorithm}`, object.checksum.value],
      ["ChecksumType", object.checksum.type],
    ]),
  };
};

/** Holds what the headers say of the whole object against what its parts make. */
function checkClaims(
  headers: ReadonlyMap<string, string>,
  upload: Upload,
  checksum: Checksum,
  size: number,
): void {
  const type = headers.get("x-amz-checksum-type")?.toUpperCase();
  if (type !== undefined && type !== checksum.type) {
    throw new S3Error(
      "InvalidRequest",
      `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const claimedSize = headers.get("x-amz-mp-object-size");
  if (claimedSize !== undefined && claimedSize !== String(size)) {
    throw new S3Error(
      "InvalidRequest",
      `The provided 'x-amz-mp-object-size' header does not match what was computed: ${size}.`,
    );
  }
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const claimed = headers.get(checksumHeader(algorithm));
    if (claimed === undefined) continue;
    if (algorithm !== checksum.algorithm) {
      throw checksumTypeMismatch(upload.checksum?.algorithm, algorithm);
    }
    // A composite checksum may be given without its count.
    if (claimed !== checksum.value && claimed !== checksum.value.replace(/-\d+$/, "")) {
      throw new S3Error(
        "BadDigest",
        `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
      );
    }
  }
}

const conflictedBefore = (upload: Upload): S3Error =>
  new S3Error(
    "ConditionalRequestConflict",
    "An earlier completion of this upload met a conflicting operation: create a new upload, and upload each part again.",
    { fields: { UploadId: upload.uploadId } },
  );
