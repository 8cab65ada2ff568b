import { littleEndianWord, slicedRemainder } from "./crc-slicing.ts";
import type { RunningHash } from "./running-hash.ts";

/** The polynomial of NVM Express (NVM Command Set Specification, 64b CRC), bits reversed, in two halves. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

/**
 * As crc-slicing.ts says, in two halves: bit operations are of 32 bits, and BigInt is a hundred times slower.
 */
const TABLE_HIGH = new Uint32Array(8 * 256);
const TABLE_LOW = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high = high >>> 1;
    if (odd) {
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
  }
  TABLE_HIGH[byte] = high;
  TABLE_LOW[byte] = low;
}
for (let at = 256; at < 8 * 256; at += 1) {
  const high = TABLE_HIGH[at - 256] ?? 0;
  const low = TABLE_LOW[at - 256] ?? 0;
  TABLE_LOW[at] = ((low >>> 8) | (high << 24)) ^ (TABLE_LOW[low & 0xff] ?? 0);
  TABLE_HIGH[at] = (high >>> 8) ^ (TABLE_HIGH[low & 0xff] ?? 0);
}

/** CRC-64/NVME of what is given piece by piece; the digest is big-endian. */
export function crc64nvme(): RunningHash {
  let stateHigh = -1;
  let stateLow = -1;
  return {
    update(bytes) {
      let high = stateHigh;
      let low = stateLow;
      let at = 0;
      for (const end = bytes.length - 7; at < end; at += 8) {
        const first = low ^ littleEndianWord(bytes, at);
        const second = high ^ littleEndianWord(bytes, at + 4);
        low = slicedRemainder(TABLE_LOW, first, second);
        high = slicedRemainder(TABLE_HIGH, first, second);
      }
      for (; at < bytes.length; at += 1) {
        const index = (low ^ (bytes[at] ?? 0)) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (TABLE_LOW[index] ?? 0);
        high = (high >>> 8) ^ (TABLE_HIGH[index] ?? 0);
      }
      stateHigh = high;
      stateLow = low;
    },
    digest() {
      const digest = Buffer.alloc(8);
      digest.writeUInt32BE(~stateHigh >>> 0);
      digest.writeUInt32BE(~stateLow >>> 0, 4);
      return digest;
    },
  };
}
