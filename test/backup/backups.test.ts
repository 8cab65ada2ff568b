import { randomBytes } from "node:crypto";
import { ListMultipartUploadsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { rootCall } from "holdfast";
import { type AwsTransport, s3Transport } from "holdfast/aws/s3";
import { type KeyProvider, staticKeyProvider } from "holdfast/crypto";
import { describe, expect, test } from "vitest";
import { backupReader } from "../../src/backup/backup-reader.ts";
import { type BackupInput, backupWriter } from "../../src/backup/backup-writer.ts";
import { setUp } from "../examples/local/s3/set-up.ts";

const source = { name: "logs/2026/11/28/ä b.log", version: "v/1" };
const keyProvider = staticKeyProvider({ keyId: "2026-11", key: randomBytes(32) });
const text = Buffer.from("2026-11-28 12:00:00 INFO all is well\n".repeat(30_000));
const incompressible = randomBytes(9 * 2 ** 20);

async function* stream(bytes: Buffer, pieceBytes = 300_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
const of = (bytes: Buffer, changes: Partial<BackupInput> = {}): BackupInput => ({
  source,
  read: () => stream(bytes),
  ...changes,
});
const call = () => rootCall({ timeoutMs: 30_000 });

type Step = (
  operation: string,
  send: () => Promise<Record<string, unknown>>,
  input: object,
) => Promise<Record<string, unknown>>;

async function start(step: Step = (_operation, send) => send(), keys: KeyProvider = keyProvider) {
  const { client } = await setUp();
  const inner = s3Transport(client);
  const transport: AwsTransport = {
    call: (operation, input, given) => step(operation, () => inner.call(operation, input, given), input),
  };
  const place = { transport, bucket: "bucket", prefix: "b/", keyProvider: keys };
  return {
    inner,
    writer: backupWriter(place),
    reader: backupReader(place),
    async left(prefix: string) {
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({ Bucket: "bucket", Prefix: prefix }),
      );
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: "bucket" }));
      expect(Uploads).toEqual([]);
      return Contents.map(({ Key = "" }) => Key);
    },
    async get(key: string) {
      const { Body } = await inner.call("GetObject", { Bucket: "bucket", Key: key }, call());
      return Buffer.from(
        await (Body as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray(),
      );
    },
    put: (key: string, bytes: Buffer) =>
      inner.call("PutObject", { Bucket: "bucket", Key: key, Body: bytes }, call()),
  };
}

describe("a backup", () => {
  test.each([
    ["text", text],
    ["random bytes, in parts", incompressible],
    ["nothing", Buffer.alloc(0)],
  ])("of %s is restored exactly, and verified", async (_what, bytes) => {
    const { writer, reader, get } = await start();
    const { status, manifest } = await writer.write(of(bytes), call());
    expect(status).toBe("written");
    expect(manifest.plaintext.bytes).toBe(bytes.length);
    expect(await reader.find(source, call())).toEqual(manifest);
    await reader.verify(manifest, call());
    await reader.restore(manifest, { bucket: "bucket", key: "restored" }, call());
    expect((await get("restored")).equals(bytes)).toBe(true);
  });

  test("of a version that is there is skipped, and the source is not read", async () => {
    const { writer } = await start();
    const { manifest } = await writer.write(of(text), call());
    const read = (): never => {
      throw new Error("read");
    };
    expect(await writer.write(of(text, { read }), call())).toMatchObject({ status: "skipped", manifest });
    const next = { ...source, version: "v2" };
    expect(await writer.write(of(text, { source: next }), call())).toMatchObject({ status: "written" });
  });

  test("says in clear what it is of, and nothing of its contents or its keys", async () => {
    const { writer, get, left } = await start();
    const { manifest, manifestKey } = await writer.write(of(text, { context: { app: "logs" } }), call());
    expect(manifestKey).toBe("b/manifests/logs/2026/11/28/%C3%A4%20b.log/v%2F1.json");
    expect(manifest).toMatchObject({
      keys: ["holdfast 2026-11"],
      context: { app: "logs", "backup-source": source.name },
    });
    expect(JSON.parse((await get(manifestKey)).toString())).toEqual(manifest);
    const [object = ""] = await left("b/objects/");
    const stored = await get(object);
    expect(stored.includes("all is well")).toBe(false);
    expect(stored.length).toBe(manifest.ciphertext.bytes);
    expect(stored.length).toBeLessThan(text.length / 10);
  });

  test("lists by name and by all", async () => {
    const { writer, reader } = await start();
    const inputs = [source, { ...source, version: "v2" }, { name: "other", version: "1" }];
    for (const one of inputs) await writer.write(of(text, { source: one }), call());
    const names = async (of: { name?: string }): Promise<string[]> => {
      const found: string[] = [];
      for await (const manifest of reader.list(of, call()))
        found.push(`${manifest.source.name} ${manifest.source.version}`);
      return found;
    };
    expect(await names({ name: source.name })).toEqual([`${source.name} v/1`, `${source.name} v2`]);
    expect(await names({})).toHaveLength(3);
  });
});

