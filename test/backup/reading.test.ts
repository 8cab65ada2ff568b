import { randomBytes } from "node:crypto";
import { rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/s3";
import { staticKeyProvider } from "holdfast/crypto";
import { manualRuntime } from "holdfast/testing";
import { expect, test, vi } from "vitest";
import { backupReader } from "../../src/backup/backup-reader.ts";
import { backupWriter } from "../../src/backup/backup-writer.ts";
import { manifestKey, objectKey } from "../../src/backup/keys-in-bucket.ts";
import { restorePartBytes } from "../../src/backup/restored-object.ts";
import { memoryS3, s3Error } from "./memory-s3.ts";

const bytes = randomBytes(1_000_000);
const keyProvider = staticKeyProvider({ keyId: "1", key: randomBytes(32) });
const source = { name: "logs/a", version: "1" };

/** One backup, and a reader whose requests pass `step`. */
async function start(step: (send: () => Promise<Record<string, unknown>>) => unknown = (send) => send()) {
  const s3 = memoryS3();
  const place = { bucket: "b", prefix: "", keyProvider };
  const writer = backupWriter({ ...place, transport: s3 });
  const write = (of = source) =>
    writer.write(
      {
        source: of,
        read: async function* () {
          yield bytes;
        },
      },
      rootCall(),
    );
  const { manifest } = await write();
  const transport: AwsTransport = {
    call: async (operation, input, call) =>
      (await step(() => s3.call(operation, input, call))) as Record<string, unknown>,
  };
  return { s3, write, manifest, reader: backupReader({ ...place, transport }) };
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of pieces) found.push(piece);
  return Buffer.concat(found);
}

/** A body that says so much, and then does this. */
const after = (send: () => Promise<Record<string, unknown>>, then: () => unknown) =>
  send().then((answer) => ({
    ...answer,
    Body: (async function* () {
      let pieces = 0;
      for await (const piece of answer["Body"] as AsyncIterable<Uint8Array>) {
        yield piece;
        pieces += 1;
        if (pieces === 3) await then();
      }
    })(),
  }));

test("what is read is what was backed up, also when connections to the backup break", async () => {
  let connections = 0;
  const { reader, manifest } = await start((send) => {
    connections += 1;
    return after(send, () => Promise.reject(new Error("ECONNRESET")));
  });
  expect((await all(reader.read(manifest, rootCall()))).equals(bytes)).toBe(true);
  expect(connections).toBeGreaterThan(3);
});

test("an object that is overwritten between two connections is refused, and not put together of both", async () => {
  const started = await start((send) =>
    after(send, () => {
      const at = `b/${started.manifest.object.key}`;
      started.s3.objects.set(at, { bytes: randomBytes(1_000_000), modifiedMs: 0 });
      throw new Error("ECONNRESET");
    }),
  );
  const { reader, manifest } = started;
  await expect(reader.verify(manifest, rootCall())).rejects.toMatchObject({ code: "BACKUP_OBJECT_CHANGED" });
});

test("a verification ends with its call, whatever the connection does", async () => {
  const abort = new AbortController();
  const { reader, manifest } = await start((send) =>
    after(send, () => {
      abort.abort(new Error("enough"));
      return new Promise(() => {});
    }),
  );
  await expect(reader.verify(manifest, rootCall({ signal: abort.signal }))).rejects.toThrow("enough");
});

test("a connection to the backup that hangs is given up for another, and that is an error in the end", async () => {
  const clock = manualRuntime();
  let pieces = 0;
  const { reader, manifest } = await start((send) =>
    send().then((answer) => ({
      ...answer,
      Body: (async function* () {
        pieces += 1;
        await new Promise(() => {});
      })(),
    })),
  );
  const verifying = reader.verify(manifest, rootCall({ runtime: clock }));
  await expect(clock.run(verifying)).rejects.toMatchObject({
    code: "BACKUP_OBJECT_STALLED",
    retryable: true,
  });
  expect(pieces).toBe(4);
});

test("a throttled key service is its own error, and is retryable", async () => {
  const { s3, manifest } = await start();
  const throttled = s3Error("ThrottlingException", 400);
  const reader = backupReader({
    transport: s3,
    bucket: "b",
    keyProvider: { ...keyProvider, decryptDataKey: () => Promise.reject(throttled) },
  });
  await expect(reader.restore(manifest, { bucket: "b", key: "restored" }, rootCall())).rejects.toBe(
    throttled,
  );
  expect(s3.objects.has("b/restored")).toBe(false);
});

test("those of one source are listed without those of sources whose names go on", async () => {
  const { reader, write } = await start();
  await write({ name: "logs", version: "a" });
  await write({ name: "logs/a/b", version: "1" });
  const names: string[] = [];
  for await (const { source: found } of reader.list({ name: "logs" }, rootCall())) names.push(found.name);
  expect(names).toEqual(["logs"]);
});

