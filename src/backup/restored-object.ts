import type { AwsTransport } from "../aws/transport.ts";
import type { Call } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import type { UploadedObject } from "./upload/look-at-object.ts";
import { MOST_PARTS } from "./upload/part.ts";
import { uploadObject } from "./upload/upload-object.ts";

/** Where a restored object goes. */
export interface RestoreTarget {
  readonly bucket: string;
  /** A key that nothing is at. An object that is there is not overwritten; one with the same bytes is taken for restored. */
  readonly key: string;
  /** Kept of the call's time for taking back what did not come to its end, in milliseconds. Default: 2,000. */
  readonly abortReserveMs?: number;
}

const MIB = 2 ** 20;

/** Bytes of a part: 8 MiB, and more where 10,000 of them would not be enough. Text that was packed to a tenth is longer than its backup could be. */
export function restorePartBytes(plaintextBytes: number): number {
  return Math.max(8, Math.ceil(plaintextBytes / MOST_PARTS / MIB)) * MIB;
}

/**
 * Uploads a plaintext of so many bytes: the object is there when its stream has ended without an error.
 *
 * @throws HoldfastError `OBJECT_EXISTS`, at once for another length, and otherwise in the end: for restores may be repeated.
 */
export async function restoredObject(
  plaintext: AsyncIterable<Uint8Array>,
  plaintextBytes: number,
  transport: AwsTransport,
  to: RestoreTarget,
  call: Call,
): Promise<UploadedObject> {
  const { bucket, key, abortReserveMs = 2_000 } = to;
  // Who may only write there is not shown it; S3 compares all the same.
  const standing = await transport
    .call("HeadObject", { Bucket: bucket, Key: key }, call)
    .catch(() => undefined);
  if (standing !== undefined && standing["ContentLength"] !== plaintextBytes) throw exists(to);
  const partBytes = restorePartBytes(plaintextBytes);
  const options = { transport, bucket, key, partBytes, concurrency: 4, settings: {}, abortReserveMs };
  try {
    return await uploadObject(plaintext, options, call);
  } catch (error) {
    throw Object(error).name === "PreconditionFailed" ? exists(to, error) : error;
  }
}

function exists({ bucket, key }: RestoreTarget, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "OBJECT_EXISTS",
    `s3://${bucket}/${key} is there already, with other bytes, and is not overwritten. Choose another key.`,
    { cause },
  );
}
