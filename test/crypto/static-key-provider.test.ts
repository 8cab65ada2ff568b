import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { rootCall } from "holdfast";
import { type EncryptedDataKey, staticKeyProvider } from "holdfast/crypto";
import { describe, expect, test } from "vitest";
import { encryptedDataKeysBytes } from "../../src/crypto/message/encrypted-data-key.ts";

const call = rootCall();
const context = { operation: "charge" };
const old = { keyId: "2025", key: randomBytes(32) };
const current = { keyId: "2026", key: randomBytes(32) };
const unreadable = { code: "DATA_KEY_UNREADABLE", retryable: false };

describe("a data key", () => {
  test("comes back, is 32 bytes, and another one each time", async () => {
    const provider = staticKeyProvider(current);
    const [one, two] = [
      await provider.generateDataKey(context, call),
      await provider.generateDataKey(context, call),
    ];
    expect(Buffer.from(await provider.decryptDataKey(one.encrypted, context, call))).toEqual(
      Buffer.from(one.plaintext),
    );
    expect(one.plaintext).toHaveLength(32);
    expect(one.plaintext).not.toEqual(two.plaintext);
    expect(encryptedDataKeysBytes(one.encrypted).includes(Buffer.from(one.plaintext))).toBe(false);
  });

  test("comes back for the same context in whatever order, and for no other", async () => {
    const provider = staticKeyProvider(current);
    const { plaintext, encrypted } = await provider.generateDataKey({ a: "1", b: "2" }, call);
    expect(await provider.decryptDataKey(encrypted, { b: "2", a: "1" }, call)).toEqual(plaintext);
    for (const other of [
      {},
      { a: "1" },
      { a: "12", b: "" },
      { a: "2", b: "1" },
      { a: "1", b: "2", c: "3" },
    ]) {
      await expect(provider.decryptDataKey(encrypted, other, call)).rejects.toMatchObject(unreadable);
    }
  });

  test("comes back under the next key, when the old one is still listed; new ones are the next key's", async () => {
    const { plaintext, encrypted } = await staticKeyProvider(old).generateDataKey(context, call);
    const rotated = staticKeyProvider({ ...current, previous: [old] });
    expect(await rotated.decryptDataKey(encrypted, context, call)).toEqual(plaintext);
    const next = await rotated.generateDataKey(context, call);
    expect(await staticKeyProvider(current).decryptDataKey(next.encrypted, context, call)).toEqual(
      next.plaintext,
    );
  });

  test("of a key that is not there, or of another key of the same name, does not", async () => {
    const { encrypted } = await staticKeyProvider(old).generateDataKey(context, call);
    for (const provider of [staticKeyProvider(current), staticKeyProvider({ ...old, key: current.key })]) {
      await expect(provider.decryptDataKey(encrypted, context, call)).rejects.toMatchObject(unreadable);
    }
  });

  test("comes back from a later copy, when an earlier one is of another key of the same name", async () => {
    const theirs = staticKeyProvider({ ...current, key: old.key });
    const provider = staticKeyProvider(current);
    const { plaintext, encrypted } = await provider.generateDataKey(context, call);
    const others = await theirs.encryptDataKey(plaintext, context, call);
    expect(await provider.decryptDataKey([...others, ...encrypted], context, call)).toEqual(plaintext);
    expect(await theirs.decryptDataKey([...others, ...encrypted], context, call)).toEqual(plaintext);
  });

  test("of which any byte was changed, cut or added does not", async () => {
    const provider = staticKeyProvider({ ...current, previous: [old] });
    const { encrypted } = await provider.generateDataKey(context, call);
    const [whole] = encrypted as [EncryptedDataKey];
    for (const member of ["providerInfo", "ciphertext"] as const) {
      const bytes = Buffer.from(whole[member]);
      const wrong = [bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, bytes]), Buffer.of()];
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 0x10;
        wrong.push(changed);
      }
      for (const each of wrong) {
        const asked = [{ ...whole, [member]: each }];
        await expect(provider.decryptDataKey(asked, context, call)).rejects.toMatchObject(unreadable);
      }
    }
    const others = [{ ...whole, providerId: "aws-kms" }];
    await expect(provider.decryptDataKey(others, context, call)).rejects.toMatchObject(unreadable);
    await expect(provider.decryptDataKey([], context, call)).rejects.toMatchObject(unreadable);
  });
});

test("the key is copied: its owner may wipe theirs", async () => {
  const key = randomBytes(32);
  const provider = staticKeyProvider({ keyId: "a", key });
  const { plaintext, encrypted } = await provider.generateDataKey(context, call);
  key.fill(0);
  expect(await provider.decryptDataKey(encrypted, context, call)).toEqual(plaintext);
});

test("neither errors nor a look at the provider show a key", async () => {
  const provider = staticKeyProvider(current);
  const { encrypted } = await staticKeyProvider(old).generateDataKey(context, call);
  const error: unknown = await provider
    .decryptDataKey(encrypted, context, call)
    .catch((each: unknown) => each);
  const shown = inspect([error, provider], { depth: 9, showHidden: true });
  expect(shown).toContain("DATA_KEY_UNREADABLE");
  for (const { key } of [old, current]) {
    for (const form of ["hex", "base64", "base64url"] as const)
      expect(shown).not.toContain(key.toString(form));
  }
});

test.each([
  ["a key of another length", { keyId: "a", key: randomBytes(16) }, /32 bytes/],
  ["a key that is text", { keyId: "a", key: "x".repeat(32) }, /32 bytes/],
  ["no name", { key: randomBytes(32) }, /keyId/],
  ["two keys of one name", { ...old, previous: [{ ...current, keyId: old.keyId }] }, /"2025"/],
  ["a name space of KMS", { ...current, keyNamespace: "aws-kms" }, /keyNamespace/],
  ["previous keys that are no list", { ...old, previous: current }, /list/],
])("%s is refused where it is given", (_name, options, message) => {
  expect(() => staticKeyProvider(options as never)).toThrow(message);
});
