import { bucketOf, type Handler } from "../context.ts";
import { compareKeys } from "../key-text.ts";
import { keyListQuery, pageSize } from "../lists/list-query.ts";
import { markerPage } from "../lists/marker-page.ts";
import { invalidArgument } from "../s3-error.ts";
import type { Upload } from "../state.ts";
import { type XmlField, xmlDocument } from "../xml-write.ts";
import { uploadOf } from "./multipart-upload.ts";

export const listMultipartUploads: Handler = (context, request) => {
  const { query } = request;
  const bucket = bucketOf(context, request.bucket);
  const { prefix, delimiter, encoding, text } = keyListQuery(query);
  const keyMarker = query.get("key-marker") ?? "";
  // Without a key marker an upload id marker is ignored (AWS page 'ListMultipartUploads').
  const uploadIdMarker = keyMarker === "" ? "" : (query.get("upload-id-marker") ?? "");
  const max = pageSize(query, "max-uploads");
  const inOrder = [...bucket.uploads.values()].sort(byKeyThenAge);
  const markerAt = inOrder.findIndex((upload) => upload.uploadId === uploadIdMarker);
  const page = markerPage(inOrder, {
    prefix,
    delimiter,
    keyMarker,
    max,
    isAfter: (upload) => {
      const order = compareKeys(upload.key, keyMarker);
      return order > 0 || (order === 0 && markerAt !== -1 && inOrder.indexOf(upload) > markerAt);
    },
  });
  const { nextKeyMarker, nextAfter } = page;
  return {
    status: 200,
    body: xmlDocument("ListMultipartUploadsResult", [
      ["Bucket", bucket.name],
      ["KeyMarker", text(keyMarker)],
      ["UploadIdMarker", uploadIdMarker],
      ["NextKeyMarker", nextKeyMarker === undefined ? undefined : text(nextKeyMarker)],
      ["NextUploadIdMarker", nextAfter?.uploadId],
      ["Prefix", text(prefix)],
      ["Delimiter", delimiter === "" ? undefined : text(delimiter)],
      ["EncodingType", encoding],
      ["MaxUploads", max],
      ["IsTruncated", page.isTruncated],
      ...page.items.map((upload): XmlField => ["Upload", uploadFields(upload, text, context.ownerId)]),
      ...page.commonPrefixes.map((common): XmlField => ["CommonPrefixes", [["Prefix", text(common)]]]),
    ]),
  };
};

export const listParts: Handler = (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const upload = uploadOf(bucket, request);
  const max = pageSize(request.query, "max-parts");
  const marker = request.query.get("part-number-marker") ?? "0";
  if (!/^\d{1,10}$/.test(marker)) {
    throw invalidArgument("part-number-marker", marker, "Provided part-number-marker not an integer");
  }
  const left = [...upload.parts.values()]
    .filter((part) => part.partNumber > Number(marker))
    .sort((a, b) => a.partNumber - b.partNumber);
  const parts = left.slice(0, max);
  return {
    status: 200,
    body: xmlDocument("ListPartsResult", [
      ["Bucket", bucket.name],
      ["Key", upload.key],
      ["UploadId", upload.uploadId],
      ["PartNumberMarker", marker],
      ["NextPartNumberMarker", parts.at(-1)?.partNumber],
      ["MaxParts", max],
      ["IsTruncated", max > 0 && left.length > max],
      ["StorageClass", upload.attributes.storageClass],
      ["ChecksumAlgorithm", upload.checksum?.algorithm],
      ["ChecksumType", upload.checksum?.type],
      ["Initiator", [["ID", context.ownerId]]],
      ["Owner", [["ID", context.ownerId]]],
      ...parts.map(
        (part): XmlField => [
          "Part",
          [
            ["PartNumber", part.partNumber],
            ["LastModified", new Date(part.lastModifiedMs).toISOString()],
            ["ETag", `"${part.eTag}"`],
            ["Size", part.size],
            ...(upload.checksum === undefined
              ? []
              : [[`Checksum${upload.checksum.algorithm}`, part.checksum] as const]),
          ],
        ],
      ),
    ]),
  };
};

function uploadFields(upload: Upload, text: (key: string) => string, ownerId: string): readonly XmlField[] {
  return [
    ["Key", text(upload.key)],
    ["UploadId", upload.uploadId],
    ["Initiator", [["ID", ownerId]]],
    ["Owner", [["ID", ownerId]]],
    ["StorageClass", upload.attributes.storageClass],
    ["Initiated", new Date(upload.initiatedMs).toISOString()],
    ["ChecksumAlgorithm", upload.checksum?.algorithm],
    ["ChecksumType", upload.checksum?.type],
  ];
}

/** Uploads of one key are listed in the order of their beginning; the map has them so. */
const byKeyThenAge = (a: Upload, b: Upload): number =>
  compareKeys(a.key, b.key) || a.initiatedMs - b.initiatedMs;
