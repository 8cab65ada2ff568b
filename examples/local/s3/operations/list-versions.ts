import { bucketOf, type Handler } from "../context.ts";
import { compareKeys } from "../key-text.ts";
import { keyListQuery, pageSize } from "../lists/list-query.ts";
import { markerPage } from "../lists/marker-page.ts";
import { currentVersion, versionsInOrder } from "../objects/versions.ts";
import { invalidArgument } from "../s3-error.ts";
import type { Bucket, Version } from "../state.ts";
import { type XmlField, xmlDocument } from "../xml-write.ts";

export const listObjectVersions: Handler = (context, request) => {
  const { query } = request;
  const bucket = bucketOf(context, request.bucket);
  const { prefix, delimiter, encoding, text } = keyListQuery(query);
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
  const page = markerPage(versionsInOrder(bucket), {
    prefix,
    delimiter,
    keyMarker,
    max,
    isAfter: (version) => isAfter(bucket, version, keyMarker, versionIdMarker),
  });
  const { nextKeyMarker, nextAfter } = page;
  return {
    status: 200,
    body: xmlDocument("ListVersionsResult", [
      ["Name", bucket.name],
      ["Prefix", text(prefix)],
      ["KeyMarker", text(keyMarker)],
      ["VersionIdMarker", versionIdMarker ?? ""],
      ["NextKeyMarker", nextKeyMarker === undefined ? undefined : text(nextKeyMarker)],
      ["NextVersionIdMarker", nextAfter?.versionId],
      ["MaxKeys", max],
      ["Delimiter", delimiter === "" ? undefined : text(delimiter)],
      ["EncodingType", encoding],
      ["IsTruncated", page.isTruncated],
      ...page.items.map((version) => entry(bucket, version, text, context.ownerId)),
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

function entry(bucket: Bucket, version: Version, text: (key: string) => string, ownerId: string): XmlField {
  const common: readonly XmlField[] = [
    ["Key", text(version.key)],
    ["VersionId", version.versionId],
    ["IsLatest", currentVersion(bucket, version.key) === version],
    ["LastModified", new Date(version.lastModifiedMs).toISOString()],
  ];
  const owner: XmlField = ["Owner", [["ID", ownerId]]];
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
