import { awsSaysRetryable } from "../../aws/aws-error.ts";
import { type Call, openCall, scopeOf } from "../../core/call.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { sleep } from "../../core/sleep.ts";
import { within } from "../../core/within.ts";
import type { UploadOptions, UploadProgress } from "./upload-object.ts";

/** Between one look and the next, while S3 still has parts of an upload that was aborted. */
const LOOK_AGAIN_MS = 100;

/**
 * Aborts an upload, on a call of its own, for the one that it was begun on may be over: within `abortReserveMs`, and without an error, as the
 * lifecycle rule is there for what cannot be aborted now.
 *
 * A request for a part that was under way can still store its part after the abort: so all of them are waited for, half of that time at most, and the upload is aborted until none
 * is left. Source: Amazon S3 API Reference, AbortMultipartUpload.
 */
export async function takeBack(
  progress: UploadProgress,
  options: UploadOptions,
  runtime: Runtime,
): Promise<void> {
  const { abortReserveMs } = options;
  const late: Call = openCall({ runtime, deadlineMs: runtime.now() + abortReserveMs });
  try {
    await within(late, late.deadlineMs, undefined, async (inner) => {
      // One that does not listen to its signal must not take the time of the abort.
      const untilMs = runtime.now() + abortReserveMs / 2;
      const settled = (): Promise<unknown> => Promise.allSettled(progress.underWay);
      await within(inner, untilMs, undefined, settled).catch(() => {});
      for (const uploadId of await uploadIds(progress, options, inner))
        await abortUntilGone(uploadId, options, inner);
    });
  } catch {
    // What is left is the lifecycle rule's. The error that led here is the one to be told.
  } finally {
    scopeOf(late).end();
  }
}

/** When the answer to the creation was lost, the key tells which uploads are this one's: nobody else uses it. */
async function uploadIds(
  { uploadId }: UploadProgress,
  { transport, bucket, key }: UploadOptions,
  call: Call,
): Promise<readonly unknown[]> {
  if (uploadId !== undefined) return [uploadId];
  const { Uploads } = await transport.call("ListMultipartUploads", { Bucket: bucket, Prefix: key }, call);
  const uploads: readonly { readonly Key?: unknown; readonly UploadId?: unknown }[] = Array.isArray(Uploads)
    ? Uploads
    : [];
  return uploads.filter(({ Key }) => Key === key).map(({ UploadId }) => UploadId);
}

async function abortUntilGone(
  UploadId: unknown,
  { transport, bucket, key }: UploadOptions,
  call: Call,
): Promise<void> {
  const upload = { Bucket: bucket, Key: key, UploadId };
  for (;;) {
    try {
      await transport.call("AbortMultipartUpload", upload, call);
      await transport.call("ListParts", { ...upload, MaxParts: 1 }, call);
    } catch (error) {
      if (Object(error).name === "NoSuchUpload") return;
      if (awsSaysRetryable(error) === false) throw error;
    }
    await sleep(call, LOOK_AGAIN_MS);
  }
}
