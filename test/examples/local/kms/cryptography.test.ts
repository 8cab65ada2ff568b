import {
  CreateAliasCommand,
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  ReEncryptCommand,
  SignCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeMaterial, open, seal } from "../../../../examples/local/kms/ciphertext.ts";
import { contextBytes } from "../../../../examples/local/kms/encryption-context.ts";
import { arnStart, bytes, newKey, setUp, text } from "./set-up.ts";

describe("Encrypt and Decrypt", () => {
  test("give back what was encrypted, and name the key by its ARN", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const encrypted = await client.send(new EncryptCommand({ KeyId, Plaintext: bytes("secret") }));
    expect(encrypted).toMatchObject({
      KeyId: `${arnStart}:key/${KeyId}`,
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    });
    expect(text(encrypted.CiphertextBlob)).not.toContain("secret");
    const { CiphertextBlob } = encrypted;
    const decrypted = await client.send(new DecryptCommand({ CiphertextBlob }));
    expect(decrypted).toMatchObject({
      KeyId: `${arnStart}:key/${KeyId}`,
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    });
    expect(text(decrypted.Plaintext)).toBe("secret");
  });

  test("the same plaintext never comes to the same ciphertext", async () => {
    const { client } = await setUp();
    const command = new EncryptCommand({ KeyId: await newKey(client), Plaintext: bytes("secret") });
    const [one, other] = [await client.send(command), await client.send(command)];
    expect(one.CiphertextBlob).not.toEqual(other.CiphertextBlob);
  });

  test("take a key by its id, its ARN, its alias and its alias's ARN", async () => {
    const { client } = await setUp();
    const id = await newKey(client);
    await client.send(new CreateAliasCommand({ AliasName: "alias/mine", TargetKeyId: id }));
    for (const KeyId of [id, `${arnStart}:key/${id}`, "alias/mine", `${arnStart}:alias/mine`]) {
      const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: bytes("m") }));
      const { Plaintext } = await client.send(new DecryptCommand({ KeyId, CiphertextBlob }));
      expect(text(Plaintext)).toBe("m");
    }
  });

  test("with another key named, Decrypt answers IncorrectKeyException", async () => {
    const { client } = await setUp();
    const [one, other] = [await newKey(client), await newKey(client)];
    await client.send(new CreateAliasCommand({ AliasName: "alias/mine", TargetKeyId: one }));
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: "alias/mine", Plaintext: bytes("m") }),
    );
    await client.send(new UpdateAliasCommand({ AliasName: "alias/mine", TargetKeyId: other }));
    for (const KeyId of [other, "alias/mine"]) {
      await expect(client.send(new DecryptCommand({ KeyId, CiphertextBlob }))).rejects.toMatchObject({
        name: "IncorrectKeyException",
        $metadata: { httpStatusCode: 400 },
      });
    }
    expect(text((await client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext)).toBe("m");
  });

  test("a key that is not there is NotFoundException, by whatever name", async () => {
    const { client } = await setUp();
    const gone = "1234abcd-12ab-34cd-56ef-1234567890ab";
    for (const KeyId of [gone, `${arnStart}:key/${gone}`, "alias/gone", `${arnStart}:alias/gone`]) {
      await expect(client.send(new EncryptCommand({ KeyId, Plaintext: bytes("m") }))).rejects.toMatchObject({
        name: "NotFoundException",
      });
    }
  });

  test("take 1 to 4,096 bytes", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const encrypt = (size: number) =>
      client.send(new EncryptCommand({ KeyId, Plaintext: new Uint8Array(size).fill(7) }));
    const { CiphertextBlob } = await encrypt(4_096);
    expect((await client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext).toHaveLength(4_096);
    for (const size of [0, 4_097]) {
      await expect(encrypt(size)).rejects.toMatchObject({ name: "ValidationException" });
    }
  });

  test("the context must be the same to decrypt, in any order", async () => {
    const { client } = await setUp();
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({
        KeyId: await newKey(client),
        Plaintext: bytes("m"),
        EncryptionContext: { tenant: "a", purpose: "b" },
      }),
    );
    const decrypt = (EncryptionContext?: Record<string, string>) =>
      client.send(new DecryptCommand({ CiphertextBlob, ...(EncryptionContext && { EncryptionContext }) }));
    expect(text((await decrypt({ purpose: "b", tenant: "a" })).Plaintext)).toBe("m");
    for (const wrong of [
      undefined,
      {},
      { tenant: "a" },
      { tenant: "a", purpose: "c" },
      { tenant: "a", purpose: "b", more: "" },
      { tenant: "b", purpose: "a" },
      { Tenant: "a", purpose: "b" },
    ]) {
      await expect(decrypt(wrong)).rejects.toMatchObject({ name: "InvalidCiphertextException" });
    }
  });

  test("no context is the same as an empty one", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: bytes("m") }));
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: {} }));
    expect(text(Plaintext)).toBe("m");
  });

  test("a ciphertext with any byte changed, cut short or made up is InvalidCiphertextException", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const { CiphertextBlob = new Uint8Array() } = await client.send(
      new EncryptCommand({ KeyId, Plaintext: bytes("m") }),
    );
    const changed = Array.from(CiphertextBlob, (_, index) =>
      CiphertextBlob.map((byte, at) => (at === index ? byte ^ 1 : byte)),
    );
    expect(changed.length).toBeGreaterThan(100);
    for (const blob of [
      ...changed,
      CiphertextBlob.slice(0, -1),
      CiphertextBlob.slice(0, 3),
      bytes("hello"),
    ]) {
      await expect(client.send(new DecryptCommand({ CiphertextBlob: blob }))).rejects.toMatchObject({
        name: "InvalidCiphertextException",
      });
    }
  });

  test("a dry run of what would succeed says so, and of what would fail says why", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const dry = new EncryptCommand({ KeyId, Plaintext: bytes("m"), DryRun: true });
    await expect(client.send(dry)).rejects.toMatchObject({ name: "DryRunOperationException" });
    await client.send(new DisableKeyCommand({ KeyId }));
    await expect(client.send(dry)).rejects.toMatchObject({ name: "DisabledException" });
  });

  test("an algorithm of asymmetric keys is InvalidKeyUsageException", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    await expect(
      client.send(
        new EncryptCommand({ KeyId, Plaintext: bytes("m"), EncryptionAlgorithm: "RSAES_OAEP_SHA_256" }),
      ),
    ).rejects.toMatchObject({ name: "InvalidKeyUsageException" });
  });

  test("an operation that is not served is refused by its name", async () => {
    const { client } = await setUp();
    const sign = new SignCommand({ KeyId: "k", Message: bytes("m"), SigningAlgorithm: "RSASSA_PSS_SHA_256" });
    await expect(client.send(sign)).rejects.toThrow(/^KMS: Sign is not served here/);
  });
});

