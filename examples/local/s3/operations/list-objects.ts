import { bucketOf, type Handler } from "../context.ts";
import { compareKeys } from "../key-text.ts";
import { listPage } from "../lists/list-page.ts";
import { keyListQuery, pageSize } from "../lists/list-query.ts";
import { objectsInOrder } from "../objects/versions.ts";
import { invalidArgument } from "../s3-error.ts";
import type { ObjectVersion } from "../state.ts";
import { type XmlField, xmlDocument } from "../xml-write.ts";

export const listObjectsV2: Handler = (context, request) => {
  const { query } = request;
  const bucket = bucketOf(context, request.bucket);
  const { prefix, delimiter, encoding, text } = keyListQuery(query);
  const startAfter = query.get("start-after");
  const max = pageSize(query, "max-keys");
  const token = query.get("continuation-token");
  const from = token === undefined ? undefined : readToken(token);
  // A token goes on where its page ended; start-after counts for the first page only.
  const after = from?.key ?? startAfter ?? "";
  const page = listPage(objectsInOrder(bucket), {
    prefix,
    delimiter,
    max,
    isAfter: ({ key }) => compareKeys(key, after) > 0,
    ...(from?.isPrefix === true ? { afterPrefix: from.key } : {}),
  });
  const owner: XmlField = [
    "Owner",
    query.get("fetch-owner") === "true" ? [["ID", context.ownerId]] : undefined,
  ];
  return {
    status: 200,
    body: xmlDocument("ListBucketResult", [
      ["Name", bucket.name],
      ["Prefix", text(prefix)],
      ["Delimiter", delimiter === "" ? undefined : text(delimiter)],
      ["MaxKeys", max],
      ["EncodingType", encoding],
      ["KeyCount", page.items.length + page.commonPrefixes.length],
      ["IsTruncated", page.next !== undefined],
      ["ContinuationToken", token],
      ["NextContinuationToken", page.next === undefined ? undefined : writeToken(page.next)],
      ["StartAfter", startAfter === undefined ? undefined : text(startAfter)],
      ...page.items.map((object): XmlField => ["Contents", [...contents(object, text), owner]]),
      ...page.commonPrefixes.map((common): XmlField => ["CommonPrefixes", [["Prefix", text(common)]]]),
    ]),
  };
};

const contents = (object: ObjectVersion, text: (key: string) => string): readonly XmlField[] => [
  ["Key", text(object.key)],
  ["LastModified", new Date(object.lastModifiedMs).toISOString()],
  ["ETag", `"${object.eTag}"`],
  ["ChecksumAlgorithm", object.checksum.algorithm],
  ["ChecksumType", object.checksum.type],
  ["Size", object.size],
  ["StorageClass", object.storageClass],
];

/** Tokens are opaque: where the page ended, in base64url. */
function writeToken(next: { readonly after: ObjectVersion } | { readonly afterPrefix: string }): string {
  const text = "after" in next ? `k${next.after.key}` : `p${next.afterPrefix}`;
  return Buffer.from(text).toString("base64url");
}

function readToken(token: string): { readonly key: string; readonly isPrefix: boolean } {
  const text = Buffer.from(token, "base64url").toString();
  if (!/^[kp]./s.test(text) || Buffer.from(text).toString("base64url") !== token) {
    throw invalidArgument("continuation-token", token, "The continuation token provided is incorrect");
  }
  return { key: text.slice(1), isPrefix: text.startsWith("p") };
}
