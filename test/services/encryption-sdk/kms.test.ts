import { randomBytes } from "node:crypto";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startKms } from "../../../examples/local/kms/server.ts";
import { manualClock } from "../../examples/local/eventbridge/manual-clock.ts";
import { staticKey } from "./cases.ts";
import { nodeSdk } from "./node-sdk.ts";
import { closeClients, decrypted, encrypted } from "./ours.ts";
import { pythonSdk } from "./python-sdk.ts";
import { installed, type OtherSdk, type SharedKey, SIGNED, UNSIGNED } from "./sdk.ts";

const REGION = "eu-west-1";

const ourKms = {
  kms: "our KMS",
  startKms: () => startKms({ keys: [], region: REGION, accountId: "123456789012", clock: manualClock() }),
};
const motoKms = {
  kms: "moto's KMS",
  startKms: async () => ({ endpoint: installed("HOLDFAST_TEST_KMS"), stop: async () => {} }),
};

const all = [ourKms, motoKms].flatMap((kms) => [pythonSdk, nodeSdk].map((sdk) => ({ ...kms, ...sdk })));

describe.each(all)("$title, with keys of $kms", ({ startKms: startIt, start }) => {
  let sdk: OtherSdk;
  let stopKms: () => Promise<void>;
  const made: SharedKey[] = [];

  beforeAll(async () => {
    sdk = await start();
    const { endpoint, stop } = await startIt();
    stopKms = stop;
    const credentials = { accessKeyId: "x", secretAccessKey: "x" };
    const client = new KMSClient({ endpoint, region: REGION, credentials });
    for (let count = 1; count <= 2; count += 1) {
      const { KeyMetadata: { Arn: arn = "" } = {} } = await client.send(new CreateKeyCommand({}));
      const alias = `alias/backups-${arn.slice(-12)}`;
      await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: arn }));
      made.push({ kind: "kms", arn, endpoint, alias });
    }
    client.destroy();
  });
  afterAll(async () => {
    closeClients();
    await sdk.stop();
    await stopKms();
  });

  const context = { "backup-source": "s3://acme-logs/ä 🪵.log", "backup-source-version": "1" };
  const key = (index: number): SharedKey => made[index] as SharedKey;
  const keys: [string, () => SharedKey[]][] = [
    ["one key", () => [key(0)]],
    ["two keys", () => [key(0), key(1)]],
    ["a KMS key and one that the program holds", () => [key(0), staticKey("safe")]],
    ["a key that the program holds and a KMS key", () => [staticKey("safe"), key(0)]],
  ];

  test.each(keys)(
    "under %s either side reads what the other writes, by each key alone",
    async (_, choose) => {
      const plaintext = randomBytes(1_000);
      const how = { keys: choose(), context, frameBytes: 128 };
      const ours = await encrypted(plaintext, how);
      const theirs = await sdk.encrypt(plaintext, { ...how, suite: UNSIGNED });
      const signed = await sdk.encrypt(plaintext, { ...how, suite: SIGNED });
      for (const one of how.keys) {
        expect(await sdk.decrypt(ours, [one])).toEqual({ plaintext, context });
        expect(await decrypted(theirs, [one])).toEqual({ plaintext, context });
        expect((await decrypted(signed, [one])).plaintext).toEqual(plaintext);
      }
    },
  );

  const byArn = (given: SharedKey): SharedKey =>
    given.kind === "kms" ? { kind: "kms", arn: given.arn, endpoint: given.endpoint } : given;

  test("another key of the same KMS is refused, on both sides", async () => {
    const how = { keys: [key(0)], context, frameBytes: 128 };
    await expect(sdk.decrypt(await encrypted(randomBytes(10), how), [key(1)])).rejects.toThrow();
    const theirs = await sdk.encrypt(randomBytes(10), { ...how, suite: UNSIGNED });
    await expect(decrypted(theirs, [byArn(key(1))])).rejects.toMatchObject({ code: "DATA_KEY_UNREADABLE" });
    // Only KMS knows which key an alias means.
    await expect(decrypted(theirs, [key(1)])).rejects.toThrow();
  });
});
