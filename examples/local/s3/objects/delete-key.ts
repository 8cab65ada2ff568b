import type { S3Context } from "../context.ts";
import type { S3Request } from "../request.ts";
import type { Bucket, DeleteMarker } from "../state.ts";
import { dropBodies, emit } from "./commit.ts";
import { checkWriteCondition, preconditionFailed, unquoted } from "./conditions.ts";
import {
  addVersion,
  checkVersionId,
  currentObject,
  currentVersion,
  newVersionId,
  removeVersion,
  versionOf,
} from "./versions.ts";

/** What a deletion did: which version it removed or, as a marker, added. */
export interface Deletion {
  readonly versionId?: string;
  /** Whether that version is a delete marker. */
  readonly marker: boolean;
  /** Whether the marker is new, not removed. */
  readonly created: boolean;
}

/** The MD5 of nothing: a delete marker's ETag in notifications. */
const ETAG_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e";

/**
 * Deletes a key or one of its versions (AWS page 'Deleting object versions from a versioning-enabled bucket').
 * Deleting what is not there succeeds and tells nobody.
 *
 * @throws S3Error PreconditionFailed or NoSuchKey when `ifMatch` does not hold for the current version (AWS page 'How
 * to perform conditional deletes').
 */
export async function deleteKey(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  target: {
    readonly key: string;
    readonly versionId?: string | undefined;
    readonly ifMatch?: string | undefined;
  },
): Promise<Deletion> {
  const { key } = target;
  if (target.ifMatch !== undefined) {
    // Under * a delete marker is a condition that does not hold, and nothing at all is a key that is not found.
    if (target.ifMatch === "*" && currentVersion(bucket, key)?.type === "delete-marker") {
      throw preconditionFailed("If-Match");
    }
    const condition = { type: "match", eTag: unquoted(target.ifMatch) } as const;
    checkWriteCondition(condition, currentObject(bucket, key), key);
  }
  for (const write of bucket.conditionalWrites.get(key) ?? []) write.conflict = true;
  for (const upload of bucket.uploads.values()) upload.keyDeleted ||= upload.key === key;
  if (target.versionId !== undefined || bucket.versioning === undefined) {
    const versionId = target.versionId === undefined ? "null" : checkVersionId(target.versionId);
    const version = versionOf(bucket, key, versionId);
    const deleted = bucket.versioning === undefined ? {} : { versionId };
    if (version === undefined) return { ...deleted, marker: false, created: false };
    removeVersion(bucket, version);
    emit(context, request, bucket, "ObjectRemoved:Delete", { key, versionId });
    await dropBodies(context, [version]);
    return { ...deleted, marker: version.type === "delete-marker", created: false };
  }
  const marker: DeleteMarker = {
    type: "delete-marker",
    key,
    versionId: newVersionId(bucket),
    lastModifiedMs: context.clock.now(),
  };
  const replaced = addVersion(bucket, marker);
  emit(context, request, bucket, "ObjectRemoved:DeleteMarkerCreated", {
    key,
    versionId: marker.versionId,
    eTag: ETAG_OF_NOTHING,
  });
  await dropBodies(context, replaced);
  return { versionId: marker.versionId, marker: true, created: true };
}
