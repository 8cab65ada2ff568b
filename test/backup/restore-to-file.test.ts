import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCall } from "holdfast";
import { staticKeyProvider } from "holdfast/crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backupReader } from "../../src/backup/backup-reader.ts";
import { backupWriter } from "../../src/backup/backup-writer.ts";
import { wholeFile } from "../../src/backup/whole-file.ts";
import { memoryS3 } from "./memory-s3.ts";

const bytes = randomBytes(1_000_000);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "restore-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function start() {
  const s3 = memoryS3();
  const keyProvider = staticKeyProvider({ keyId: "1", key: randomBytes(32) });
  const place = { transport: s3, bucket: "b", keyProvider };
  const source = { name: "a", version: "1" };
  async function* read() {
    yield bytes;
  }
  const { manifest } = await backupWriter(place).write({ source, read }, rootCall());
  return { s3, manifest, reader: backupReader(place) };
}

test("a file is exactly what was backed up, and only its owner may read it", async () => {
  const { reader, manifest } = await start();
  const path = join(folder, "a");
  expect(await reader.restoreToFile(manifest, { path }, rootCall())).toEqual({ path, bytes: bytes.length });
  expect((await readFile(path)).equals(bytes)).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["a"]);
});

test("a file that is there is kept, unless it is to be overwritten", async () => {
  const { reader, manifest } = await start();
  const path = join(folder, "a");
  await writeFile(path, "before");
  await expect(reader.restoreToFile(manifest, { path }, rootCall())).rejects.toMatchObject({
    code: "FILE_EXISTS",
  });
  expect(await readFile(path, "utf8")).toBe("before");
  await reader.restoreToFile(manifest, { path, overwrite: true }, rootCall());
  expect((await readFile(path)).equals(bytes)).toBe(true);
  expect(await readdir(folder)).toEqual(["a"]);
});

test("a file that somebody wrote meanwhile is kept too", async () => {
  const path = join(folder, "a");
  async function* source() {
    yield bytes;
    await writeFile(path, "meanwhile");
  }
  await expect(wholeFile(source(), { path }, rootCall())).rejects.toMatchObject({ code: "FILE_EXISTS" });
  expect(await readFile(path, "utf8")).toBe("meanwhile");
  expect(await readdir(folder)).toEqual(["a"]);
});

test.each(["a folder", "a link"])("%s is never taken the place of", async (what) => {
  const path = join(folder, "a");
  await (what === "a link" ? symlink("elsewhere", path) : mkdir(path));
  async function* source() {
    yield bytes;
  }
  await expect(wholeFile(source(), { path, overwrite: true }, rootCall())).rejects.toMatchObject({
    code: "FILE_EXISTS",
  });
  expect(await readdir(folder)).toEqual(["a"]);
});

test("of a backup that was changed there is nothing, and what was there before is", async () => {
  const { s3, reader, manifest } = await start();
  const at = `b/${manifest.object.key}`;
  const stored = s3.objects.get(at)?.bytes ?? Buffer.alloc(0);
  s3.objects.set(at, { bytes: Buffer.from(stored.with(-1, 1 ^ (stored.at(-1) ?? 0))), modifiedMs: 0 });
  const path = join(folder, "a");
  await expect(reader.restoreToFile(manifest, { path }, rootCall())).rejects.toMatchObject({
    code: "MESSAGE_REFUSED",
  });
  expect(await readdir(folder)).toEqual([]);
  await writeFile(path, "before");
  await expect(reader.restoreToFile(manifest, { path, overwrite: true }, rootCall())).rejects.toMatchObject({
    code: "MESSAGE_REFUSED",
  });
  expect(await readFile(path, "utf8")).toBe("before");
  expect(await readdir(folder)).toEqual(["a"]);
});

test("of a call that ends there is nothing, even when its last byte has come", async () => {
  const abort = new AbortController();
  async function* source() {
    yield bytes;
    abort.abort(new Error("enough"));
  }
  const call = rootCall({ signal: abort.signal });
  await expect(wholeFile(source(), { path: join(folder, "a") }, call)).rejects.toThrow("enough");
  expect(await readdir(folder)).toEqual([]);
});