const contexts = fc.dictionary(
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.string({ unit: "binary", maxLength: 4 }),
  { maxKeys: 3 },
);

test("whatever is encrypted under a context decrypts under exactly that context", () => {
  const material = makeMaterial();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      contexts,
      contexts,
      (plaintext, context, other) => {
        const blob = seal("key", material, Buffer.from(plaintext), context);
        const reversed = Object.fromEntries(Object.entries(context).reverse());
        expect(Uint8Array.from(open(material, blob, reversed))).toEqual(plaintext);
        const same =
          Object.keys(context).length === Object.keys(other).length &&
          Object.entries(context).every(([key, value]) => Object.hasOwn(other, key) && other[key] === value);
        if (!same) expect(() => open(material, blob, other)).toThrow("not valid");
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ["a name's end and a value's beginning", { ab: "c" }, { a: "bc" }],
  ["two pairs and one", { a: "b", c: "d" }, { a: "bcd" }],
  ["lone surrogates", { a: "\ud800" }, { a: "\ud801" }],
])("contexts are told apart by %s", (_what, one, other) => {
  expect(contextBytes(one).equals(contextBytes(other))).toBe(false);
});

test("through the API, too, a context decrypts what was encrypted under it, and nothing else", async () => {
  const { client } = await setUp();
  const KeyId = await newKey(client);
  const named = fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.string({ maxLength: 3 }), {
    minKeys: 1,
    maxKeys: 3,
  });
  await fc.assert(
    fc.asyncProperty(named, fc.string({ minLength: 1 }), async (EncryptionContext, message) => {
      const { CiphertextBlob } = await client.send(
        new EncryptCommand({ KeyId, Plaintext: bytes(message), EncryptionContext }),
      );
      const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
      expect(text(Plaintext)).toBe(message);
      const more = { ...EncryptionContext, more: "than three letters" };
      await expect(
        client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: more })),
      ).rejects.toMatchObject({ name: "InvalidCiphertextException" });
    }),
    { numRuns: 25 },
  );
});

