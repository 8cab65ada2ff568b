import { receiveXml } from "../bodies/receive-body.ts";
import { bucketOf, type Handler } from "../context.ts";
import { readLifecycleRules, writeLifecycleRules } from "../lifecycle-rules.ts";
import { scheduleAbort } from "../multipart/upload-expiry.ts";
import {
  readNotificationConfiguration,
  writeNotificationConfiguration,
} from "../notifications/notification-xml.ts";
import { malformedXml, notImplemented, S3Error } from "../s3-error.ts";
import { childrenOf, optionalText, readXml } from "../xml-read.ts";
import { xmlDocument } from "../xml-write.ts";

export const putBucketVersioning: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const of = childrenOf(readXml(await receiveXml(request), "VersioningConfiguration"), [
    "Status",
    "MfaDelete",
  ]);
  const status = optionalText(of.Status);
  if ((optionalText(of.MfaDelete) ?? "Disabled") !== "Disabled") throw notImplemented("MfaDelete");
  if (status === undefined) {
    throw new S3Error("IllegalVersioningConfigurationException", "The Versioning element must be specified");
  }
  if (status !== "Enabled" && status !== "Suspended") throw malformedXml();
  bucket.versioning = status;
  return { status: 200 };
};

export const getBucketVersioning: Handler = (context, request) => ({
  status: 200,
  body: xmlDocument("VersioningConfiguration", [["Status", bucketOf(context, request.bucket).versioning]]),
});

export const putBucketLifecycle: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  bucket.lifecycle = readLifecycleRules(await receiveXml(request, { checksumRequired: true }));
  for (const upload of bucket.uploads.values()) scheduleAbort(context, bucket, upload);
  return { status: 200 };
};

export const getBucketLifecycle: Handler = (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  if (bucket.lifecycle.length === 0) {
    throw new S3Error("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", {
      fields: { BucketName: bucket.name },
    });
  }
  return { status: 200, body: writeLifecycleRules(bucket.lifecycle) };
};

export const deleteBucketLifecycle: Handler = (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  bucket.lifecycle = [];
  for (const upload of bucket.uploads.values()) scheduleAbort(context, bucket, upload);
  return { status: 204 };
};

export const putBucketNotification: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const configuration = readNotificationConfiguration(await receiveXml(request));
  await context.notifier.validate(configuration, {
    bucket: bucket.name,
    requestId: request.requestId,
    skip: request.headers.get("x-amz-skip-destination-validation") === "true",
  });
  bucket.notifications = configuration;
  return { status: 200 };
};

export const getBucketNotification: Handler = (context, request) => ({
  status: 200,
  body: writeNotificationConfiguration(bucketOf(context, request.bucket).notifications),
});
