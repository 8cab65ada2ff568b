import {
  CreateAliasCommand,
  DisableKeyCommand,
  EncryptCommand,
  RotateKeyOnDemandCommand,
} from "@aws-sdk/client-kms";
import { rootCall } from "holdfast";
import { type AwsTransport, kmsTransport } from "holdfast/aws/kms";
import { kmsKeyProvider } from "holdfast/crypto";
import { describe, expect, test } from "vitest";
import { newKey, setUp } from "../examples/local/kms/set-up.ts";

const call = rootCall();
const context = { operation: "charge" };

const newId = (byte: number): string => `1234abcd-12ab-34cd-56ef-12345678900${byte}`;

/** A key, a provider of it, and the operations that were asked of KMS. */
async function start() {
  const { client } = await setUp();
  const requests: string[] = [];
  const inner = kmsTransport(client);
  const transport: AwsTransport = {
    call(operation, input, given) {
      requests.push(operation);
      return inner.call(operation, input, given);
    },
  };
  const keyId = await newKey(client);
  return { client, transport, requests, keyId, provider: kmsKeyProvider({ transport, keyId }) };
}

describe("a data key of KMS", () => {
  test("comes back, and is 32 bytes", async () => {
    const { provider, requests } = await start();
    const { plaintext, encrypted } = await provider.generateDataKey(context, call);
    expect(await provider.decryptDataKey(encrypted, context, call)).toEqual(plaintext);
    expect(plaintext).toHaveLength(32);
    expect(requests).toEqual(["GenerateDataKey", "Decrypt"]);
  });

  test("of another context, or with a byte changed, does not", async () => {
    const { provider } = await start();
    const { encrypted } = await provider.generateDataKey(context, call);
    const changed = encrypted.map((key) => {
      const bytes = Uint8Array.from(key.ciphertext);
      return { ...key, ciphertext: bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1) };
    });
    const expected = { name: "InvalidCiphertextException" };
    await expect(provider.decryptDataKey(encrypted, { operation: "refund" }, call)).rejects.toMatchObject(
      expected,
    );
    await expect(provider.decryptDataKey(changed, context, call)).rejects.toMatchObject(expected);
  });

  test("outlives a rotation of its key's material", async () => {
    const { client, provider, keyId } = await start();
    const { plaintext, encrypted } = await provider.generateDataKey(context, call);
    await client.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    expect(await provider.decryptDataKey(encrypted, context, call)).toEqual(plaintext);
  });

  test("outlives a move to another key that lists the old one, and no other move", async () => {
    const { client, transport, provider, keyId } = await start();
    const { plaintext, encrypted } = await provider.generateDataKey(context, call);
    const next = await newKey(client);
    const moved = kmsKeyProvider({ transport, keyId: next, previousKeyIds: [await newKey(client), keyId] });
    expect(await moved.decryptDataKey(encrypted, context, call)).toEqual(plaintext);
    await expect(
      kmsKeyProvider({ transport, keyId: next }).decryptDataKey(encrypted, context, call),
    ).rejects.toMatchObject({ code: "DATA_KEY_UNREADABLE" });
  });

  test("of a key that is off stays closed, with what KMS says, and no other key is tried", async () => {
    const { client, transport, requests, provider, keyId } = await start();
    const { encrypted } = await provider.generateDataKey(context, call);
    await client.send(new DisableKeyCommand({ KeyId: keyId }));
    const both = kmsKeyProvider({ transport, keyId, previousKeyIds: [await newKey(client)] });
    requests.length = 0;
    await expect(both.decryptDataKey(encrypted, context, call)).rejects.toMatchObject({
      name: "DisabledException",
    });
    expect(requests).toEqual(["Decrypt"]);
  });

  test("is read from a later copy, whatever KMS says of an earlier one that an alias has to be tried on", async () => {
    const { client, transport, requests, keyId } = await start();
    await client.send(new CreateAliasCommand({ AliasName: "alias/backups", TargetKeyId: keyId }));
    const provider = kmsKeyProvider({ transport, keyId: "alias/backups" });
    const { plaintext, encrypted } = await provider.generateDataKey(context, call);
    const elsewhere = [0, 1].map((byte) => ({
      providerId: "aws-kms",
      providerInfo: Buffer.from(`arn:aws:kms:us-east-1:123456789012:key/${newId(byte)}`),
      ciphertext: Buffer.of(byte),
    }));
    requests.length = 0;
    expect(await provider.decryptDataKey([...elsewhere, ...encrypted], context, call)).toEqual(plaintext);
    expect(requests).toEqual(["Decrypt", "Decrypt", "Decrypt"]);
    await expect(provider.decryptDataKey(elsewhere, context, call)).rejects.toMatchObject({
      name: "InvalidCiphertextException",
    });
  });

  test("of several copies is not asked for again once the call is over", async () => {
    const { client, keyId } = await start();
    await client.send(new CreateAliasCommand({ AliasName: "alias/backups", TargetKeyId: keyId }));
    const end = new AbortController();
    let requests = 0;
    const transport: AwsTransport = {
      async call() {
        requests += 1;
        end.abort(new Error("over"));
        throw end.signal.reason;
      },
    };
    const provider = kmsKeyProvider({ transport, keyId: "alias/backups" });
    const copy = { providerId: "aws-kms", providerInfo: Buffer.of(), ciphertext: Buffer.of(1) };
    const ending = rootCall({ signal: end.signal });
    await expect(provider.decryptDataKey([copy, copy], context, ending)).rejects.toThrow("over");
    expect(requests).toBe(1);
  });

  test("is refused when someone put in one that is no AES-256 key", async () => {
    const { client, provider, keyId } = await start();
    const { CiphertextBlob = Buffer.of() } = await client.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from("short"), EncryptionContext: context }),
    );
    const { encrypted } = await provider.generateDataKey(context, call);
    const others = encrypted.map((key) => ({ ...key, ciphertext: CiphertextBlob }));
    await expect(provider.decryptDataKey(others, context, call)).rejects.toMatchObject({
      code: "DATA_KEY_UNREADABLE",
    });
  });

  test("is not asked for on a call that is over", async () => {
    const { provider, requests } = await start();
    const over = rootCall({ signal: AbortSignal.abort(new Error("over")) });
    await expect(provider.generateDataKey(context, over)).rejects.toThrow("over");
    expect(requests).toEqual(["GenerateDataKey"]);
  });
});

test.each([
  ["no transport", { keyId: "k" }, /transport/],
  ["no key", { transport: { call: async () => ({}) } }, /keyId/],
  [
    "previous keys that are no list",
    { transport: { call: async () => ({}) }, keyId: "k", previousKeyIds: "o" },
    /list/,
  ],
])("%s is refused where it is given", (_name, options, message) => {
  expect(() => kmsKeyProvider(options as never)).toThrow(message);
});