describe("data keys", () => {
  test.each([
    [{ KeySpec: "AES_256" as const }, 32],
    [{ KeySpec: "AES_128" as const }, 16],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1_024 }, 1_024],
  ])("%o makes a key of %d bytes that comes back from its ciphertext", async (size, length) => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const EncryptionContext = { tenant: "a" };
    const made = await client.send(new GenerateDataKeyCommand({ KeyId, EncryptionContext, ...size }));
    expect(made.Plaintext).toHaveLength(length);
    const { CiphertextBlob } = made;
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Plaintext).toEqual(made.Plaintext);
    await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: "InvalidCiphertextException",
    });
  });

  test.each([
    ["neither size nor spec", {}],
    ["both", { KeySpec: "AES_256" as const, NumberOfBytes: 32 }],
    ["no bytes", { NumberOfBytes: 0 }],
    ["1,025 bytes", { NumberOfBytes: 1_025 }],
  ])("%s is ValidationException", async (_what, size) => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    await expect(client.send(new GenerateDataKeyCommand({ KeyId, ...size }))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("without plaintext come as a ciphertext alone", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const made = await client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: "AES_256" }));
    expect(made).not.toHaveProperty("Plaintext");
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    expect(Plaintext).toHaveLength(32);
  });

  test("random bytes need no key", async () => {
    const { client } = await setUp();
    const { Plaintext } = await client.send(new GenerateRandomCommand({ NumberOfBytes: 24 }));
    expect(Plaintext).toHaveLength(24);
    await expect(client.send(new GenerateRandomCommand({}))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });
});

describe("ReEncrypt", () => {
  test("moves a ciphertext to another key and context", async () => {
    const { client } = await setUp();
    const [source, destination] = [await newKey(client), await newKey(client)];
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: source, Plaintext: bytes("m"), EncryptionContext: { a: "1" } }),
    );
    const moved = await client.send(
      new ReEncryptCommand({
        CiphertextBlob,
        SourceEncryptionContext: { a: "1" },
        DestinationKeyId: destination,
        DestinationEncryptionContext: { b: "2" },
      }),
    );
    expect(moved).toMatchObject({
      SourceKeyId: `${arnStart}:key/${source}`,
      KeyId: `${arnStart}:key/${destination}`,
    });
    const decrypted = await client.send(
      new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { b: "2" } }),
    );
    expect(text(decrypted.Plaintext)).toBe("m");
  });

  test("needs the source's context, and its key when one is named", async () => {
    const { client } = await setUp();
    const [source, destination] = [await newKey(client), await newKey(client)];
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: source, Plaintext: bytes("m"), EncryptionContext: { a: "1" } }),
    );
    const move = { CiphertextBlob, DestinationKeyId: destination };
    await expect(client.send(new ReEncryptCommand(move))).rejects.toMatchObject({
      name: "InvalidCiphertextException",
    });
    await expect(
      client.send(
        new ReEncryptCommand({ ...move, SourceKeyId: destination, SourceEncryptionContext: { a: "1" } }),
      ),
    ).rejects.toMatchObject({ name: "IncorrectKeyException" });
  });
});
