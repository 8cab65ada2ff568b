import { receiveXml } from "../bodies/receive-body.ts";
import { bucketOf, type Handler } from "../context.ts";
import { deleteKey } from "../objects/delete-key.ts";
import { malformedXml, notImplemented, S3Error } from "../s3-error.ts";
import { childrenOf, optionalText, readXml, requiredText, type XmlNode } from "../xml-read.ts";
import { type XmlField, xmlDocument } from "../xml-write.ts";

export const deleteObject: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const deletion = await deleteKey(context, request, bucket, {
    key: request.key,
    versionId: request.query.get("versionId"),
    ifMatch: request.headers.get("if-match"),
  });
  return {
    status: 204,
    headers: {
      ...(deletion.versionId === undefined ? {} : { "x-amz-version-id": deletion.versionId }),
      ...(deletion.marker ? { "x-amz-delete-marker": "true" } : {}),
    },
  };
};

export const deleteObjects: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const xml = readXml(await receiveXml(request, { checksumRequired: true }), "Delete");
  const of = childrenOf(xml, ["Object", "Quiet"]);
  const quiet = optionalText(of.Quiet) === "true";
  if (of.Object.length === 0 || of.Object.length > 1_000) throw malformedXml();
  // All are read before any is deleted: a document that is wrong deletes nothing.
  const targets = of.Object.map(readTarget);
  const fields: XmlField[] = [];
  for (const target of targets) {
    const named: readonly XmlField[] = [
      ["Key", target.key],
      ["VersionId", target.versionId],
    ];
    try {
      const { marker, created, versionId } = await deleteKey(context, request, bucket, target);
      const more: readonly XmlField[] = marker
        ? [
            ["DeleteMarker", true],
            ["DeleteMarkerVersionId", versionId],
          ]
        : [];
      if (!quiet) fields.push(["Deleted", [...(created ? named.slice(0, 1) : named), ...more]]);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      fields.push(["Error", [...named, ["Code", error.code], ["Message", error.message]]]);
    }
  }
  return { status: 200, body: xmlDocument("DeleteResult", fields) };
};

function readTarget(node: XmlNode): {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly ifMatch: string | undefined;
} {
  const of = childrenOf(node, ["Key", "VersionId", "ETag", "LastModifiedTime", "Size"]);
  if (of.LastModifiedTime.length + of.Size.length > 0) {
    throw notImplemented("LastModifiedTime and Size, which only directory buckets have");
  }
  const key = requiredText(of.Key);
  if (key === "") throw new S3Error("MalformedXML", "A Key to delete is empty.");
  return { key, versionId: optionalText(of.VersionId) || undefined, ifMatch: optionalText(of.ETag) };
}
