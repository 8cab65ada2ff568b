import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { CRC_KINDS, type CrcKind, combineCrcs } from "./crc-combine.ts";
import { crc32c } from "./crc32c.ts";
import { crc64nvme } from "./crc64nvme.ts";
import type { RunningHash } from "./running-hash.ts";

export const CHECKSUM_ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** A checksum as S3 keeps it: base64, and `-N` behind it when it is a checksum of N parts' checksums. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: string;
}

/** What S3 computes when the client names nothing (AWS page 'Checking object integrity in Amazon S3'). */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = "CRC64NVME";

const CRCS: Partial<Record<ChecksumAlgorithm, CrcKind>> = CRC_KINDS;

const DIGEST_BYTES = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 } as const;

const DEFAULT_TYPES = {
  CRC32: "COMPOSITE",
  CRC32C: "COMPOSITE",
  CRC64NVME: "FULL_OBJECT",
  SHA1: "COMPOSITE",
  SHA256: "COMPOSITE",
} as const satisfies Record<ChecksumAlgorithm, ChecksumType>;

export const checksumHeader = (algorithm: ChecksumAlgorithm): string =>
  `x-amz-checksum-${algorithm.toLowerCase()}`;

export const defaultChecksumType = (algorithm: ChecksumAlgorithm): ChecksumType => DEFAULT_TYPES[algorithm];

/** Whether multipart uploads may have this pair: full-object is for CRCs only, CRC64NVME is full-object only. */
export function isAllowedType(algorithm: ChecksumAlgorithm, type: ChecksumType): boolean {
  return type === "COMPOSITE" ? algorithm !== "CRC64NVME" : CRCS[algorithm] !== undefined;
}

export function algorithmNamed(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
}

/** Whether a text is base64 of as many bytes as the algorithm's digest has. */
export function isDigestOf(algorithm: ChecksumAlgorithm, base64: string): boolean {
  const bytes = Buffer.from(base64, "base64");
  return bytes.length === DIGEST_BYTES[algorithm] && bytes.toString("base64") === base64;
}

export function runningChecksum(algorithm: ChecksumAlgorithm): RunningHash {
  switch (algorithm) {
    case "CRC32":
      return runningCrc32();
    case "CRC32C":
      return crc32c();
    case "CRC64NVME":
      return crc64nvme();
    default:
      return createHash(algorithm.toLowerCase());
  }
}

/** The checksum of an object from those of its parts: base64, in their order. */
export function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly checksum: string; readonly size: number }[],
): Checksum {
  if (type === "FULL_OBJECT") {
    const kind = CRCS[algorithm];
    if (kind === undefined) throw new RangeError(`${algorithm} of an object cannot be made from its parts`);
    const pieces = parts.map(({ checksum, size }) => ({
      crc: Buffer.from(checksum, "base64"),
      length: size,
    }));
    return { algorithm, type, value: combineCrcs(kind, pieces).toString("base64") };
  }
  const hash = runningChecksum(algorithm);
  for (const { checksum } of parts) hash.update(Buffer.from(checksum, "base64"));
  return { algorithm, type, value: `${hash.digest().toString("base64")}-${parts.length}` };
}

/** The ETag of an object made of parts: the MD5 of their MD5s, and how many they are. */
export function eTagOfParts(eTags: readonly string[]): string {
  const md5 = createHash("md5");
  for (const eTag of eTags) md5.update(Buffer.from(eTag, "hex"));
  return `${md5.digest("hex")}-${eTags.length}`;
}

function runningCrc32(): RunningHash {
  let state = 0;
  return {
    update(bytes) {
      state = crc32(bytes, state);
    },
    digest() {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(state);
      return digest;
    },
  };
}
