import type { AwsTransport } from "../../aws/transport.ts";
import { type Call, runtimeOf } from "../../core/call.ts";
import { within } from "../../core/within.ts";
import { type ObjectPlace, settledAs, type UploadedObject, writtenAs } from "./look-at-object.ts";
import { type Part, partsOf } from "./part.ts";
import { sendParts } from "./send-parts.ts";
import { takeBack } from "./take-back.ts";

export interface UploadOptions extends ObjectPlace {
  readonly transport: AwsTransport;
  /** 5 MiB at least. Times 10,000 it is the largest object. */
  readonly partBytes: number;
  /** Parts under way at once. With the two that are being filled it is what is held of the stream. */
  readonly concurrency: number;
  /** What else PutObject and CreateMultipartUpload are told: storage class, encryption, metadata, tags. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Kept of the call's time for taking an upload back that did not come to its end. */
  readonly abortReserveMs: number;
}

/** How far an upload has come, for whoever has to take it back. */
export interface UploadProgress {
  /** Whether one may have been created; `uploadId` is known once the answer is there. */
  isCreated: boolean;
  uploadId: unknown;
  /** Requests for parts. */
  readonly underWay: Set<Promise<void>>;
}

/**
 * Uploads a stream as one object: whole, or not at all.
 *
 * A short one is one request. Otherwise parts go up beside each other, and S3 compares the whole object's checksum with ours before there is an
 * object. Whatever ends the upload before, the call's deadline and a source that hangs too, all requests are ended, and it is aborted until S3 knows
 * nothing of it. Only a process that dies leaves one behind, for a lifecycle rule. When the last answer is lost, the object is looked at.
 *
 * Source: Amazon S3 User Guide, "Checking object integrity for data uploads", "Aborting a multipart upload"; API Reference, CompleteMultipartUpload.
 *
 * @throws HoldfastError `UPLOAD_TOO_LONG` beyond 10,000 parts.
 */
export async function uploadObject(
  source: AsyncIterable<Uint8Array>,
  options: UploadOptions,
  call: Call,
): Promise<UploadedObject> {
  const progress: UploadProgress = { isCreated: false, uploadId: undefined, underWay: new Set() };
  const parts = partsOf(source, options.partBytes);
  try {
    return await within(call, call.deadlineMs - options.abortReserveMs, undefined, async (inner) => {
      const [first, second] = [await parts.next(), await parts.next()];
      if (first.done === true || second.done === true)
        return putWhole(first.value ?? undefined, options, inner);
      return sendParts([first.value, second.value], parts, options, progress, inner);
    });
  } catch (error) {
    // A source that hangs is left, and not waited for.
    parts.return().catch(() => {});
    if (progress.isCreated) await takeBack(progress, options, runtimeOf(call));
    throw error;
  }
}

function putWhole(part: Part | undefined, options: UploadOptions, call: Call): Promise<UploadedObject> {
  const { transport, bucket, key, settings } = options;
  const written = writtenAs(options, part);
  const input = {
    ...settings,
    Bucket: bucket,
    Key: key,
    Body: part?.body ?? Buffer.alloc(0),
    ChecksumCRC32: written.crc32,
    IfNoneMatch: "*",
  };
  return settledAs(written, transport, call, () => transport.call("PutObject", input, call));
}
