import type { S3Context } from "../context.ts";
import { abortRule, DAY_MS, type LifecycleRule } from "../lifecycle-rules.ts";
import type { Bucket, Upload } from "../state.ts";

/**
 * Has an upload aborted when the bucket's lifecycle rules say so, on the cloud's clock, counted from its initiation
 * (S3 rounds up to the next midnight UTC; this does not). Called again when the rules change.
 */
export function scheduleAbort(context: S3Context, bucket: Bucket, upload: Upload): void {
  upload.cancelAbort();
  const rule = abortRule(bucket.lifecycle, upload.key);
  if (rule === undefined) return;
  const elapsedMs = (context.clock.now() - upload.initiatedMs) * context.clock.speed;
  upload.cancelAbort = context.agenda.in(rule.daysAfterInitiation * DAY_MS - elapsedMs, () => {
    // A file that cannot be deleted stays in a directory that goes as a whole.
    abortUpload(context, bucket, upload).catch(() => {});
  });
}

/** Ends an upload and forgets its parts. */
export async function abortUpload(context: S3Context, bucket: Bucket, upload: Upload): Promise<void> {
  upload.cancelAbort();
  bucket.uploads.delete(upload.uploadId);
  await context.files.drop([...upload.parts.values()].map(({ segment }) => segment));
}

/** Told when an upload begins under a rule. */
export function abortHeaders(
  context: S3Context,
  upload: Upload,
  rule: LifecycleRule | undefined,
): Readonly<Record<string, string>> {
  if (rule === undefined) return {};
  const atMs = upload.initiatedMs + (rule.daysAfterInitiation * DAY_MS) / context.clock.speed;
  return { "x-amz-abort-date": new Date(atMs).toUTCString(), "x-amz-abort-rule-id": rule.id };
}
