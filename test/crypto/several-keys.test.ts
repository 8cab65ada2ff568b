import { randomBytes } from "node:crypto";
import { rootCall } from "holdfast";
import { kmsTransport } from "holdfast/aws/kms";
import { type KeyProvider, kmsKeyProvider, severalKeys, staticKeyProvider } from "holdfast/crypto";
import { expect, test } from "vitest";
import { newKey, setUp } from "../examples/local/kms/set-up.ts";

const call = rootCall();
const context = { operation: "charge" };
const inKms = async (): Promise<KeyProvider> => {
  const { client } = await setUp();
  return kmsKeyProvider({ transport: kmsTransport(client), keyId: await newKey(client) });
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const inSafe = (): KeyProvider => staticKeyProvider({ keyId: "safe", key: randomBytes(32) });
const broken: KeyProvider = {
  generateDataKey: async () => Promise.reject(new Error("down")),
  encryptDataKey: async () => Promise.reject(new Error("down")),
  decryptDataKey: async () => Promise.reject(new Error("down")),
};

test("each of several providers can decrypt the data key alone, also those of providers within one", async () => {
  const all = [await inKms(), inSafe(), await inKms()] as const;
  for (const provider of [severalKeys(...all), severalKeys(all[0], severalKeys(all[1], all[2]))]) {
    const { plaintext, encrypted } = await provider.generateDataKey(context, call);
    expect(encrypted).toHaveLength(3);
    for (const one of [...all, provider]) {
      expect(hex(await one.decryptDataKey(encrypted, context, call))).toBe(hex(plaintext));
    }
  }
});

test("a key that is there already is encrypted by all of them", async () => {
  const all = [await inKms(), inSafe()] as const;
  const { plaintext } = await inSafe().generateDataKey(context, call);
  const encrypted = await severalKeys(...all).encryptDataKey(plaintext, context, call);
  for (const one of all) {
    expect(hex(await one.decryptDataKey(encrypted, context, call))).toBe(hex(plaintext));
  }
});

test("to read, one that answers is enough; to write, all must", async () => {
  const safe = inSafe();
  const { plaintext, encrypted } = await safe.generateDataKey(context, call);
  expect(await severalKeys(broken, safe).decryptDataKey(encrypted, context, call)).toEqual(plaintext);
  await expect(severalKeys(safe, broken).generateDataKey(context, call)).rejects.toThrow("down");
  await expect(severalKeys(safe, broken).encryptDataKey(plaintext, context, call)).rejects.toThrow("down");
});

test("a provider that is down is not hidden by one that has no key", async () => {
  const { encrypted } = await inSafe().generateDataKey(context, call);
  await expect(severalKeys(inSafe(), broken).decryptDataKey(encrypted, context, call)).rejects.toThrow(
    "down",
  );
  await expect(
    severalKeys(inSafe(), inSafe()).decryptDataKey(encrypted, context, call),
  ).rejects.toMatchObject({
    code: "DATA_KEY_UNREADABLE",
  });
});

test("what is no key provider is refused where it is given", () => {
  expect(() => severalKeys(inSafe(), { ...inSafe(), encryptDataKey: undefined } as never)).toThrow(
    /argument 2/,
  );
});
