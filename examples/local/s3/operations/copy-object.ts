import { algorithmNamed } from "../checksums.ts";
import { checkBucketStands, commitObject, conditionally, eTagFor } from "../commit.ts";
import { readWriteCondition } from "../conditions.ts";
import { bucketOf, type Handler } from "../context.ts";
import { copySource } from "../copy-source.ts";
import { encryptionHeaders, readAttributes, versionHeaders } from "../object-headers.ts";
import { unsupportedAlgorithm } from "../payload-claims.ts";
import { MAX_PUT_BYTES, storeBody } from "../receive-body.ts";
import { invalidArgument, S3Error } from "../s3-error.ts";
import type { ObjectVersion } from "../state.ts";
import { newVersionId } from "../versions.ts";
import { xmlDocument } from "../xml-write.ts";

export const copyObject: Handler = async (context, request) => {
  const { headers } = request;
  const bucket = bucketOf(context, request.bucket);
  const { bucket: sourceBucket, object: source } = copySource(context, request);
  const replaceMetadata = directive(headers, "x-amz-metadata-directive") === "REPLACE";
  const replaceTags = directive(headers, "x-amz-tagging-directive") === "REPLACE";
  const changes =
    replaceMetadata ||
    ["x-amz-storage-class", "x-amz-server-side-encryption"].some((name) => headers.has(name)) ||
    headers.get("x-amz-copy-source")?.includes("?versionId=");
  if (sourceBucket === bucket && source.key === request.key && !changes) {
    throw new S3Error(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  if (source.size > MAX_PUT_BYTES) {
    throw new S3Error(
      "InvalidRequest",
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_PUT_BYTES}`,
    );
  }
  const named = headers.get("x-amz-checksum-algorithm");
  const algorithm = named === undefined ? source.checksum.algorithm : algorithmNamed(named);
  if (algorithm === undefined) throw unsupportedAlgorithm();
  const given = readAttributes(headers, context);
  const attributes = {
    ...given,
    ...(replaceMetadata ? {} : { contentHeaders: source.contentHeaders, metadata: source.metadata }),
    ...(replaceTags ? {} : { tags: source.tags }),
  };
  const object = await conditionally(bucket, request.key, readWriteCondition(headers), async (check) => {
    // A copy is one piece whatever the source was: its ETag and checksum are of the bytes.
    const bytes = context.files.read(source.segments, 0, source.size - 1);
    const body = await storeBody(context, bytes, { awsChunked: false }, algorithm);
    try {
      checkBucketStands(context, bucket);
      check();
    } catch (error) {
      await context.files.drop([body.segment]);
      throw error;
    }
    const made: ObjectVersion = {
      ...attributes,
      type: "object",
      key: request.key,
      versionId: newVersionId(bucket),
      lastModifiedMs: context.clock.now(),
      size: body.size,
      eTag: eTagFor(attributes.encryption, body.md5Hex, body.segment.file),
      segments: [body.segment],
      checksum: { ...body.checksum, type: "FULL_OBJECT" },
    };
    await commitObject(context, request, bucket, made, "ObjectCreated:Copy");
    return made;
  });
  return {
    status: 200,
    headers: {
      ...encryptionHeaders(object.encryption),
      ...versionHeaders(bucket, object.versionId),
      ...(sourceBucket.versioning === undefined ? {} : { "x-amz-copy-source-version-id": source.versionId }),
    },
    body: xmlDocument("CopyObjectResult", [
      ["LastModified", new Date(object.lastModifiedMs).toISOString()],
      ["ETag", `"${object.eTag}"`],
      [`Checksum${algorithm}`, object.checksum.value],
      ["ChecksumType", object.checksum.type],
    ]),
  };
};

function directive(headers: ReadonlyMap<string, string>, name: string): "COPY" | "REPLACE" {
  const value = headers.get(name) ?? "COPY";
  if (value === "COPY" || value === "REPLACE") return value;
  throw invalidArgument(name, value, `Unknown ${name.replace("x-amz-", "").replace("-", " ")}.`);
}
