import type { ByteReader } from "./byte-reader.ts";
import { readContext } from "./context-bytes.ts";
import { readEncryptedDataKeys } from "./encrypted-data-key.ts";
import { MessageRefusedError } from "./errors.ts";
import type { Header } from "./header.ts";
import { COMMITMENT_BYTES, FRAMED, MESSAGE_ID_BYTES, NON_FRAMED, suiteOf, VERSION } from "./suite.ts";

/** What a message may ask for. Whoever can write messages could otherwise take memory and requests without end. */
export interface MessageLimits {
  /** Data keys that may have to be tried. */
  readonly maxEncryptedDataKeys: number;
  /** Bytes that are held until they are authenticated. */
  readonly maxFrameBytes: number;
}

/**
 * Reads a header up to its authentication tag, which is not read. Nothing of it may be believed before that tag is verified.
 *
 * Source: AWS Encryption SDK Specification, "Message Header" and "Decrypt", "Parse the header".
 */
export async function readHeader(reader: ByteReader, limits: MessageLimits): Promise<Header> {
  const [version] = await reader.take(1);
  if (version !== VERSION) throw new MessageRefusedError(whatItIs(version));
  const id = await reader.uint16();
  const suite = suiteOf(id);
  if (suite === undefined) {
    throw new MessageRefusedError(
      `has the algorithm suite 0x${id.toString(16).padStart(4, "0")}; those that commit to their key, 0x0478 and 0x0578, are read`,
    );
  }
  const messageId = await reader.take(MESSAGE_ID_BYTES);
  const context = await readContext(reader);
  const encryptedDataKeys = await readEncryptedDataKeys(reader, limits.maxEncryptedDataKeys);
  const [contentType] = await reader.take(1);
  const length = await reader.uint32();
  const frameBytes = checkFrames(contentType, length, limits.maxFrameBytes);
  return {
    suite,
    messageId,
    context,
    encryptedDataKeys,
    frameBytes,
    commitment: await reader.take(COMMITMENT_BYTES),
  };
}

function checkFrames(contentType: number | undefined, length: number, most: number): number | undefined {
  if (contentType === NON_FRAMED && length === 0) return undefined;
  if (contentType !== FRAMED || length === 0) throw new MessageRefusedError("has a body of an unknown form");
  if (length > most)
    throw new MessageRefusedError(`has frames of ${length} bytes, and ${most} are allowed (maxFrameBytes)`);
  return length;
}

function whatItIs(first: number | undefined): string {
  if (first === 1) return "is of version 1 of the format, which does not commit to its key";
  // "Ag" is how 02 04 begins in base64.
  if (first === "A".charCodeAt(0)) return "seems to be base64 text: decode it first";
  return `begins with byte ${first}: it is no message of the AWS Encryption SDK`;
}
