import { createCipheriv, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { open, seal } from "../../src/crypto/aes-gcm.ts";

const key = randomBytes(32);
const bytes = fc.uint8Array({ maxLength: 300 });
const hex = (text: string): Buffer => Buffer.from(text, "hex");

describe("AES-256-GCM", () => {
  test("opens what it sealed", () => {
    fc.assert(
      fc.property(bytes, bytes, (message, associated) => {
        expect(open(key, seal(key, message, associated), associated)).toEqual(Buffer.from(message));
      }),
    );
  });

  test("opens what NIST's vector for a 256-bit key says (GCM specification, test case 16)", () => {
    const opened = open(
      hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
      {
        iv: hex("cafebabefacedbaddecaf888"),
        tag: hex("76fc6ece0f4e1768cddf8853bb2d551b"),
        ciphertext: hex(
          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        ),
      },
      hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    );
    expect(opened?.toString("hex")).toBe(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
  });

  test("opens nothing of which one bit is another: key, IV, tag, ciphertext, associated data", () => {
    const flips = fc.record({
      part: fc.constantFrom("key", "iv", "tag", "ciphertext", "associated"),
      at: fc.nat(),
    });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), flips, (message, { part, at }) => {
        const associated = Buffer.from("record");
        const parts: Record<string, Uint8Array> = { key, associated, ...seal(key, message, associated) };
        const flipped = Uint8Array.from(parts[part] ?? []);
        const index = at % (flipped.length * 8);
        flipped[index >> 3] = (flipped[index >> 3] ?? 0) ^ (1 << (index & 7));
        const { iv, tag, ciphertext, ...rest } = { ...parts, [part]: flipped } as typeof parts;
        const sealed = { iv, tag, ciphertext } as ReturnType<typeof seal>;
        expect(open(rest["key"] ?? key, sealed, rest["associated"] ?? associated)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test.each([0, 4, 8, 12, 15])("takes no tag of %i bytes, which can be guessed", (length) => {
    const associated = Buffer.from("");
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, iv);
    const ciphertext = Buffer.concat([cipher.update("message"), cipher.final()]);
    const tag = cipher.getAuthTag();
    expect(open(key, { iv, tag, ciphertext }, associated)?.toString()).toBe("message");
    expect(open(key, { iv, tag: tag.subarray(0, length), ciphertext }, associated)).toBeUndefined();
  });

  test("takes another IV for every message", () => {
    const ivs = Array.from({ length: 1_000 }, () => Buffer.from(seal(key, key, key).iv).toString("hex"));
    expect(new Set(ivs).size).toBe(1_000);
  });
});
