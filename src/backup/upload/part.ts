import { blocks } from "../blocks.ts";

/** Of one object. Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
export const MOST_PARTS = 10_000;

/** Bytes that go up in one request. */
export interface Part {
  readonly body: Buffer;
  /** From 1. */
  readonly number: number;
  /** CRC-32 of this part. */
  readonly crc32: number;
  /** CRC-32 of all parts up to this one, and how many bytes they are: at the last one, the object's. */
  readonly crc32SoFar: number;
  readonly bytesSoFar: number;
}

/** Takes a stream apart. An empty one has no part. */
export async function* partsOf(
  source: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Part, void, undefined> {
  const { crc32 } = process.getBuiltinModule("node:zlib");
  let [number, crc32SoFar, bytesSoFar] = [0, 0, 0];
  for await (const body of blocks(source, partBytes)) {
    number += 1;
    bytesSoFar += body.length;
    crc32SoFar = crc32(body, crc32SoFar);
    yield { body, number, crc32: crc32(body), crc32SoFar, bytesSoFar };
  }
}

/** As S3 writes a CRC-32: four bytes, the most significant first, in base64. */
export function crcText(crc32: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32);
  return bytes.toString("base64");
}
