import { receiveXml } from "../bodies/receive-body.ts";
import { bucketOf, type Handler, type S3Context } from "../context.ts";
import { versionHeaders } from "../objects/object-headers.ts";
import { checkTags } from "../objects/tags.ts";
import { readableVersion, replaceVersion } from "../objects/versions.ts";
import type { S3Request } from "../request.ts";
import { malformedXml } from "../s3-error.ts";
import type { Bucket, ObjectVersion } from "../state.ts";
import { childrenOf, readXml, requiredText } from "../xml-read.ts";
import { type XmlField, xmlDocument } from "../xml-write.ts";

export const putObjectTagging: Handler = async (context, request) => {
  const xml = readXml(await receiveXml(request, { checksumRequired: true }), "Tagging");
  const [tagSet] = childrenOf(xml, ["TagSet"]).TagSet;
  if (tagSet === undefined) throw malformedXml();
  const tags = checkTags(
    childrenOf(tagSet, ["Tag"]).Tag.map((tag) => {
      const of = childrenOf(tag, ["Key", "Value"]);
      return [requiredText(of.Key), requiredText(of.Value)] as const;
    }),
  );
  const { bucket, object } = target(context, request);
  replaceVersion(bucket, object, { ...object, tags });
  return { status: 200, headers: versionHeaders(bucket, object.versionId) };
};

export const getObjectTagging: Handler = (context, request) => {
  const { bucket, object } = target(context, request);
  const tags = Object.entries(object.tags).map(
    ([name, value]): XmlField => [
      "Tag",
      [
        ["Key", name],
        ["Value", value],
      ],
    ],
  );
  return {
    status: 200,
    headers: versionHeaders(bucket, object.versionId),
    body: xmlDocument("Tagging", [["TagSet", tags]]),
  };
};

export const deleteObjectTagging: Handler = (context, request) => {
  const { bucket, object } = target(context, request);
  replaceVersion(bucket, object, { ...object, tags: {} });
  return { status: 204, headers: versionHeaders(bucket, object.versionId) };
};

function target(
  context: S3Context,
  request: S3Request,
): { readonly bucket: Bucket; readonly object: ObjectVersion } {
  const bucket = bucketOf(context, request.bucket);
  return { bucket, object: readableVersion(bucket, request.key, request.query.get("versionId")) };
}
