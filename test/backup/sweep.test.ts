import { randomBytes } from "node:crypto";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { rootCall } from "holdfast";
import { type AwsTransport, s3Transport } from "holdfast/aws/s3";
import { staticKeyProvider } from "holdfast/crypto";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { backupReader } from "../../src/backup/backup-reader.ts";
import { backupWriter } from "../../src/backup/backup-writer.ts";
import { sweepBackups } from "../../src/backup/sweep.ts";
import { setUp } from "../examples/local/s3/set-up.ts";

const HOUR_MS = 3_600_000;
const keyProvider = staticKeyProvider({ keyId: "1", key: randomBytes(32) });
async function* text(): AsyncGenerator<Buffer> {
  yield Buffer.from("text");
}

/** Two backups, what a run has left that died before its manifest, and a sweep so many hours later. */
async function start() {
  const { client } = await setUp();
  const inner = s3Transport(client);
  const place = { transport: inner, bucket: "bucket", prefix: "b/", keyProvider };
  const call = rootCall();
  const write = (name: string, version: string, transport = inner): Promise<unknown> =>
    backupWriter({ ...place, transport }).write({ source: { name, version }, read: text }, call);
  await write("a/b", "1");
  await write("a", "b");
  const dying: AwsTransport = {
    call: (operation, input, given) =>
      String((input as { Key?: unknown }).Key).startsWith("b/manifests/") && operation === "PutObject"
        ? Promise.reject(Object.assign(new Error("died"), { $fault: "client" }))
        : inner.call(operation, input, given),
  };
  await write("a/b", "2", dying).catch(() => {});
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: "bucket" }));
  const writtenMs = Number(Contents[0]?.LastModified);
  return {
    write,
    reader: backupReader(place),
    put: (Key: string, Body: string) => inner.call("PutObject", { Bucket: "bucket", Key, Body }, call),
    sweepAfter(hours: number, changes: object = {}) {
      const clock = manualRuntime({ startMs: writtenMs + hours * HOUR_MS });
      return sweepBackups(
        { transport: inner, bucket: "bucket", prefix: "b/", ...changes },
        rootCall({ runtime: clock }),
      );
    },
  };
}

test("what a run has left is removed when no run can still be at it, and no backup is", async () => {
  const { sweepAfter, reader, write } = await start();
  expect(await sweepAfter(23)).toEqual({ kept: 2, young: 1, unclear: 0, removed: 0, removedBytes: 0 });
  expect(await sweepAfter(25, { dryRun: true })).toMatchObject({ kept: 2, removed: 1 });
  const { removedBytes, ...counts } = await sweepAfter(25);
  expect(counts).toEqual({ kept: 2, young: 0, unclear: 0, removed: 1 });
  expect(removedBytes).toBeGreaterThan(100);
  expect(await sweepAfter(25)).toEqual({ kept: 2, young: 0, unclear: 0, removed: 0, removedBytes: 0 });
  await write("a/b", "2");
  for await (const manifest of reader.list({}, rootCall())) await reader.verify(manifest, rootCall());
  expect(await sweepAfter(100)).toMatchObject({ kept: 3, removed: 0 });
});

test("a grace that is shorter than runs may be is refused", async () => {
  const { sweepAfter } = await start();
  await expect(sweepAfter(1, { graceMs: 60_000 })).rejects.toThrow(/graceMs/);
});

test("a manifest that is none keeps its object, and does not end the sweep", async () => {
  const { sweepAfter, put } = await start();
  await put("b/manifests/a/b/2.json", "{}");
  await put("b/objects/z/1/died", "text");
  expect(await sweepAfter(25)).toEqual({ kept: 2, young: 0, unclear: 1, removed: 1, removedBytes: 4 });
});
