import { createHash } from "node:crypto";
import { bucketOf, noSuchBucket, type S3Context } from "../context.ts";
import type { EventName } from "../notifications/notification-rules.ts";
import type { S3Request } from "../request.ts";
import { S3Error } from "../s3-error.ts";
import type { Bucket, ConditionalWrite, Encryption, ObjectVersion } from "../state.ts";
import { checkWriteCondition, type WriteCondition } from "./conditions.ts";
import { addVersion, currentObject } from "./versions.ts";

/**
 * Runs a write that may be conditional. `work` receives its bytes, then calls `check` and commits in one turn, so
 * that of two writers under one condition the first to finish wins and the other gets 412.
 *
 * `check` throws PreconditionFailed. When a delete of the key succeeded since the write began, or its caller knows of
 * one, it throws ConditionalRequestConflict (409), or NoSuchKey (404) under If-Match while the key is gone (AWS page
 * 'How to prevent object overwrites with conditional writes').
 */
export async function conditionally<T>(
  bucket: Bucket,
  key: string,
  condition: WriteCondition | undefined,
  work: (check: (deletedBefore?: boolean) => void) => Promise<T>,
): Promise<T> {
  if (condition === undefined) return work(() => {});
  const write: ConditionalWrite = { conflict: false };
  const writes = bucket.conditionalWrites.get(key) ?? new Set();
  bucket.conditionalWrites.set(key, writes.add(write));
  try {
    return await work((deletedBefore = false) => {
      const current = currentObject(bucket, key);
      const isGone = condition.type === "match" && current === undefined;
      if ((write.conflict || deletedBefore) && !isGone) throw conditionalRequestConflict(condition, key);
      checkWriteCondition(condition, current, key);
    });
  } finally {
    writes.delete(write);
    if (writes.size === 0 && bucket.conditionalWrites.get(key) === writes) {
      bucket.conditionalWrites.delete(key);
    }
  }
}

const conditionalRequestConflict = (condition: WriteCondition, key: string): S3Error =>
  new S3Error(
    "ConditionalRequestConflict",
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
    { fields: { Condition: condition.type === "absent" ? "If-None-Match" : "If-Match", Key: key } },
  );

/** Makes a version current, forgets what it replaces, and tells of it. */
export async function commitObject(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  object: ObjectVersion,
  eventName: EventName,
): Promise<void> {
  const replaced = addVersion(bucket, object);
  emit(context, request, bucket, eventName, object);
  await dropBodies(context, replaced);
}

/** Deletes the files of versions that are gone. */
export async function dropBodies(
  context: S3Context,
  versions: readonly (ObjectVersion | { readonly type: "delete-marker" })[],
): Promise<void> {
  for (const version of versions) {
    if (version.type === "object") await context.files.drop(version.segments);
  }
}

/** @throws S3Error NoSuchBucket when the bucket went while a body came. */
export function checkBucketStands(context: S3Context, bucket: Bucket): void {
  if (bucketOf(context, bucket.name) !== bucket) throw noSuchBucket(bucket.name);
}

export function emit(
  context: S3Context,
  request: Pick<S3Request, "requestId" | "sourceIp">,
  bucket: Bucket,
  name: EventName,
  of: {
    readonly key: string;
    readonly versionId: string;
    readonly size?: number;
    readonly eTag?: string;
    readonly restored?: { readonly expiresMs: number; readonly storageClass: string };
  },
): void {
  context.notifier.emit(bucket.notifications, {
    name,
    bucket: bucket.name,
    key: of.key,
    requestId: request.requestId,
    sourceIp: request.sourceIp,
    ...(bucket.versioning === undefined ? {} : { versionId: of.versionId }),
    ...(of.size === undefined ? {} : { size: of.size }),
    ...(of.eTag === undefined ? {} : { eTag: of.eTag }),
    ...(of.restored === undefined ? {} : { restoration: of.restored }),
  });
}

/**
 * An ETag is the MD5 of the bytes, unless KMS encrypts them: then it is nobody's digest (AWS page 'Object', its
 * ETag field).
 */
export function eTagFor(encryption: Encryption, md5Hex: string, salt: string): string {
  if (encryption.algorithm === "AES256") return md5Hex;
  return createHash("md5").update(md5Hex).update(salt).digest("hex");
}
