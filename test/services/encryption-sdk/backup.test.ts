import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { rootCall } from "holdfast";
import { kmsTransport } from "holdfast/aws/kms";
import { s3Transport } from "holdfast/aws/s3";
import { backupWriter } from "holdfast/backup";
import { type KeyProvider, kmsKeyProvider, severalKeys } from "holdfast/crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arnStart, newKey, setUp as setUpKms } from "../../examples/local/kms/set-up.ts";
import { setUp as setUpS3 } from "../../examples/local/s3/set-up.ts";
import { staticKey } from "./cases.ts";
import { nodeSdk } from "./node-sdk.ts";
import { providerOf } from "./ours.ts";
import { pythonSdk } from "./python-sdk.ts";
import { installed, type OtherSdk } from "./sdk.ts";

const MEMBER = 64 * 1_024;
const name = "s3://acme-logs/2026/11/28/ä b.log";

/** The object of a backup, as it lies in the bucket. */
async function stored(
  source: Buffer,
  keyProvider: KeyProvider,
  compression: 6 | "none" = 6,
): Promise<Buffer> {
  const { client } = await setUpS3();
  const transport = s3Transport(client);
  const call = rootCall({ timeoutMs: 20_000 });
  const place = { transport, bucket: "bucket", keyProvider };
  const writer = backupWriter({ ...place, compression, memberBytes: MEMBER });
  async function* read() {
    for (let at = 0; at < source.length; at += 100_000) yield source.subarray(at, at + 100_000);
  }
  const { manifest } = await writer.write({ source: { name, version: "v1" }, read }, call);
  const { Body } = await transport.call("GetObject", { Bucket: "bucket", Key: manifest.object.key }, call);
  return Buffer.from(await (Body as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray());
}

describe.each([pythonSdk, nodeSdk])("$title", ({ start }) => {
  let sdk: OtherSdk;
  beforeAll(async () => {
    sdk = await start();
  });
  afterAll(() => sdk.stop());
  const keys = [staticKey("2026-11"), staticKey("safe")];

  test.each([0, 1, MEMBER - 1, MEMBER, MEMBER + 1, 3 * 2 ** 20])(
    "decrypts a backup of %i bytes, and what comes is the source in gzip, by each of its keys",
    async (bytes) => {
      // Half of it does not compress, and its members are longer than a frame.
      const source = Buffer.concat([Buffer.alloc(bytes >> 1, "INFO\n"), randomBytes(bytes - (bytes >> 1))]);
      const object = await stored(source, providerOf(keys));
      for (const key of keys) {
        const { plaintext, context } = await sdk.decrypt(object, [key]);
        expect(gunzipSync(plaintext).equals(source)).toBe(true);
        expect(context).toEqual({ "backup-source": name, "backup-source-version": "v1" });
      }
    },
  );

  test("decrypts a backup that is not compressed", async () => {
    const source = randomBytes(200_000);
    const object = await stored(source, providerOf(keys), "none");
    expect((await sdk.decrypt(object, keys)).plaintext.equals(source)).toBe(true);
  });
});

describe("what docs/backups.md says of restoring without holdfast", () => {
  const page = readFileSync("docs/backups.md", "utf8");
  const [, program = ""] = /```python\n([\s\S]*?)```/.exec(page) ?? [];
  const [, commandLine = ""] = /^(.*python3 restore\.py.*)$/m.exec(page) ?? [];
  const [exampleArn = ""] = /arn:aws:kms:[^"]+/.exec(program) ?? [];

  /** What the command wrote, and its exit code. */
  async function restored(object: Buffer, arn: string, endpoint: string) {
    const folder = await mkdtemp(join(tmpdir(), "restore-"));
    try {
      await writeFile(join(folder, "restore.py"), program.replace(exampleArn, arn));
      await writeFile(join(folder, "backup"), object);
      const PATH = `${dirname(installed("HOLDFAST_TEST_PYTHON"))}:${process.env["PATH"]}`;
      const kms = { AWS_ENDPOINT_URL_KMS: endpoint, AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" };
      const exitCode = await new Promise<unknown>((resolve) => {
        const options = { cwd: folder, env: { PATH, ...kms } };
        execFile("bash", ["-c", commandLine], options, (error) => resolve(error?.code ?? 0));
      });
      return { exitCode, bytes: await readFile(join(folder, "a.log")) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  test("restores a backup, and fails for one that was cut or changed", async () => {
    const { kms, client } = await setUpKms();
    const keyId = await newKey(client);
    const kmsKeys = kmsKeyProvider({ transport: kmsTransport(client), keyId });
    const source = Buffer.concat([Buffer.alloc(400_000, "INFO\n"), randomBytes(400_000)]);
    const object = await stored(source, severalKeys(kmsKeys, providerOf([staticKey("safe")])));
    const arn = `${arnStart}:key/${keyId}`;
    const whole = await restored(object, arn, kms.endpoint);
    expect(whole.exitCode).toBe(0);
    expect(whole.bytes.equals(source)).toBe(true);
    const changed = Buffer.from(object);
    changed.writeUInt8(changed.readUInt8(300_000) ^ 1, 300_000);
    for (const wrong of [object.subarray(0, -1), object.subarray(0, -70_000), changed]) {
      expect((await restored(wrong, arn, kms.endpoint)).exitCode).not.toBe(0);
    }
  });
});
