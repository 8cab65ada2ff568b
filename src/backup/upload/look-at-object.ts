import type { AwsTransport } from "../../aws/transport.ts";
import { type Call, refusal } from "../../core/call.ts";
import { crcText, type Part } from "./part.ts";

/** Where an object is, or is to be. */
export interface ObjectPlace {
  readonly bucket: string;
  /** Never used before, and by nobody else: whatever is found there was written by this upload. */
  readonly key: string;
}

/** What an upload has written, once it is there. */
interface Written extends ObjectPlace {
  readonly bytes: number;
  /** CRC-32 of the whole object, in base64. */
  readonly crc32: string;
}

/** An object that is there, whole: S3 has compared its length and checksum. */
export interface UploadedObject extends Written {
  /** Undefined in a bucket without versions. */
  readonly versionId: string | undefined;
}

export function writtenAs({ bucket, key }: ObjectPlace, last: Part | undefined): Written {
  return { bucket, key, bytes: last?.bytesSoFar ?? 0, crc32: crcText(last?.crc32SoFar ?? 0) };
}

/**
 * Sends the request that makes the object there. When it fails, and may have been done all the same, the object is looked at: the answer was lost, or
 * the client's own second attempt has found what the first one made (412, NoSuchUpload).
 */
export async function settledAs(
  written: Written,
  transport: AwsTransport,
  call: Call,
  send: () => Promise<{ readonly VersionId?: unknown }>,
): Promise<UploadedObject> {
  try {
    return found(written, await send());
  } catch (error) {
    if (refusal(call) !== undefined) throw error;
    const seen = await look(written, transport, call).catch(() => undefined);
    if (seen === undefined) throw error;
    return seen;
  }
}

async function look(
  written: Written,
  transport: AwsTransport,
  call: Call,
): Promise<UploadedObject | undefined> {
  const input = { Bucket: written.bucket, Key: written.key, ChecksumMode: "ENABLED" };
  const head = await transport.call("HeadObject", input, call);
  const isSame = head.ContentLength === written.bytes && head.ChecksumCRC32 === written.crc32;
  return isSame ? found(written, head) : undefined;
}

function found(written: Written, { VersionId }: { readonly VersionId?: unknown }): UploadedObject {
  return { ...written, versionId: typeof VersionId === "string" ? VersionId : undefined };
}
