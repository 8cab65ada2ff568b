import { littleEndianWord, slicedRemainder } from "./crc-slicing.ts";
import type { RunningHash } from "./running-hash.ts";

/** Castagnoli's polynomial, bits reversed (RFC 3720 appendix B.4). */
const POLYNOMIAL = 0x82f63b78;

/** As crc-slicing.ts says. */
const TABLE = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  TABLE[byte] = crc;
}
for (let at = 256; at < 8 * 256; at += 1) {
  const before = TABLE[at - 256] ?? 0;
  TABLE[at] = (before >>> 8) ^ (TABLE[before & 0xff] ?? 0);
}

/** CRC-32C of what is given piece by piece; the digest is big-endian. */
export function crc32c(): RunningHash {
  let state = -1;
  return {
    update(bytes) {
      let crc = state;
      let at = 0;
      for (const end = bytes.length - 7; at < end; at += 8) {
        crc = slicedRemainder(TABLE, crc ^ littleEndianWord(bytes, at), littleEndianWord(bytes, at + 4));
      }
      for (; at < bytes.length; at += 1) {
        crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
      }
      state = crc;
    },
    digest() {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(~state >>> 0);
      return digest;
    },
  };
}
