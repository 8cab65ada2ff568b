import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Plan, PlannedLog, PlannedVersion } from "./logs.ts";

/** One version as S3 took it. */
export interface Uploaded {
  /** `bucket/key@version`, by which everything else knows it. */
  readonly logId: string;
  readonly key: string;
  readonly errors: number | undefined;
  readonly sentMs: number;
  /** Deleted for good at once: it may have been counted before, or be gone. */
  readonly deleted: boolean;
}

export interface UploadOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly clients: number;
  readonly signal: AbortSignal;
  readonly onUploaded: (uploaded: number, of: number) => void;
}

const PART_BYTES = 5 * 1024 * 1024;

/** Puts everything into the bucket from several clients at once, a key's versions one after the other. */
export async function upload(plan: Plan, options: UploadOptions): Promise<readonly Uploaded[]> {
  const { s3, bucket, clients, signal, onUploaded } = options;
  const uploaded: Uploaded[] = [];
  const others = plan.others.map((key) => () => putOther(key));
  const work = [...plan.logs.map((log) => () => putLog(log)), ...others];
  let next = 0;
  let done = 0;

  async function putOther(Key: string): Promise<void> {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "ERROR\n" }), { abortSignal: signal });
  }

  async function putLog({ key, versions, afterwards }: PlannedLog): Promise<void> {
    for (const [index, version] of versions.entries()) {
      const sentMs = Date.now();
      const versionId = await put(key, version);
      const last = index === versions.length - 1;
      const deleted = last && afterwards === "deleted";
      uploaded.push({ logId: `${bucket}/${key}@${versionId}`, key, errors: version.errors, sentMs, deleted });
      if (!last || afterwards === undefined) continue;
      await s3.send(
        new DeleteObjectCommand({ Bucket: bucket, Key: key, ...(deleted ? { VersionId: versionId } : {}) }),
        { abortSignal: signal },
      );
    }
  }

  async function put(Key: string, { body, contentEncoding, inParts }: PlannedVersion): Promise<string> {
    const about = { Bucket: bucket, Key, ContentEncoding: contentEncoding };
    const { VersionId } =
      inParts === true
        ? await putInParts(about, body)
        : await s3.send(new PutObjectCommand({ ...about, Body: body }), { abortSignal: signal });
    if (VersionId === undefined) throw new Error(`S3 gave no version for ${Key}; is the bucket versioned?`);
    return VersionId;
  }

  async function putInParts(about: { readonly Bucket: string; readonly Key: string }, body: Buffer) {
    const abort = { abortSignal: signal };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(about), abort);
    const { Bucket, Key } = about;
    const Parts = [];
    for (let from = 0, PartNumber = 1; from < body.length; from += PART_BYTES, PartNumber++) {
      const Body = body.subarray(from, from + PART_BYTES);
      const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body });
      const { ETag } = await s3.send(part, abort);
      Parts.push({ PartNumber, ETag });
    }
    const all = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
    return s3.send(new CompleteMultipartUploadCommand(all), abort);
  }

  async function client(): Promise<void> {
    for (let index = next++; index < work.length; index = next++) {
      await work[index]?.();
      onUploaded(++done, work.length);
    }
  }
  await Promise.all(Array.from({ length: clients }, client));
  return uploaded;
}

/** The notification of a version that is not there any more: it has come late, as S3's may. */
export function lateNotification(bucket: string, key: string, eventTime: string): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        eventTime,
        eventName: "ObjectCreated:Put",
        s3: {
          bucket: { name: bucket },
          object: { key: encodeURIComponent(key), versionId: LATE_VERSION, eTag: "0", sequencer: "00" },
        },
      },
    ],
  });
}

export const LATE_VERSION = "deleted-long-ago";
