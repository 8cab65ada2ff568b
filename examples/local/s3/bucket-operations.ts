import type { Handler } from "./context.ts";
import type { Operation } from "./operation.ts";
import {
  deleteBucketLifecycle,
  getBucketLifecycle,
  getBucketNotification,
  getBucketVersioning,
  putBucketLifecycle,
  putBucketNotification,
  putBucketVersioning,
} from "./operations/bucket-settings.ts";
import { createBucket, deleteBucket, headBucket, listBuckets } from "./operations/buckets.ts";
import { deleteObjects } from "./operations/delete-objects.ts";
import { listObjectsV2 } from "./operations/list-objects.ts";
import { listMultipartUploads } from "./operations/list-uploads.ts";
import { listObjectVersions } from "./operations/list-versions.ts";

const PAGE = ["prefix", "delimiter", "encoding-type"] as const;

/** On buckets, and the one on the service. */
export const BUCKET_OPERATIONS: readonly Operation[] = [
  { name: "ListBuckets", method: "GET", level: "service", handle: listBuckets },
  {
    name: "CreateBucket",
    method: "PUT",
    level: "bucket",
    handle: createBucket,
    body: true,
    headers: [],
  },
  { name: "DeleteBucket", method: "DELETE", level: "bucket", handle: deleteBucket },
  { name: "HeadBucket", method: "HEAD", level: "bucket", handle: headBucket },
  {
    name: "ListObjectsV2",
    method: "GET",
    level: "bucket",
    handle: listObjectsV2,
    marks: ["list-type"],
    query: [...PAGE, "max-keys", "continuation-token", "start-after", "fetch-owner"],
  },
  {
    name: "ListObjectVersions",
    method: "GET",
    level: "bucket",
    handle: listObjectVersions,
    marks: ["versions"],
    query: [...PAGE, "max-keys", "key-marker", "version-id-marker"],
  },
  {
    name: "ListMultipartUploads",
    method: "GET",
    level: "bucket",
    handle: listMultipartUploads,
    marks: ["uploads"],
    query: [...PAGE, "max-uploads", "key-marker", "upload-id-marker"],
  },
  {
    name: "DeleteObjects",
    method: "POST",
    level: "bucket",
    handle: deleteObjects,
    marks: ["delete"],
    body: true,
  },
  ...setting("Versioning", "versioning", { put: putBucketVersioning, get: getBucketVersioning }),
  ...setting("LifecycleConfiguration", "lifecycle", {
    put: putBucketLifecycle,
    get: getBucketLifecycle,
    delete: deleteBucketLifecycle,
  }),
  ...setting("NotificationConfiguration", "notification", {
    put: putBucketNotification,
    get: getBucketNotification,
    headers: ["x-amz-skip-destination-validation"],
  }),
];

/** The operations of one bucket setting. */
function setting(
  name: string,
  mark: string,
  of: {
    readonly put: Handler;
    readonly get: Handler;
    readonly delete?: Handler;
    readonly headers?: readonly string[];
  },
): readonly Operation[] {
  const common = { level: "bucket", marks: [mark] } as const;
  return [
    {
      ...common,
      name: `PutBucket${name}`,
      method: "PUT",
      handle: of.put,
      body: true,
      headers: of.headers ?? [],
    },
    { ...common, name: `GetBucket${name}`, method: "GET", handle: of.get },
    ...(of.delete === undefined
      ? []
      : [{ ...common, name: `DeleteBucket${name}`, method: "DELETE", handle: of.delete } as const]),
  ];
}
