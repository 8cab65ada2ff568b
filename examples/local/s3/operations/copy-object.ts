import { unsupportedAlgorithm } from "../bodies/payload-claims.ts";
import { MAX_PUT_BYTES, storeBody } from "../bodies/receive-body.ts";
import { algorithmNamed } from "../checksums/checksums.ts";
import { bucketOf, type Handler } from "../context.ts";
import { copySource } from "../objects/copy-source.ts";
import { encryptionHeaders, readAttributes, versionHeaders } from "../objects/object-headers.ts";
import { writeObject } from "../objects/write-object.ts";
import { invalidArgument, S3Error } from "../s3-error.ts";
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
  const object = await writeObject(context, request, {
    bucket,
    attributes,
    eventName: "ObjectCreated:Copy",
    receive: () => {
      // A copy is one piece whatever the source was: its ETag and checksum are of the bytes.
      const bytes = context.files.read(source.segments, 0, source.size - 1);
      return storeBody(context, bytes, { awsChunked: false }, algorithm);
    },
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
