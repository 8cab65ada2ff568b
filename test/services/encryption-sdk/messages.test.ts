import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Case, cases, staticKey, titleOf } from "./cases.ts";
import { nodeSdk } from "./node-sdk.ts";
import { decrypted, encrypted } from "./ours.ts";
import { pythonSdk } from "./python-sdk.ts";
import { type OtherSdk, SIGNED, UNSIGNED } from "./sdk.ts";

const named = <C extends Case>(some: readonly C[]) => some.map((one): [string, C] => [titleOf(one), one]);
const suites = [
  { title: "0x0478, unsigned", suite: UNSIGNED },
  { title: "0x0578, signed", suite: SIGNED },
];

describe.each([pythonSdk, nodeSdk])("$title", ({ start, frameUnit, canWriteOnePiece }) => {
  let sdk: OtherSdk;
  beforeAll(async () => {
    sdk = await start();
  });
  afterAll(() => sdk.stop());

  describe("reads what we write", () => {
    const ours = cases.flatMap((one) =>
      one.frameBytes === undefined ? [] : [{ ...one, frameBytes: one.frameBytes }],
    );
    test.each(named(ours))("%s", async (_title, how) => {
      const plaintext = randomBytes(how.bytes);
      const message = await encrypted(plaintext, how);
      // Each of the keys alone.
      for (const key of how.keys) {
        const found = await sdk.decrypt(message, [key]);
        expect(found.plaintext.equals(plaintext)).toBe(true);
        expect(found.context).toEqual(how.context);
      }
    });
  });

  describe.each(suites)("writes what we read: $title", ({ suite }) => {
    const theirs = cases.filter(({ frameBytes }) =>
      frameBytes === undefined ? canWriteOnePiece : frameBytes % frameUnit === 0,
    );
    test.each(named(theirs))("%s", async (_title, how) => {
      const plaintext = randomBytes(how.bytes);
      const message = await sdk.encrypt(plaintext, { ...how, suite });
      for (const key of how.keys) {
        const found = await decrypted(message, [key]);
        expect(found.plaintext.equals(plaintext)).toBe(true);
        const { "aws-crypto-public-key": publicKey, ...context } = found.context;
        expect(context).toEqual(how.context);
        expect(publicKey !== undefined).toBe(suite === SIGNED);
      }
    });
  });

  test("any bytes, frames and contexts come through, both ways", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    const how = fc.record({
      plaintext: fc.uint8Array({ maxLength: 2_000 }),
      units: fc.integer({ min: 1, max: 8 }),
      context: fc.dictionary(text, text, { maxKeys: 8, noNullPrototype: true }),
      suite: fc.constantFrom(UNSIGNED, SIGNED),
    });
    const keys = [staticKey("2026-11")];
    await fc.assert(
      fc.asyncProperty(how, async ({ plaintext: given, units, context, suite }) => {
        const plaintext = Buffer.from(given);
        const options = { keys, context, frameBytes: units * frameUnit };
        const found = await sdk.decrypt(await encrypted(plaintext, options), keys);
        expect(found).toEqual({ plaintext, context });
        const theirs = await sdk.encrypt(plaintext, { ...options, suite });
        expect((await decrypted(theirs, keys)).plaintext).toEqual(plaintext);
      }),
      { numRuns: 60 },
    );
  });

  test("another key of the same name is refused, on both sides", async () => {
    const [mine, other] = [staticKey("2026-11"), staticKey("2026-11")];
    const how = { keys: [mine], context: { key: "a.log" }, frameBytes: 128 };
    await expect(sdk.decrypt(await encrypted(randomBytes(10), how), [other])).rejects.toThrow();
    const theirs = await sdk.encrypt(randomBytes(10), { ...how, suite: UNSIGNED });
    await expect(decrypted(theirs, [other])).rejects.toMatchObject({ code: "DATA_KEY_UNREADABLE" });
  });

  test.each([
    ["AES-256-GCM, HKDF-SHA-384, signed", 0x03_78],
    ["AES-256-GCM, HKDF-SHA-256", 0x01_78],
    ["AES-256-GCM, no key derivation", 0x00_78],
  ])("what does not commit to its key is refused by name: %s", async (_title, suite) => {
    const keys = [staticKey("k")];
    const theirs = await sdk.encrypt(randomBytes(10), { keys, context: {}, frameBytes: 128, suite });
    await expect(decrypted(theirs, keys)).rejects.toMatchObject({
      code: "MESSAGE_REFUSED",
      message: expect.stringContaining("does not commit to its key"),
    });
  });

  test("a message of which any byte is another is refused, on both sides, whoever wrote it", async () => {
    const keys = [staticKey("k")];
    const how = { keys, context: { a: "b" }, frameBytes: 128 };
    const plaintext = randomBytes(140);
    for (const message of [
      await encrypted(plaintext, how),
      await sdk.encrypt(plaintext, { ...how, suite: SIGNED }),
    ]) {
      for (let at = 0; at < message.length; at += 1) {
        const changed = Buffer.from(message);
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        await expect(decrypted(changed, keys), `ours, byte ${at}`).rejects.toThrow();
        await expect(sdk.decrypt(changed, keys), `theirs, byte ${at}`).rejects.toThrow();
      }
    }
  });
});
