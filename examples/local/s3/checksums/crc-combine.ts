/** A CRC whose register starts and ends inverted, as all of S3's do: its width and its reversed polynomial. */
export interface CrcKind {
  readonly width: 32 | 64;
  readonly polynomial: bigint;
}

export const CRC_KINDS = {
  CRC32: { width: 32, polynomial: 0xedb88320n },
  CRC32C: { width: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const satisfies Record<string, CrcKind>;

/**
 * The CRC of pieces laid end to end, from the CRC and the length of each: nothing is read again.
 *
 * A CRC is a remainder modulo a polynomial over GF(2), so that crc(A then B) = crc(A) · x^(8·|B|) + crc(B).
 */
export function combineCrcs(
  kind: CrcKind,
  pieces: readonly { readonly crc: Buffer; readonly length: number }[],
): Buffer {
  // All parts of an upload but the last usually have one length.
  const shifts = new Map<number, bigint>();
  let combined = 0n;
  for (const { crc, length } of pieces) {
    const shift = shifts.get(length) ?? powerOfX(kind, 8n * BigInt(length));
    shifts.set(length, shift);
    combined = multiply(kind, combined, shift) ^ BigInt(`0x${crc.toString("hex")}`);
  }
  return Buffer.from(combined.toString(16).padStart(kind.width / 4, "0"), "hex");
}

/** Bits are reversed: the highest bit is the coefficient of x^0. */
function multiply({ width, polynomial }: CrcKind, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = 1n << BigInt(width - 1); bit !== 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= shifted;
    shifted = (shifted >> 1n) ^ ((shifted & 1n) === 1n ? polynomial : 0n);
  }
  return product;
}

function powerOfX(kind: CrcKind, exponent: bigint): bigint {
  const one = 1n << BigInt(kind.width - 1);
  let power = one;
  let square = one >> 1n;
  for (let rest = exponent; rest !== 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) power = multiply(kind, power, square);
    square = multiply(kind, square, square);
  }
  return power;
}
