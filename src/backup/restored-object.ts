import type { AwsTransport } from "../aws/transport.ts";
import type { Call } from "../core/call.ts";
import type { UploadedObject } from "./upload/look-at-object.ts";
import { uploadObject } from "./upload/upload-object.ts";

/** Where a restored object goes. */
export interface RestoreTarget {
  readonly bucket: string;
  /** A key that nothing is at: an object that is there is not overwritten. */
  readonly key: string;
  /** Kept of the call's time for taking back what did not come to its end, in milliseconds. Default: 2,000. */
  readonly abortReserveMs?: number;
}

const MIB = 2 ** 20;
/** Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
const MOST_PARTS = 10_000;

/** Bytes of a part: 8 MiB, and more where 10,000 of them would not be enough. Text that was packed to a tenth is longer than its backup could be. */
export function restorePartBytes(plaintextBytes: number): number {
  return Math.max(8, Math.ceil(plaintextBytes / MOST_PARTS / MIB)) * MIB;
}

/** Uploads a plaintext of so many bytes: the object is there when its stream has ended without an error. */
export function restoredObject(
  plaintext: AsyncIterable<Uint8Array>,
  plaintextBytes: number,
  transport: AwsTransport,
  { bucket, key, abortReserveMs = 2_000 }: RestoreTarget,
  call: Call,
): Promise<UploadedObject> {
  const partBytes = restorePartBytes(plaintextBytes);
  const options = { transport, bucket, key, partBytes, concurrency: 4, settings: {}, abortReserveMs };
  return uploadObject(plaintext, options, call);
}