describe("of two runs for one version", () => {
  test("one is the backup, and the other's object is removed", async () => {
    const { writer, reader, left } = await start();
    const results = await Promise.all([1, 2, 3].map(() => writer.write(of(text), call())));
    expect(results.map(({ status }) => status).sort()).toEqual(["skipped", "skipped", "written"]);
    const [first] = results;
    for (const { manifest } of results) expect(manifest).toEqual(first?.manifest);
    expect(await left("b/objects/")).toEqual([first?.manifest.object.key]);
    if (first !== undefined) await reader.verify(first.manifest, call());
  });
});

describe("when something fails, there is one backup or none", () => {
  const failed = (name: string, httpStatusCode: number): Error =>
    Object.assign(new Error(name), {
      name,
      $fault: httpStatusCode < 500 ? "client" : "server",
      $metadata: { httpStatusCode },
    });
  const isManifest = (input: object): boolean =>
    String((input as { Key?: unknown }).Key).startsWith("b/manifests/");

  test("the manifest's answer is lost: it is read back, and is this run's", async () => {
    const { writer, left } = await start(async (operation, send, input) => {
      const answer = await send();
      if (operation === "PutObject" && isManifest(input)) throw failed("TimeoutError", 503);
      return answer;
    });
    expect(await writer.write(of(text), call())).toMatchObject({ status: "written" });
    expect(await left("b/manifests/")).toHaveLength(1);
  });

  test("the manifest is never written: the backup does not exist, and the next run makes it", async () => {
    let isDown = true;
    const { writer, reader, left } = await start((operation, send, input) =>
      isDown && operation === "PutObject" && isManifest(input)
        ? Promise.reject(failed("AccessDenied", 403))
        : send(),
    );
    await expect(writer.write(of(text), call())).rejects.toThrow("AccessDenied");
    await expect(reader.find(source, call())).rejects.toMatchObject({ code: "BACKUP_NOT_FOUND" });
    isDown = false;
    expect(await writer.write(of(text), call())).toMatchObject({ status: "written" });
    expect(await left("b/manifests/")).toHaveLength(1);
  });

  test.each(["generateDataKey", "read", "UploadPart"])("%s fails: nothing is there", async (what) => {
    const broken: KeyProvider = {
      ...keyProvider,
      generateDataKey: () => Promise.reject(new Error("failed")),
    };
    const { writer, left } = await start(
      (operation, send) => (operation === what ? Promise.reject(new Error("failed")) : send()),
      what === "generateDataKey" ? broken : keyProvider,
    );
    async function* failing(): AsyncGenerator<Buffer> {
      yield* stream(incompressible);
      throw new Error("failed");
    }
    const read = what === "read" ? failing : () => stream(incompressible);
    await expect(writer.write(of(incompressible, { read }), call())).rejects.toThrow("failed");
    expect(await left("b/")).toEqual([]);
  });
});

