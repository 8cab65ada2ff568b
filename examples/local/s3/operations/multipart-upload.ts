import { randomBytes } from "node:crypto";
import { readPayloadClaims } from "../bodies/payload-claims.ts";
import { MAX_PUT_BYTES, type ReceivedBody, receiveBody, storeBody } from "../bodies/receive-body.ts";
import { checksumHeader } from "../checksums/checksums.ts";
import { bucketOf, type Handler, type S3Context } from "../context.ts";
import { abortRule } from "../lifecycle-rules.ts";
import { partNumber } from "../multipart/part-number.ts";
import { checkPartChecksum, effectiveChecksum, readUploadChecksum } from "../multipart/upload-checksum.ts";
import { abortHeaders, abortUpload, scheduleAbort } from "../multipart/upload-expiry.ts";
import { copySourceRange } from "../objects/byte-range.ts";
import { eTagFor } from "../objects/commit.ts";
import { copySource } from "../objects/copy-source.ts";
import { encryptionHeaders, readAttributes } from "../objects/object-headers.ts";
import type { S3Request } from "../request.ts";
import { S3Error } from "../s3-error.ts";
import type { Bucket, Upload, UploadedPart } from "../state.ts";
import { xmlDocument } from "../xml-write.ts";

export const createMultipartUpload: Handler = (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const upload: Upload = {
    uploadId: randomBytes(48).toString("base64url"),
    key: request.key,
    initiatedMs: context.clock.now(),
    attributes: readAttributes(request.headers, context),
    checksum: readUploadChecksum(request.headers),
    parts: new Map(),
    keyDeleted: false,
    conflicted: false,
    cancelAbort: () => {},
  };
  bucket.uploads.set(upload.uploadId, upload);
  scheduleAbort(context, bucket, upload);
  return {
    status: 200,
    headers: {
      ...encryptionHeaders(upload.attributes.encryption),
      ...abortHeaders(context, upload, abortRule(bucket.lifecycle, upload.key)),
      ...(upload.checksum === undefined
        ? {}
        : {
            "x-amz-checksum-algorithm": upload.checksum.algorithm,
            "x-amz-checksum-type": upload.checksum.type,
          }),
    },
    body: xmlDocument("InitiateMultipartUploadResult", [
      ["Bucket", bucket.name],
      ["Key", upload.key],
      ["UploadId", upload.uploadId],
    ]),
  };
};

export const uploadPart: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const number = partNumber(request.query.get("partNumber"));
  const upload = uploadOf(bucket, request);
  checkPartChecksum(upload, readPayloadClaims(request.headers));
  const body = await receiveBody(context, request, effectiveChecksum(upload).algorithm);
  const part = await keepPart(context, request, bucket, upload, number, body);
  const told = body.verified ?? body.checksum;
  return {
    status: 200,
    headers: {
      etag: `"${part.eTag}"`,
      "content-length": 0,
      // The client's own is told back, whatever is kept.
      [checksumHeader(told.algorithm)]: told.value,
      ...encryptionHeaders(upload.attributes.encryption),
    },
  };
};

export const uploadPartCopy: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const number = partNumber(request.query.get("partNumber"));
  const upload = uploadOf(bucket, request);
  const { bucket: sourceBucket, object: source } = copySource(context, request);
  const { first, last } = copySourceRange(request.headers.get("x-amz-copy-source-range"), source.size);
  if (last - first + 1 > MAX_PUT_BYTES) {
    throw new S3Error(
      "InvalidRequest",
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_PUT_BYTES}`,
    );
  }
  const bytes = context.files.read(source.segments, first, last);
  const { algorithm } = effectiveChecksum(upload);
  const body = await storeBody(context, bytes, { awsChunked: false }, algorithm);
  const part = await keepPart(context, request, bucket, upload, number, body);
  return {
    status: 200,
    headers: {
      ...encryptionHeaders(upload.attributes.encryption),
      ...(sourceBucket.versioning === undefined ? {} : { "x-amz-copy-source-version-id": source.versionId }),
    },
    body: xmlDocument("CopyPartResult", [
      ["LastModified", new Date(part.lastModifiedMs).toISOString()],
      ["ETag", `"${part.eTag}"`],
      [`Checksum${algorithm}`, upload.checksum === undefined ? undefined : part.checksum],
    ]),
  };
};

export const abortMultipartUpload: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  await abortUpload(context, bucket, uploadOf(bucket, request));
  return { status: 204 };
};

/** @throws S3Error NoSuchUpload, also for an upload that was completed or aborted, or of another key. */
export function uploadOf(bucket: Bucket, request: S3Request): Upload {
  const uploadId = request.query.get("uploadId") ?? "";
  const upload = bucket.uploads.get(uploadId);
  if (upload?.key === request.key) return upload;
  throw new S3Error(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { fields: { UploadId: uploadId } },
  );
}

/** Takes a part in, in place of an earlier one of its number: the last to finish counts. */
async function keepPart(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  upload: Upload,
  number: number,
  body: ReceivedBody,
): Promise<UploadedPart> {
  // The upload may have ended while the part came.
  if (bucket.uploads.get(upload.uploadId) !== upload) {
    await context.files.drop([body.segment]);
    uploadOf(bucket, request);
  }
  const part: UploadedPart = {
    partNumber: number,
    size: body.size,
    checksum: body.checksum.value,
    eTag: eTagFor(upload.attributes.encryption, body.md5Hex, body.segment.file),
    lastModifiedMs: context.clock.now(),
    segment: body.segment,
  };
  const replaced = upload.parts.get(number);
  upload.parts.set(number, part);
  if (replaced !== undefined) await context.files.drop([replaced.segment]);
  return part;
}
