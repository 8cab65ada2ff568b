import { type Checksum, checksumHeader } from "../checksums/checksums.ts";
import { invalidArgument, S3Error } from "../s3-error.ts";
import type { Bucket, Encryption, ObjectAttributes, ObjectVersion } from "../state.ts";
import { readStorageClass } from "./storage-class.ts";
import { checkTags } from "./tags.ts";

const CONTENT_HEADERS = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
] as const;

/** AWS page 'Working with object metadata': names and values together. */
const MAX_METADATA_BYTES = 2_048;

export const METADATA_PREFIX = "x-amz-meta-";

const DEFAULT_CONTENT_TYPE = "binary/octet-stream";

/** The x-amz- headers by which a writer describes an object; `x-amz-meta-*` besides. */
export const ATTRIBUTE_HEADERS = [
  "x-amz-acl",
  "x-amz-storage-class",
  "x-amz-tagging",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-bucket-key-enabled",
] as const;

/** What the headers of PutObject, CopyObject or CreateMultipartUpload say of the object. @throws S3Error. */
export function readAttributes(
  headers: ReadonlyMap<string, string>,
  home: { readonly region: string; readonly accountId: string },
): ObjectAttributes {
  checkAcl(headers.get("x-amz-acl"));
  return {
    ...readMetadata(headers),
    tags: readTaggingHeader(headers.get("x-amz-tagging")),
    storageClass: readStorageClass(headers.get("x-amz-storage-class")),
    encryption: readEncryption(headers, home),
  };
}

function readMetadata(
  headers: ReadonlyMap<string, string>,
): Pick<ObjectAttributes, "contentHeaders" | "metadata"> {
  const contentHeaders: Record<string, string> = { "content-type": DEFAULT_CONTENT_TYPE };
  for (const name of CONTENT_HEADERS) {
    const value = headers.get(name);
    // How the body travels is not how the object is encoded.
    const kept = name === "content-encoding" ? value?.replace(/(?:^|,)\s*aws-chunked\s*(?=,|$)/g, "") : value;
    const trimmed = kept?.replace(/^\s*,|,\s*$/g, "").trim();
    if (trimmed) contentHeaders[name] = trimmed;
  }
  const metadata = Object.fromEntries(
    [...headers]
      .filter(([name]) => name.startsWith(METADATA_PREFIX))
      .map(([name, value]) => [name.slice(METADATA_PREFIX.length), value]),
  );
  const bytes = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Error("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", {
      fields: { Size: String(bytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
    });
  }
  return { contentHeaders, metadata };
}

/** Buckets have ACLs disabled unless someone asked for them; these two mean nothing then. */
function checkAcl(acl: string | undefined): void {
  if (acl === undefined || acl === "private" || acl === "bucket-owner-full-control") return;
  throw new S3Error("AccessControlListNotSupported", "The bucket does not allow ACLs");
}

function readTaggingHeader(header: string | undefined): Readonly<Record<string, string>> {
  return checkTags([...new URLSearchParams(header ?? "")]);
}

function readEncryption(
  headers: ReadonlyMap<string, string>,
  home: { readonly region: string; readonly accountId: string },
): Encryption {
  const algorithm = headers.get("x-amz-server-side-encryption") ?? "AES256";
  const keyId = headers.get("x-amz-server-side-encryption-aws-kms-key-id");
  const bucketKey = headers.get("x-amz-server-side-encryption-bucket-key-enabled") === "true";
  if (algorithm !== "AES256" && algorithm !== "aws:kms" && algorithm !== "aws:kms:dsse") {
    throw new S3Error(
      "InvalidEncryptionAlgorithmError",
      "The encryption request that you specified is not valid. Supported value: AES256, aws:kms, aws:kms:dsse.",
    );
  }
  if (algorithm === "AES256") {
    if (keyId === undefined) return { algorithm, bucketKey: false };
    throw invalidArgument(
      "x-amz-server-side-encryption",
      algorithm,
      "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    );
  }
  const prefix = `arn:aws:kms:${home.region}:${home.accountId}:`;
  if (keyId === undefined) return { algorithm, keyId: `${prefix}key/aws-managed-s3-key`, bucketKey };
  const path = keyId.startsWith("alias/") ? keyId : `key/${keyId}`;
  return { algorithm, keyId: keyId.startsWith("arn:") ? keyId : `${prefix}${path}`, bucketKey };
}

export function encryptionHeaders(encryption: Encryption): Readonly<Record<string, string>> {
  return {
    "x-amz-server-side-encryption": encryption.algorithm,
    ...(encryption.keyId === undefined
      ? {}
      : { "x-amz-server-side-encryption-aws-kms-key-id": encryption.keyId }),
    ...(encryption.bucketKey ? { "x-amz-server-side-encryption-bucket-key-enabled": "true" } : {}),
  };
}

export const checksumHeaders = (checksum: Checksum): Readonly<Record<string, string>> => ({
  [checksumHeader(checksum.algorithm)]: checksum.value,
  "x-amz-checksum-type": checksum.type,
});

/** Told for buckets that are or were versioned. */
export const versionHeaders = (bucket: Bucket, versionId: string): Readonly<Record<string, string>> =>
  bucket.versioning === undefined ? {} : { "x-amz-version-id": versionId };

/** What GetObject and HeadObject say of a version, whatever part of it is read. */
export function describingHeaders(bucket: Bucket, object: ObjectVersion): Record<string, string> {
  const { restoration } = object;
  const tagCount = Object.keys(object.tags).length;
  return {
    ...object.contentHeaders,
    ...Object.fromEntries(
      Object.entries(object.metadata).map(([name, value]) => [`${METADATA_PREFIX}${name}`, value]),
    ),
    "accept-ranges": "bytes",
    etag: `"${object.eTag}"`,
    "last-modified": new Date(object.lastModifiedMs).toUTCString(),
    ...encryptionHeaders(object.encryption),
    ...versionHeaders(bucket, object.versionId),
    ...(object.storageClass === "STANDARD" ? {} : { "x-amz-storage-class": object.storageClass }),
    ...(tagCount === 0 ? {} : { "x-amz-tagging-count": String(tagCount) }),
    ...(restoration === undefined ? {} : { "x-amz-restore": restoreHeader(restoration) }),
  };
}

const restoreHeader = ({ expiresMs }: { readonly expiresMs?: number }): string =>
  expiresMs === undefined
    ? 'ongoing-request="true"'
    : `ongoing-request="false", expiry-date="${new Date(expiresMs).toUTCString()}"`;
