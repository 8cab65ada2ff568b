import { encodeKey } from "../key-text.ts";
import type { EventName } from "./notification-rules.ts";

/** What happened to an object. */
export interface ObjectEvent {
  readonly name: EventName;
  readonly bucket: string;
  readonly key: string;
  readonly timeMs: number;
  /** Grows with every event of a key; compared as hexadecimal. */
  readonly sequencer: string;
  readonly requestId: string;
  readonly sourceIp: string;
  /** Undefined in a bucket that never was versioned. */
  readonly versionId?: string;
  /** Undefined for removals. */
  readonly size?: number;
  /** Undefined for a permanent removal; a delete marker has the ETag of nothing. */
  readonly eTag?: string;
  /** Of a restoration that is complete. */
  readonly restoration?: { readonly expiresMs: number; readonly storageClass: string };
}

/** Where a bucket lives. */
export interface Home {
  readonly region: string;
  readonly accountId: string;
}

/** An event for EventBridge, as PutEvents takes it (in AWS only S3 itself may use the source `aws.s3`). */
export interface BusEntry {
  readonly source: "aws.s3";
  readonly detailType: string;
  readonly timeMs: number;
  readonly resources: readonly string[];
  /** JSON. */
  readonly detail: string;
}

/** The message for queues, topics and functions (AWS page 'Event message structure'): one record, key URL-encoded. */
export function notificationMessage(event: ObjectEvent, configurationId: string, home: Home): string {
  const record = {
    eventVersion: event.name === "ObjectRestore:Delete" ? "2.3" : "2.1",
    eventSource: "aws:s3",
    awsRegion: home.region,
    eventTime: new Date(event.timeMs).toISOString(),
    eventName: event.name,
    userIdentity: { principalId: `AWS:${home.accountId}` },
    requestParameters: { sourceIPAddress: event.sourceIp },
    responseElements: { "x-amz-request-id": event.requestId, "x-amz-id-2": `local/${event.requestId}` },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId,
      bucket: {
        name: event.bucket,
        ownerIdentity: { principalId: home.accountId },
        arn: bucketArn(event.bucket),
      },
      object: {
        key: encodeKey(event.key),
        size: event.size,
        eTag: event.eTag,
        versionId: event.versionId,
        sequencer: event.sequencer,
      },
    },
    ...(event.restoration === undefined
      ? {}
      : {
          glacierEventData: {
            restoreEventData: {
              lifecycleRestorationExpiryTime: new Date(event.restoration.expiresMs).toISOString(),
              lifecycleRestoreStorageClass: event.restoration.storageClass,
            },
          },
        }),
  };
  return JSON.stringify({ Records: [record] });
}

/** What S3 sends to a queue or topic when it is configured. */
export function testMessage(bucket: string, timeMs: number, requestId: string): string {
  return JSON.stringify({
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: new Date(timeMs).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: `local/${requestId}`,
  });
}

/** The event for EventBridge (AWS page 'EventBridge event message structure'): its key is not URL-encoded. */
export function busEntry(event: ObjectEvent, home: Home): BusEntry {
  const { detailType, ...more } = BUS_FORMS[event.name];
  const detail = {
    version: "0",
    bucket: { name: event.bucket },
    object: {
      key: event.key,
      size: event.size,
      etag: event.eTag,
      "version-id": event.versionId,
      ...(event.name.startsWith("ObjectRestore:") ? {} : { sequencer: event.sequencer }),
    },
    "request-id": event.requestId,
    requester: event.name === "ObjectRestore:Completed" ? "s3.amazonaws.com" : home.accountId,
    "source-ip-address": event.sourceIp,
    ...more,
    ...(event.restoration === undefined
      ? {}
      : {
          "restore-expiry-time": new Date(event.restoration.expiresMs).toISOString(),
          "source-storage-class": event.restoration.storageClass,
        }),
  };
  return {
    source: "aws.s3",
    detailType,
    timeMs: event.timeMs,
    resources: [bucketArn(event.bucket)],
    detail: JSON.stringify(detail),
  };
}

type BusForm = { readonly detailType: string; readonly reason?: string; readonly "deletion-type"?: string };

const BUS_FORMS: Readonly<Record<EventName, BusForm>> = {
  "ObjectCreated:Put": { detailType: "Object Created", reason: "PutObject" },
  "ObjectCreated:Copy": { detailType: "Object Created", reason: "CopyObject" },
  "ObjectCreated:CompleteMultipartUpload": {
    detailType: "Object Created",
    reason: "CompleteMultipartUpload",
  },
  "ObjectRemoved:Delete": {
    detailType: "Object Deleted",
    reason: "DeleteObject",
    "deletion-type": "Permanently Deleted",
  },
  "ObjectRemoved:DeleteMarkerCreated": {
    detailType: "Object Deleted",
    reason: "DeleteObject",
    "deletion-type": "Delete Marker Created",
  },
  "ObjectRestore:Post": { detailType: "Object Restore Initiated" },
  "ObjectRestore:Completed": { detailType: "Object Restore Completed" },
  "ObjectRestore:Delete": { detailType: "Object Restore Expired" },
};

const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;
