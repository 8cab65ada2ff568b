import { bucketOf, type Handler } from "../context.ts";
import { compareKeys, encodeKey } from "../key-text.ts";
import { listPage } from "../list-page.ts";
import { encodingType, pageSize } from "../list-query.ts";
import { invalidArgument } from "../s3-error.ts";
import type { Bucket, Version } from "../state.ts";
import { currentVersion, versionsInOrder } from "../versions.ts";
import { type XmlField, xmlDocument } from "../xml-write.ts";

export const listObjectVersions: Handler = (context, request) => {
  const { query } = request;
  const bucket = bucketOf(context, request.bucket);
  const encoding = encodingType(query);
  const text = (key: string): string => (encoding === "url" ? encodeKey(key) : key);
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const keyMarker = query.get("key-marker") ?? "";
  const versionIdMarker = query.get("version-id-marker");
  const max = pageSize(query, "max-keys");
  if (versionIdMarker !== undefined && keyMarker === "") {
    throw invalidArgument(
      "version-id-marker",
      versionIdMarker,
      "A version-id marker cannot be specified without a key marker.",
    );
  }
  const page = listPage(versionsInOrder(bucket), {
    prefix,
    delimiter,
    max,
    isAfter: (version) => isAfter(bucket, version, keyMarker, versionIdMarker),
    // A key marker that is a common prefix means that all beneath it was listed.
    ...(delimiter !== "" && keyMarker.endsWith(delimiter) ? { afterPrefix: keyMarker } : {}),
  });
  const { next } = page;
  const nextKey = next === undefined ? undefined : "after" in next ? next.after.key : next.afterPrefix;
  return {
    status: 200,
    body: xmlDocument("ListVersionsResult", [
      ["Name", bucket.name],
      ["Prefix", text(prefix)],
      ["KeyMarker", text(keyMarker)],
      ["VersionIdMarker", versionIdMarker ?? ""],
      ["NextKeyMarker", nextKey === undefined ? undefined : text(nextKey)],
      ["NextVersionIdMarker", next !== undefined && "after" in next ? next.after.versionId : undefined],
      ["MaxKeys", max],
      ["Delimiter", delimiter === "" ? undefined : text(delimiter)],
      ["EncodingType", encoding],
      ["IsTruncated", next !== undefined],
      ...page.items.map((version) => entry(bucket, version, text, context.accountId)),
      ...page.commonPrefixes.map((common): XmlField => ["CommonPrefixes", [["Prefix", text(common)]]]),
    ]),
  };
};

function isAfter(
  bucket: Bucket,
  version: Version,
  keyMarker: string,
  versionIdMarker: string | undefined,
): boolean {
  const order = compareKeys(version.key, keyMarker);
  if (order !== 0 || versionIdMarker === undefined) return order > 0;
  const versions = bucket.objects.get(version.key) ?? [];
  const at = versions.findIndex(({ versionId }) => versionId === versionIdMarker);
  return at !== -1 && versions.indexOf(version) > at;
}

function entry(bucket: Bucket, version: Version, text: (key: string) => string, accountId: string): XmlField {
  const common: readonly XmlField[] = [
    ["Key", text(version.key)],
    ["VersionId", version.versionId],
    ["IsLatest", currentVersion(bucket, version.key) === version],
    ["LastModified", new Date(version.lastModifiedMs).toISOString()],
  ];
  const owner: XmlField = ["Owner", [["ID", accountId]]];
  if (version.type === "delete-marker") return ["DeleteMarker", [...common, owner]];
  return [
    "Version",
    [
      ...common,
      ["ETag", `"${version.eTag}"`],
      ["ChecksumAlgorithm", version.checksum.algorithm],
      ["ChecksumType", version.checksum.type],
      ["Size", version.size],
      ["StorageClass", version.storageClass],
      owner,
    ],
  ];
}
