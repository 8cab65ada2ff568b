import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, test } from "vitest";
import type { Key } from "../../../../examples/local/template/stack.ts";
import { arnStart, bytes, DAY_MS, newKey, setUp, text } from "./set-up.ts";

const encrypt = async (client: KMSClient, KeyId: string) =>
  (await client.send(new EncryptCommand({ KeyId, Plaintext: bytes("m") }))).CiphertextBlob;
const decrypt = async (client: KMSClient, CiphertextBlob: Uint8Array | undefined) =>
  text((await client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext);
const stateOf = async (client: KMSClient, KeyId: string) =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

describe("a new key", () => {
  test("is a symmetric one that can be used, and is described so", async () => {
    const { client, clock } = await setUp();
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: "mine" }));
    expect(KeyMetadata).toMatchObject({
      AWSAccountId: "123456789012",
      Arn: `${arnStart}:key/${KeyMetadata?.KeyId}`,
      CreationDate: new Date(clock.now()),
      Enabled: true,
      Description: "mine",
      KeyUsage: "ENCRYPT_DECRYPT",
      KeyState: "Enabled",
      Origin: "AWS_KMS",
      KeyManager: "CUSTOMER",
      KeySpec: "SYMMETRIC_DEFAULT",
      EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      MultiRegion: false,
    });
    const described = await client.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId }));
    expect(described.KeyMetadata).toEqual(KeyMetadata);
  });

  const refused: readonly CreateKeyCommandInput[] = [
    { KeySpec: "RSA_2048" },
    { KeySpec: "HMAC_256" },
    { KeyUsage: "SIGN_VERIFY" },
    { Origin: "EXTERNAL" },
    { MultiRegion: true },
    { CustomKeyStoreId: "cks-1" },
  ];
  test.each(refused)("%o is not served, and refused", async (input) => {
    const { client } = await setUp();
    await expect(client.send(new CreateKeyCommand(input))).rejects.toMatchObject({
      name: "UnsupportedOperationException",
    });
    expect((await client.send(new ListKeysCommand({}))).Keys).toEqual([]);
  });

  test("is listed, page by page", async () => {
    const { client } = await setUp();
    const made = [await newKey(client), await newKey(client), await newKey(client)].sort();
    const first = await client.send(new ListKeysCommand({ Limit: 2 }));
    expect(first.Truncated).toBe(true);
    const second = await client.send(new ListKeysCommand({ Limit: 2, Marker: first.NextMarker }));
    expect(second.Truncated).toBe(false);
    const ids = [...(first.Keys ?? []), ...(second.Keys ?? [])].map(({ KeyId }) => KeyId);
    expect(ids).toEqual(made);
    await expect(client.send(new ListKeysCommand({ Marker: "x" }))).rejects.toMatchObject({
      name: "InvalidMarkerException",
    });
  });
});

test("the templates' keys are there, with their aliases, state and rotation", async () => {
  const place = { file: "template.yaml", line: 1, path: "" };
  const key = (keyId: string, change: Partial<Key>): Key => ({
    logicalId: keyId,
    name: keyId,
    arn: `${arnStart}:key/${keyId}`,
    place,
    keyId,
    enabled: true,
    aliases: [],
    ...change,
  });
  const { client } = await setUp({
    keys: [key("one", { aliases: ["alias/one"], rotationPeriodDays: 90 }), key("two", { enabled: false })],
  });
  expect(await decrypt(client, await encrypt(client, "alias/one"))).toBe("m");
  expect(await stateOf(client, "two")).toBe("Disabled");
  expect(await client.send(new GetKeyRotationStatusCommand({ KeyId: "one" }))).toMatchObject({
    KeyRotationEnabled: true,
    RotationPeriodInDays: 90,
  });
  await expect(
    setUp({ keys: [key("a", { aliases: ["alias/x"] }), key("b", { aliases: ["alias/x"] })] }),
  ).rejects.toThrow(/alias\/x names two keys/);
});

