import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CHECKSUM_ALGORITHMS,
  checksumOfParts,
  runningChecksum,
} from "../../../../examples/local/s3/checksums/checksums.ts";
import { CRC_KINDS, type CrcKind } from "../../../../examples/local/s3/checksums/crc-combine.ts";

const digest = (algorithm: (typeof CHECKSUM_ALGORITHMS)[number], ...pieces: Uint8Array[]): Buffer => {
  const hash = runningChecksum(algorithm);
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};

/** A CRC as its definition has it: bit by bit. */
const crcByDefinition = ({ width, polynomial }: CrcKind, bytes: Uint8Array): string => {
  const ones = (1n << BigInt(width)) - 1n;
  let register = ones;
  for (const byte of bytes) {
    register ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) register = (register >> 1n) ^ (register & 1n ? polynomial : 0n);
  }
  return (register ^ ones).toString(16).padStart(width / 4, "0");
};

describe("checksums", () => {
  test.each([
    ["CRC32", "cbf43926"],
    ["CRC32C", "e3069283"],
    ["CRC64NVME", "ae8b14860a799888"],
  ] as const)("%s of 123456789 is the catalogue's check value", (algorithm, check) => {
    expect(digest(algorithm, Buffer.from("123456789")).toString("hex")).toBe(check);
  });

  test("CRCs are those of the definition, whatever the pieces", () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(fc.constantFrom("CRC32", "CRC32C", "CRC64NVME"), bytes, bytes, (algorithm, a, b) => {
        const expected = crcByDefinition(CRC_KINDS[algorithm], Buffer.concat([a, b]));
        expect(digest(algorithm, a, b).toString("hex")).toBe(expected);
      }),
    );
    expect(digest("CRC32", Buffer.from("abc")).readUInt32BE()).toBe(crc32("abc"));
  });

  test("a full-object checksum made of the parts' is that of the parts laid end to end", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("CRC32" as const, "CRC32C" as const, "CRC64NVME" as const),
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 }),
        (algorithm, pieces) => {
          const parts = pieces.map((piece) => ({
            checksum: digest(algorithm, piece).toString("base64"),
            size: piece.length,
          }));
          expect(checksumOfParts(algorithm, "FULL_OBJECT", parts).value).toBe(
            digest(algorithm, ...pieces).toString("base64"),
          );
        },
      ),
    );
  });

  test("a composite checksum is the checksum of the parts' digests, and their count", () => {
    const sha = (text: string | Buffer): Buffer => createHash("sha256").update(text).digest();
    const parts = ["a", "b"].map((text) => ({ checksum: sha(text).toString("base64"), size: 1 }));
    expect(checksumOfParts("SHA256", "COMPOSITE", parts).value).toBe(
      `${sha(Buffer.concat([sha("a"), sha("b")])).toString("base64")}-2`,
    );
  });
});