test("a manifest that was put into another's place is refused, and so is one that says another source", async () => {
  const { s3, reader, manifest, write } = await start();
  const other = { name: "logs/a", version: "2" };
  const at = `b/${manifestKey("", other)}`;
  const standing = s3.objects.get(`b/${manifestKey("", source)}`);
  if (standing === undefined) throw new Error("no manifest");
  s3.objects.set(at, standing);
  await expect(reader.find(other, rootCall())).rejects.toMatchObject({ code: "BACKUP_MANIFEST_INVALID" });
  await expect(write(other)).rejects.toMatchObject({ code: "BACKUP_MANIFEST_INVALID" });
  await expect(reader.verify({ ...manifest, source: other }, rootCall())).rejects.toMatchObject({
    code: "BACKUP_CORRUPT",
  });
});

test("a giant manifest is refused before it is read", async () => {
  const { s3, reader } = await start();
  s3.objects.set(`b/${manifestKey("", source)}`, { bytes: Buffer.alloc(2 ** 20 + 1, " "), modifiedMs: 0 });
  await expect(reader.find(source, rootCall())).rejects.toThrow("has more than 1048576 bytes");
});

test("no name is a key that another, longer name is shortened to", () => {
  const long = "x".repeat(1_000);
  const shortened = /objects\/(.*)\/1\/attempt/.exec(
    objectKey("", { name: long, version: "1" }, "attempt"),
  )?.[1];
  expect(shortened?.length).toBe(600);
  const version = "1";
  expect(manifestKey("", { name: shortened ?? "", version })).not.toBe(
    manifestKey("", { name: long, version }),
  );
});

test("a plaintext longer than its backup could be has parts of which 10,000 are enough", () => {
  const [mib, gib] = [2 ** 20, 2 ** 30];
  expect(restorePartBytes(0)).toBe(8 * mib);
  expect(restorePartBytes(80_000 * mib)).toBe(8 * mib);
  expect(restorePartBytes(80_000 * mib + 1)).toBe(9 * mib);
  expect(restorePartBytes(800 * gib) * 10_000).toBeGreaterThanOrEqual(800 * gib);
});

test("whoever stops reading closes the connection, and the data key is wiped", async () => {
  let isClosed = false;
  const { manifest, s3 } = await start();
  const keys: Uint8Array[] = [];
  const reader = backupReader({
    bucket: "b",
    transport: {
      async call(operation, input, call) {
        const answer = await s3.call(operation, input, call);
        async function* watched() {
          try {
            yield* answer["Body"] as AsyncIterable<Uint8Array>;
          } finally {
            isClosed = true;
          }
        }
        return { ...answer, Body: watched() };
      },
    },
    keyProvider: {
      ...keyProvider,
      async decryptDataKey(...given) {
        const key = await keyProvider.decryptDataKey(...given);
        keys.push(key);
        return key;
      },
    },
  });
  for await (const _piece of reader.read(manifest, rootCall())) break;
  await vi.waitFor(() => expect(isClosed).toBe(true));
  await reader.verify(manifest, rootCall());
  expect(keys.map((key) => Buffer.from(key).toString("hex"))).toEqual(["00".repeat(32), "00".repeat(32)]);
});

test("a restore may be repeated, and never overwrites another object", async () => {
  const { s3, reader, manifest } = await start();
  const to = { bucket: "b", key: "restored" };
  const restore = () => reader.restore(manifest, to, rootCall());
  await restore();
  expect(await restore()).toMatchObject({ bytes: bytes.length });
  for (const other of [randomBytes(bytes.length), Buffer.from("other")]) {
    s3.objects.set("b/restored", { bytes: other, modifiedMs: 0 });
    await expect(restore()).rejects.toMatchObject({ code: "OBJECT_EXISTS" });
    expect(s3.objects.get("b/restored")?.bytes.equals(other)).toBe(true);
  }
});

test("a run that loses to a manifest of another source says so, and does not take it for the backup", async () => {
  const { s3, manifest } = await start();
  const planted = Buffer.from(JSON.stringify(manifest));
  const other = { name: "logs/b", version: "1" };
  const transport: AwsTransport = {
    async call(operation, input, call) {
      const isManifest = String(Object(input).Key).startsWith("manifests/logs/b/");
      if (operation === "PutObject" && isManifest)
        s3.objects.set(`b/${Object(input).Key}`, { bytes: planted, modifiedMs: 0 });
      return s3.call(operation, input, call);
    },
  };
  async function* read() {
    yield bytes;
  }
  const writer = backupWriter({ bucket: "b", keyProvider, transport });
  await expect(writer.write({ source: other, read }, rootCall())).rejects.toMatchObject({
    code: "BACKUP_MANIFEST_INVALID",
  });
});
