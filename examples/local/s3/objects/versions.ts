import { randomBytes } from "node:crypto";
import { compareKeys } from "../key-text.ts";
import { S3Error } from "../s3-error.ts";
import type { Bucket, ObjectVersion, Version } from "../state.ts";

/** The version id that a write gives: an id of its own only while versioning is enabled. */
export const newVersionId = (bucket: Bucket): string =>
  bucket.versioning === "Enabled" ? randomBytes(24).toString("base64url") : "null";

export const currentVersion = (bucket: Bucket, key: string): Version | undefined =>
  bucket.objects.get(key)?.[0];

/** The current object; undefined when there is none or a delete marker hides it. */
export function currentObject(bucket: Bucket, key: string): ObjectVersion | undefined {
  const current = currentVersion(bucket, key);
  return current?.type === "object" ? current : undefined;
}

export const versionOf = (bucket: Bucket, key: string, versionId: string): Version | undefined =>
  bucket.objects.get(key)?.find((version) => version.versionId === versionId);

/**
 * The version that a read asks for.
 *
 * @throws S3Error NoSuchKey (404), also behind a delete marker; NoSuchVersion (404); MethodNotAllowed (405) for a
 * delete marker that is asked for by its id.
 */
export function readableVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
  const version =
    versionId === undefined ? currentVersion(bucket, key) : versionOf(bucket, key, checkVersionId(versionId));
  if (version === undefined) throw versionId === undefined ? noSuchKey(key) : noSuchVersion(key, versionId);
  if (version.type === "object") return version;
  const headers = { "x-amz-delete-marker": "true", "x-amz-version-id": version.versionId };
  if (versionId === undefined) throw noSuchKey(key, headers);
  throw new S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", {
    fields: { Method: "GET", ResourceType: "DeleteMarker" },
    headers: {
      ...headers,
      allow: "DELETE",
      "last-modified": new Date(version.lastModifiedMs).toUTCString(),
    },
  });
}

/** @throws S3Error InvalidArgument for what cannot be a version id. */
export function checkVersionId(versionId: string): string {
  if (/^[\w.-]{1,1024}$/.test(versionId)) return versionId;
  throw new S3Error("InvalidArgument", "Invalid version id specified", {
    fields: { ArgumentName: "versionId", ArgumentValue: versionId },
  });
}

/** Puts a version on top. What it replaces is returned: without an id of its own it takes the place of `null`. */
export function addVersion(bucket: Bucket, version: Version): readonly Version[] {
  const before = bucket.objects.get(version.key) ?? [];
  const replaced = before.filter(({ versionId }) => versionId === version.versionId);
  setVersions(bucket, version.key, [version, ...before.filter((one) => !replaced.includes(one))]);
  return replaced;
}

/** Takes one version away; the one beneath it becomes current. */
export function removeVersion(bucket: Bucket, version: Version): void {
  const left = (bucket.objects.get(version.key) ?? []).filter((one) => one !== version);
  setVersions(bucket, version.key, left);
}

/** Changes a version in place: its tags or its restoration. Nothing happens when it is gone. */
export function replaceVersion(bucket: Bucket, before: ObjectVersion, after: ObjectVersion): void {
  const versions = bucket.objects.get(before.key) ?? [];
  setVersions(
    bucket,
    before.key,
    versions.map((one) => (one === before ? after : one)),
  );
}

/** All versions in the order of ListObjectVersions: by key, the newest first. */
export function* versionsInOrder(bucket: Bucket): Generator<Version> {
  for (const key of sortedKeys(bucket)) yield* bucket.objects.get(key) ?? [];
}

/** Current objects in the order of ListObjectsV2. */
export function* objectsInOrder(bucket: Bucket): Generator<ObjectVersion> {
  for (const key of sortedKeys(bucket)) {
    const object = currentObject(bucket, key);
    if (object !== undefined) yield object;
  }
}

function sortedKeys(bucket: Bucket): readonly string[] {
  bucket.sortedKeys ??= [...bucket.objects.keys()].sort(compareKeys);
  return bucket.sortedKeys;
}

function setVersions(bucket: Bucket, key: string, versions: readonly Version[]): void {
  if (bucket.objects.has(key) !== versions.length > 0) bucket.sortedKeys = undefined;
  if (versions.length === 0) bucket.objects.delete(key);
  else bucket.objects.set(key, versions);
}

const noSuchKey = (key: string, headers: Readonly<Record<string, string>> = {}): S3Error =>
  new S3Error("NoSuchKey", "The specified key does not exist.", { fields: { Key: key }, headers });

const noSuchVersion = (key: string, versionId: string): S3Error =>
  new S3Error("NoSuchVersion", "The specified version does not exist.", {
    fields: { Key: key, VersionId: versionId },
  });
