import { randomBytes } from "node:crypto";
import { type Call, rootCall } from "holdfast";
import { type KeyProvider, staticKeyProvider } from "holdfast/crypto";
import { manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { type DataKeys, dataKeys } from "../../src/crypto/data-keys.ts";

const context = { operation: "charge" };
const REUSE_MS = 300_000;

let clock: ReturnType<typeof manualRuntime>;
let call: Call;
let requests: string[];
let provider: KeyProvider;
let keys: DataKeys;
beforeEach(() => {
  clock = manualRuntime();
  call = rootCall({ runtime: clock });
  requests = [];
  const inner = staticKeyProvider({ keyId: "a", key: randomBytes(32) });
  provider = {
    async generateDataKey(...given) {
      requests.push("generate");
      return inner.generateDataKey(...given);
    },
    encryptDataKey: (...given) => inner.encryptDataKey(...given),
    async decryptDataKey(...given) {
      requests.push("decrypt");
      return inner.decryptDataKey(...given);
    },
  };
  keys = dataKeys(provider, REUSE_MS);
});

describe("for encrypting", () => {
  test("one key serves until it is so old, on the call's clock, and then another", async () => {
    const first = await keys.forEncryption(context, call);
    clock.jump(REUSE_MS - 1);
    expect(await keys.forEncryption(context, call)).toBe(first);
    clock.jump(1);
    expect(await keys.forEncryption(context, call)).not.toBe(first);
    expect(requests).toEqual(["generate", "generate"]);
  });

  test("one key encrypts 2^20 messages at most", async () => {
    const first = await keys.forEncryption(context, call);
    for (let message = 1; message < 2 ** 20; message += 1) await keys.forEncryption(context, call);
    expect(requests).toHaveLength(1);
    expect(await keys.forEncryption(context, call)).not.toBe(first);
  });

  test("each context has a key of its own", async () => {
    const first = await keys.forEncryption(context, call);
    expect(await keys.forEncryption({ operation: "refund" }, call)).not.toBe(first);
    expect(await keys.forEncryption(context, call)).toBe(first);
  });

  test("a clock that was set back asks anew, rather than trust an age below zero", async () => {
    const first = await keys.forEncryption(context, call);
    clock.jump(-1);
    expect(await keys.forEncryption(context, call)).not.toBe(first);
  });

  test("a request that fails leaves nothing behind, and the next call asks again", async () => {
    const down = dataKeys(
      { ...provider, generateDataKey: async () => Promise.reject(new Error("down")) },
      REUSE_MS,
    );
    await expect(down.forEncryption(context, call)).rejects.toThrow("down");
    await expect(down.forEncryption(context, call)).rejects.toThrow("down");
  });
});

describe("for decrypting", () => {
  test("a key that this process made costs no request, nor does one that it has decrypted", async () => {
    const { plaintext, encrypted } = await keys.forEncryption(context, call);
    expect(await keys.forDecryption(encrypted, context, call)).toEqual(plaintext);
    expect(requests).toEqual(["generate"]);
    const others = dataKeys(provider, REUSE_MS);
    for (const _time of [1, 2, 3]) await others.forDecryption(encrypted, context, call);
    expect(requests).toEqual(["generate", "decrypt"]);
  });

  test("what is remembered grows old as well: a key that was taken away opens nothing after that", async () => {
    const { encrypted } = await keys.forEncryption(context, call);
    clock.jump(REUSE_MS);
    await keys.forDecryption(encrypted, context, call);
    expect(requests).toEqual(["generate", "decrypt"]);
  });

  test("a remembered key is not given for another context", async () => {
    const { encrypted } = await keys.forEncryption(context, call);
    await expect(keys.forDecryption(encrypted, { operation: "refund" }, call)).rejects.toMatchObject({
      code: "DATA_KEY_UNREADABLE",
    });
  });

  test("no more than a thousand are remembered, and the oldest are forgotten", async () => {
    const made = await Promise.all(
      Array.from({ length: 1_001 }, () => provider.generateDataKey(context, call)),
    );
    for (const { encrypted } of made) await keys.forDecryption(encrypted, context, call);
    requests.length = 0;
    await keys.forDecryption(made.at(-1)?.encrypted ?? [], context, call);
    expect(requests).toEqual([]);
    await keys.forDecryption(made[0]?.encrypted ?? [], context, call);
    expect(requests).toEqual(["decrypt"]);
  });
});

test("without reuse each message asks, and nothing is remembered", async () => {
  const fresh = dataKeys(provider, 0);
  const { encrypted } = await fresh.forEncryption(context, call);
  await fresh.forEncryption(context, call);
  await fresh.forDecryption(encrypted, context, call);
  await fresh.forDecryption(encrypted, context, call);
  expect(requests).toEqual(["generate", "generate", "decrypt", "decrypt"]);
});
