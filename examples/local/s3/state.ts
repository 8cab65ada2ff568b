import type { Segment } from "./bodies/body-files.ts";
import type { Checksum, ChecksumAlgorithm, ChecksumType } from "./checksums/checksums.ts";
import type { LifecycleRule } from "./lifecycle-rules.ts";
import type { NotificationConfiguration } from "./notifications/notification-rules.ts";
import type { StorageClass } from "./objects/storage-class.ts";

/** What a writer says of an object besides its bytes. */
export interface ObjectAttributes {
  /** Content-Type, Cache-Control and their like, by lower-case name. */
  readonly contentHeaders: Readonly<Record<string, string>>;
  /** User metadata, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly storageClass: StorageClass;
  readonly encryption: Encryption;
}

export interface Encryption {
  readonly algorithm: "AES256" | "aws:kms" | "aws:kms:dsse";
  readonly keyId?: string;
  readonly bucketKey: boolean;
}

/** A part of an object that was uploaded in parts; `checksum` is base64. */
export interface ObjectPart {
  readonly partNumber: number;
  readonly size: number;
  readonly checksum: string;
}

/** An object, or one version of it. All but tags and restoration never change. */
export interface ObjectVersion extends ObjectAttributes {
  readonly type: "object";
  readonly key: string;
  /** `null` (the text) for what was written while versioning was not enabled. */
  readonly versionId: string;
  readonly lastModifiedMs: number;
  readonly size: number;
  /** Without quotes. */
  readonly eTag: string;
  readonly segments: readonly Segment[];
  readonly checksum: Checksum;
  /** Undefined unless it was uploaded in parts. */
  readonly parts?: readonly ObjectPart[];
  /** A copy in the standard class of what is archived; `expiresMs` is undefined while it is being made. */
  readonly restoration?: { readonly expiresMs?: number };
}

export interface DeleteMarker {
  readonly type: "delete-marker";
  readonly key: string;
  readonly versionId: string;
  readonly lastModifiedMs: number;
}

export type Version = ObjectVersion | DeleteMarker;

/** A part while its upload is open. */
export interface UploadedPart extends ObjectPart {
  readonly eTag: string;
  readonly lastModifiedMs: number;
  readonly segment: Segment;
}

export interface Upload {
  readonly uploadId: string;
  readonly key: string;
  readonly initiatedMs: number;
  readonly attributes: ObjectAttributes;
  /** Undefined when the creator named none: then parts may bring any, and S3 keeps its own. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
  readonly parts: Map<number, UploadedPart>;
  /** A delete of its key succeeded since it began: its completion cannot be conditional any more. */
  keyDeleted: boolean;
  /** A conditional completion failed for that: only a new upload can succeed. */
  conflicted: boolean;
  /** Cancels the abort that a lifecycle rule has in store. */
  cancelAbort: () => void;
}

export interface Bucket {
  readonly name: string;
  readonly createdMs: number;
  versioning: "Enabled" | "Suspended" | undefined;
  lifecycle: readonly LifecycleRule[];
  notifications: NotificationConfiguration;
  /** Each key's versions, the newest first; a key without versions is not in it. */
  readonly objects: Map<string, readonly Version[]>;
  readonly uploads: Map<string, Upload>;
  /** Conditional writes under way, by key: a delete in the meantime makes them conflict. */
  readonly conditionalWrites: Map<string, Set<ConditionalWrite>>;
  /** Keys in the order of lists, until one comes or goes. */
  sortedKeys: readonly string[] | undefined;
}

export interface ConditionalWrite {
  conflict: boolean;
}

export const newBucket = (name: string, createdMs: number): Bucket => ({
  name,
  createdMs,
  versioning: undefined,
  lifecycle: [],
  notifications: { targets: [], eventBridge: false },
  objects: new Map(),
  uploads: new Map(),
  conditionalWrites: new Map(),
  sortedKeys: undefined,
});