describe("a restore publishes nothing when", () => {
  const cases: [string, (bytes: Buffer) => Buffer, string][] = [
    [
      "a byte in the middle was changed",
      (bytes) => Buffer.from(bytes.with(bytes.length >> 1, 1 ^ (bytes[bytes.length >> 1] ?? 0))),
      "MESSAGE_REFUSED",
    ],
    ["its end is cut off", (bytes) => bytes.subarray(0, -1), "MESSAGE_REFUSED"],
    ["a byte was added", (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), "MESSAGE_REFUSED"],
    ["it is empty", () => Buffer.alloc(0), "MESSAGE_REFUSED"],
  ];
  test.each(cases)("%s", async (_what, change, code) => {
    const { writer, reader, get, put, left } = await start();
    const { manifest } = await writer.write(of(incompressible), call());
    await put(manifest.object.key, change(await get(manifest.object.key)));
    await expect(reader.verify(manifest, call())).rejects.toMatchObject({ code });
    await expect(
      reader.restore(manifest, { bucket: "bucket", key: "restored" }, call()),
    ).rejects.toMatchObject({ code });
    expect(await left("restored")).toEqual([]);
  });

  test("another backup of the same keys was put in its place", async () => {
    const { writer, reader, get, put, left } = await start();
    const { manifest } = await writer.write(of(text), call());
    const other = await writer.write(of(text, { source: { ...source, version: "v2" } }), call());
    await put(manifest.object.key, await get(other.manifest.object.key));
    await expect(
      reader.restore(manifest, { bucket: "bucket", key: "restored" }, call()),
    ).rejects.toMatchObject({
      code: "BACKUP_CORRUPT",
    });
    expect(await left("restored")).toEqual([]);
  });

  test("its manifest says less, more or other bytes than it has", async () => {
    const { writer, reader, left } = await start();
    const { manifest } = await writer.write(of(text), call());
    const { plaintext, ciphertext } = manifest;
    for (const changed of [
      { ...manifest, plaintext: { ...plaintext, bytes: plaintext.bytes - 1 } },
      { ...manifest, plaintext: { ...plaintext, bytes: plaintext.bytes + 1 } },
      { ...manifest, plaintext: { ...plaintext, hmacSha256: ciphertext.sha256 } },
      { ...manifest, ciphertext: { ...ciphertext, bytes: 1 } },
      { ...manifest, ciphertext: { ...ciphertext, sha256: plaintext.hmacSha256 } },
      { ...manifest, compression: "none" as const },
    ]) {
      await expect(
        reader.restore(changed, { bucket: "bucket", key: "restored" }, call()),
      ).rejects.toMatchObject({
        code: "BACKUP_CORRUPT",
      });
    }
    expect(await left("restored")).toEqual([]);
  });

  test("the key is another, or the object is gone", async () => {
    const { writer, reader, inner, left } = await start();
    const { manifest } = await writer.write(of(text), call());
    const stranger = backupReader({
      transport: inner,
      bucket: "bucket",
      prefix: "b/",
      keyProvider: staticKeyProvider({ keyId: "2026-11", key: randomBytes(32) }),
    });
    await expect(
      stranger.restore(manifest, { bucket: "bucket", key: "restored" }, call()),
    ).rejects.toMatchObject({
      code: "DATA_KEY_UNREADABLE",
    });
    await inner.call("DeleteObject", { Bucket: "bucket", Key: manifest.object.key }, call());
    await expect(reader.verify(manifest, call())).rejects.toMatchObject({ code: "BACKUP_CORRUPT" });
    expect(await left("restored")).toEqual([]);
  });

  test("what was packed is a bomb: no more is unpacked than the manifest says", async () => {
    const { writer, reader } = await start();
    const { manifest } = await writer.write(of(Buffer.alloc(50_000_000)), call());
    const small = { ...manifest, plaintext: { ...manifest.plaintext, bytes: 1_000 } };
    await expect(reader.verify(small, call())).rejects.toMatchObject({ code: "BACKUP_CORRUPT" });
  });
});

test("a source of texts is refused by name, and nothing is there", async () => {
  const { writer, left } = await start();
  async function* texts(): AsyncGenerator<Uint8Array> {
    yield "text" as never;
  }
  await expect(writer.write(of(text, { read: texts }), call())).rejects.toMatchObject({
    code: "BACKUP_SOURCE_NOT_BYTES",
    message: expect.stringContaining("string"),
  });
  expect(await left("b/")).toEqual([]);
});

test.each([
  ["an empty name", { source: { name: "", version: "1" }, read: () => stream(text) }, /source.name/],
  ["no version", { source: { name: "a" }, read: () => stream(text) }, /source.version/],
  ["no read", { source }, /read must/],
  [
    "a context of our own",
    { source, read: () => stream(text), context: { "backup-source": "x" } },
    /backup-source/,
  ],
])("%s is refused before anything is asked", async (_what, input, message) => {
  const { writer, left } = await start();
  await expect(writer.write(input as never, call())).rejects.toThrow(message);
  expect(await left("b/")).toEqual([]);
});