describe("a disabled key", () => {
  test("neither encrypts nor decrypts until it is enabled again", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const before = await encrypt(client, KeyId);
    await client.send(new DisableKeyCommand({ KeyId }));
    expect(await stateOf(client, KeyId)).toBe("Disabled");
    await expect(encrypt(client, KeyId)).rejects.toMatchObject({ name: "DisabledException" });
    await expect(decrypt(client, before)).rejects.toMatchObject({ name: "DisabledException" });
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(await decrypt(client, before)).toBe("m");
  });

  test("cannot be found by an alias for that", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    await client.send(new CreateAliasCommand({ AliasName: "alias/a", TargetKeyId: KeyId }));
    await expect(client.send(new DisableKeyCommand({ KeyId: "alias/a" }))).rejects.toMatchObject({
      name: "NotFoundException",
    });
    expect(await stateOf(client, KeyId)).toBe("Enabled");
  });
});

describe("deletion", () => {
  const schedule = (client: KMSClient, KeyId: string, PendingWindowInDays?: number) =>
    client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }));

  test("waits by the cloud's clock, thirty days unless told otherwise, and is then for good", async () => {
    const { client, clock } = await setUp({ speed: 10 });
    const KeyId = await newKey(client);
    await client.send(new CreateAliasCommand({ AliasName: "alias/a", TargetKeyId: KeyId }));
    const blob = await encrypt(client, KeyId);
    expect(await schedule(client, KeyId)).toMatchObject({
      KeyId: `${arnStart}:key/${KeyId}`,
      KeyState: "PendingDeletion",
      PendingWindowInDays: 30,
      DeletionDate: new Date(clock.now() + 3 * DAY_MS),
    });
    await clock.advance(30 * DAY_MS - 10);
    expect(await stateOf(client, KeyId)).toBe("PendingDeletion");
    await clock.advance(10);
    await expect(stateOf(client, KeyId)).rejects.toMatchObject({ name: "NotFoundException" });
    await expect(decrypt(client, blob)).rejects.toMatchObject({ name: "NotFoundException" });
    expect((await client.send(new ListAliasesCommand({}))).Aliases).toEqual([]);
  });

  test("keeps the key from every use while it is pending", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const blob = await encrypt(client, KeyId);
    await schedule(client, KeyId, 7);
    const uses: readonly (() => Promise<unknown>)[] = [
      () => encrypt(client, KeyId),
      () => decrypt(client, blob),
      () => client.send(new EnableKeyCommand({ KeyId })),
      () => client.send(new DisableKeyCommand({ KeyId })),
      () => client.send(new RotateKeyOnDemandCommand({ KeyId })),
      () => client.send(new CreateAliasCommand({ AliasName: "alias/a", TargetKeyId: KeyId })),
      () => schedule(client, KeyId, 7),
    ];
    for (const use of uses) {
      await expect(use()).rejects.toMatchObject({ name: "KMSInvalidStateException" });
    }
  });

  test("can be cancelled, and leaves a disabled key that works once enabled", async () => {
    const { client, clock } = await setUp();
    const KeyId = await newKey(client);
    const blob = await encrypt(client, KeyId);
    await schedule(client, KeyId, 7);
    await client.send(new CancelKeyDeletionCommand({ KeyId }));
    expect(await stateOf(client, KeyId)).toBe("Disabled");
    await clock.advance(8 * DAY_MS);
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(await decrypt(client, blob)).toBe("m");
    await expect(client.send(new CancelKeyDeletionCommand({ KeyId }))).rejects.toMatchObject({
      name: "KMSInvalidStateException",
    });
  });

  test.each([6, 31])("in %d days is refused", async (days) => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    await expect(schedule(client, KeyId, days)).rejects.toMatchObject({ name: "ValidationException" });
    expect(await stateOf(client, KeyId)).toBe("Enabled");
  });
});

