import { receiveXml } from "../bodies/receive-body.ts";
import { checkBucketName } from "../bucket-name.ts";
import { bucketOf, type Handler } from "../context.ts";
import { S3Error } from "../s3-error.ts";
import { newBucket } from "../state.ts";
import { childrenOf, optionalText, readXml } from "../xml-read.ts";
import { type XmlField, xmlDocument } from "../xml-write.ts";

export const createBucket: Handler = async (context, request) => {
  const xml = await receiveXml(request);
  checkBucketName(request.bucket);
  checkLocation(xml, context.region);
  if (context.buckets.has(request.bucket) && context.region !== "us-east-1") {
    throw new S3Error(
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.",
      { fields: { BucketName: request.bucket } },
    );
  }
  // In us-east-1 creating one's own bucket again succeeds, and changes nothing.
  if (!context.buckets.has(request.bucket)) {
    context.buckets.set(request.bucket, newBucket(request.bucket, context.clock.now()));
  }
  return { status: 200, headers: { location: `/${request.bucket}`, "content-length": 0 } };
};

/** A region other than us-east-1 must be named by those who create buckets in it. */
function checkLocation(xml: string, region: string): void {
  const of =
    xml === "" ? undefined : childrenOf(readXml(xml, "CreateBucketConfiguration"), ["LocationConstraint"]);
  const constraint = of === undefined ? undefined : optionalText(of.LocationConstraint);
  if ((constraint ?? "us-east-1") === region && constraint !== "us-east-1") return;
  throw new S3Error(
    "IllegalLocationConstraintException",
    `The ${constraint ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

export const deleteBucket: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  if (bucket.objects.size > 0) {
    const why = bucket.versioning === undefined ? "" : " You must delete all versions in the bucket.";
    throw new S3Error("BucketNotEmpty", `The bucket you tried to delete is not empty.${why}`, {
      fields: { BucketName: bucket.name },
    });
  }
  context.buckets.delete(bucket.name);
  for (const upload of bucket.uploads.values()) {
    upload.cancelAbort();
    await context.files.drop([...upload.parts.values()].map(({ segment }) => segment));
  }
  return { status: 204 };
};

export const headBucket: Handler = (context, request) => {
  bucketOf(context, request.bucket);
  return { status: 200, headers: { "x-amz-bucket-region": context.region } };
};

export const listBuckets: Handler = (context) => {
  const buckets = [...context.buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    status: 200,
    body: xmlDocument("ListAllMyBucketsResult", [
      ["Owner", [["ID", context.ownerId]]],
      [
        "Buckets",
        buckets.map(
          (bucket): XmlField => [
            "Bucket",
            [
              ["Name", bucket.name],
              ["CreationDate", new Date(bucket.createdMs).toISOString()],
              ["BucketRegion", context.region],
            ],
          ],
        ),
      ],
    ]),
  };
};
