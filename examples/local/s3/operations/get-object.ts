import { bucketOf, type Handler, type S3Context } from "../context.ts";
import { partNumber } from "../multipart/part-number.ts";
import { type ByteRange, byteRange } from "../objects/byte-range.ts";
import { preconditionFailed, readOutcome } from "../objects/conditions.ts";
import { checksumHeaders, describingHeaders } from "../objects/object-headers.ts";
import { isArchived } from "../objects/storage-class.ts";
import { readableVersion } from "../objects/versions.ts";
import type { S3Request } from "../request.ts";
import type { S3Response } from "../response.ts";
import { S3Error } from "../s3-error.ts";
import type { ObjectVersion } from "../state.ts";

/** Query parameters that change the answer's headers. */
export const RESPONSE_OVERRIDES = [
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
] as const;

export const getObject: Handler = (context, request) => {
  const { response, object, range } = answer(context, request);
  if (response.status === 304) return response;
  if (isArchived(object.storageClass) && object.restoration?.expiresMs === undefined) {
    throw new S3Error("InvalidObjectState", "The operation is not valid for the object's storage class", {
      fields: { StorageClass: object.storageClass },
    });
  }
  return { ...response, body: context.files.read(object.segments, range.first, range.last) };
};

export const headObject: Handler = (context, request) => answer(context, request).response;

function answer(
  context: S3Context,
  request: S3Request,
): { readonly response: S3Response; readonly object: ObjectVersion; readonly range: ByteRange } {
  const { query, headers } = request;
  const bucket = bucketOf(context, request.bucket);
  const object = readableVersion(bucket, request.key, query.get("versionId"));
  const description = describingHeaders(bucket, object);
  const whole = { first: 0, last: object.size - 1 };
  const outcome = readOutcome((name) => headers.get(name), object);
  if (outcome === "not-modified") {
    return { response: { status: 304, headers: description }, object, range: whole };
  }
  if (outcome !== "pass") throw preconditionFailed(outcome.failed);
  for (const name of RESPONSE_OVERRIDES) {
    const value = query.get(name);
    if (value !== undefined) description[name.slice("response-".length)] = value;
  }
  const part = query.get("partNumber");
  const range = headers.get("range");
  if (part !== undefined && range !== undefined) {
    throw new S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
  }
  const wantsChecksum = headers.get("x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
  if (part !== undefined) {
    const chosen = partOf(object, partNumber(part));
    const checksum = wantsChecksum ? chosen.checksumHeaders : {};
    const more = { ...description, ...chosen.countHeaders, ...checksum };
    return { response: partial(object, chosen.range, more), object, range: chosen.range };
  }
  const chosen = byteRange(range, object.size);
  if (chosen !== undefined) {
    const more = { ...description, ...(wantsChecksum ? rangeChecksumHeaders(object, chosen) : {}) };
    return { response: partial(object, chosen, more), object, range: chosen };
  }
  const checksum = wantsChecksum ? checksumHeaders(object.checksum) : {};
  const response = { status: 200, headers: { ...description, ...checksum, "content-length": object.size } };
  return { response, object, range: whole };
}

function partial(
  object: ObjectVersion,
  { first, last }: ByteRange,
  headers: Readonly<Record<string, string>>,
): S3Response {
  // Part 1 of an empty object has no bytes that a Content-Range could name.
  const contentRange = last < first ? {} : { "content-range": `bytes ${first}-${last}/${object.size}` };
  return { status: 206, headers: { ...headers, ...contentRange, "content-length": last - first + 1 } };
}

/**
 * A checksum of the whole would be wrong for a range; one that is just a part has that part's (AWS page 'Checking
 * object integrity for data uploads in Amazon S3').
 */
function rangeChecksumHeaders(object: ObjectVersion, range: ByteRange): Readonly<Record<string, string>> {
  let first = 0;
  for (const { partNumber, size } of object.parts ?? []) {
    const last = first + size - 1;
    if (first === range.first && last === range.last) return partOf(object, partNumber).checksumHeaders;
    first += size;
  }
  return {};
}

/** A part as it was uploaded, counted from 1 in the object's order; an object of one PUT is its own part 1. */
function partOf(
  object: ObjectVersion,
  number: number,
): {
  readonly range: ByteRange;
  readonly countHeaders: Readonly<Record<string, string>>;
  readonly checksumHeaders: Readonly<Record<string, string>>;
} {
  if (object.parts === undefined && number === 1) {
    return {
      range: { first: 0, last: object.size - 1 },
      countHeaders: {},
      checksumHeaders: checksumHeaders(object.checksum),
    };
  }
  const parts = object.parts ?? [];
  const at = parts.findIndex((part) => part.partNumber === number);
  const part = parts[at];
  if (part === undefined) {
    throw new S3Error("InvalidPartNumber", "The requested partnumber is not satisfiable", {
      fields: { ActualPartCount: String(Math.max(1, parts.length)), PartNumberRequested: String(number) },
    });
  }
  const first = parts.slice(0, at).reduce((sum, { size }) => sum + size, 0);
  const { algorithm, type } = object.checksum;
  return {
    range: { first, last: first + part.size - 1 },
    countHeaders: { "x-amz-mp-parts-count": String(parts.length) },
    // Only composite checksums are kept for each part.
    checksumHeaders: type === "COMPOSITE" ? checksumHeaders({ algorithm, type, value: part.checksum }) : {},
  };
}