describe("rotation", () => {
  const materialOf = async (client: KMSClient, KeyId: string) =>
    (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId;

  test("on demand makes new material, and old ciphertexts still decrypt", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const [before, old] = [await materialOf(client, KeyId), await encrypt(client, KeyId)];
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    expect(await materialOf(client, KeyId)).not.toBe(before);
    expect(await decrypt(client, old)).toBe("m");
    const { KeyMaterialId } = await client.send(
      new DecryptCommand({ CiphertextBlob: await encrypt(client, KeyId) }),
    );
    expect(KeyMaterialId).toBe(await materialOf(client, KeyId));
  });

  test("on demand is possible 25 times", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    for (let count = 0; count < 25; count++) await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    await expect(client.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject({
      name: "LimitExceededException",
    });
  });

  test("by itself comes after its period on the cloud's clock, as long as it and the key are enabled", async () => {
    const { client, clock } = await setUp({ speed: 100 });
    const KeyId = await newKey(client);
    const status = () => client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(await status()).toMatchObject({ KeyRotationEnabled: false });
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    expect(await status()).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
    const [first, old] = [await materialOf(client, KeyId), await encrypt(client, KeyId)];
    await clock.advance(89 * DAY_MS);
    expect(await materialOf(client, KeyId)).toBe(first);
    await clock.advance(DAY_MS);
    const second = await materialOf(client, KeyId);
    expect(second).not.toBe(first);
    expect(await decrypt(client, old)).toBe("m");
    await client.send(new DisableKeyCommand({ KeyId }));
    await clock.advance(90 * DAY_MS);
    expect(await materialOf(client, KeyId)).toBe(second);
    await client.send(new EnableKeyCommand({ KeyId }));
    const third = await materialOf(client, KeyId);
    expect(third).not.toBe(second);
    await client.send(new DisableKeyRotationCommand({ KeyId }));
    await clock.advance(1_000 * DAY_MS);
    expect(await materialOf(client, KeyId)).toBe(third);
  });

  test.each([89, 2_561])("every %d days is refused", async (RotationPeriodInDays) => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    await expect(
      client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays })),
    ).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("of a disabled key is refused", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    await client.send(new DisableKeyCommand({ KeyId }));
    for (const rotate of [
      () => client.send(new EnableKeyRotationCommand({ KeyId })),
      () => client.send(new RotateKeyOnDemandCommand({ KeyId })),
    ]) {
      await expect(rotate()).rejects.toMatchObject({ name: "DisabledException" });
    }
  });
});

describe("aliases", () => {
  test("are made, moved, listed and deleted, and the key stays", async () => {
    const { client } = await setUp();
    const [one, other] = [await newKey(client), await newKey(client)];
    await client.send(new CreateAliasCommand({ AliasName: "alias/a/b_c-1", TargetKeyId: one }));
    await client.send(
      new CreateAliasCommand({ AliasName: "alias/z", TargetKeyId: `${arnStart}:key/${other}` }),
    );
    const list = async (KeyId?: string) =>
      (await client.send(new ListAliasesCommand({ KeyId }))).Aliases?.map(
        ({ AliasName, AliasArn, TargetKeyId }) => [AliasName, AliasArn, TargetKeyId],
      );
    expect(await list()).toEqual([
      ["alias/a/b_c-1", `${arnStart}:alias/a/b_c-1`, one],
      ["alias/z", `${arnStart}:alias/z`, other],
    ]);
    expect(await list(other)).toHaveLength(1);
    await client.send(new UpdateAliasCommand({ AliasName: "alias/a/b_c-1", TargetKeyId: other }));
    expect(await list(other)).toHaveLength(2);
    await client.send(new DeleteAliasCommand({ AliasName: "alias/z" }));
    expect(await list()).toHaveLength(1);
    expect(await stateOf(client, other)).toBe("Enabled");
  });

  test("keep to one key each, and to keys that are there", async () => {
    const { client } = await setUp();
    const KeyId = await newKey(client);
    const create = (AliasName: string, TargetKeyId: string) =>
      client.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
    await create("alias/a", KeyId);
    await expect(create("alias/a", KeyId)).rejects.toMatchObject({ name: "AlreadyExistsException" });
    await expect(create("alias/b", "gone")).rejects.toMatchObject({ name: "NotFoundException" });
    await expect(create("alias/b", "alias/a")).rejects.toMatchObject({ name: "ValidationException" });
    for (const change of [
      () => client.send(new UpdateAliasCommand({ AliasName: "alias/gone", TargetKeyId: KeyId })),
      () => client.send(new DeleteAliasCommand({ AliasName: "alias/gone" })),
    ]) {
      await expect(change()).rejects.toMatchObject({ name: "NotFoundException" });
    }
  });

  test.each([
    ["a", "ValidationException"],
    ["alias/", "ValidationException"],
    ["alias/a b", "ValidationException"],
    ["alias/a:b", "ValidationException"],
    [`alias/${"a".repeat(251)}`, "ValidationException"],
    ["alias/aws/s3", "NotAuthorizedException"],
  ])("cannot be called %s", async (AliasName, name) => {
    const { client } = await setUp();
    const TargetKeyId = await newKey(client);
    await expect(client.send(new CreateAliasCommand({ AliasName, TargetKeyId }))).rejects.toMatchObject({
      name,
    });
  });
});
