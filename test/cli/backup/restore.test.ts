import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bytes, onABucket } from "./on-a-bucket.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "restored-"));
});
afterEach(() => rm(cwd, { recursive: true }));

const RESTORE = "restore --bucket b --name a --version 1 --key-env k=KEY --to";

test("a backup is restored into a file, and into an object of S3", async () => {
  const { s3, write, holdfast } = onABucket();
  await write("a", "1");
  expect(await holdfast(`${RESTORE} file`, { cwd })).toMatchObject({
    exitCode: 0,
    out: "a, version 1: 293 KiB restored to file.\n",
    err: "",
  });
  expect((await readFile(join(cwd, "file"))).equals(bytes)).toBe(true);
  const { exitCode, out } = await holdfast(`${RESTORE} s3://c/d/e --json`);
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toEqual({
    restored: true,
    name: "a",
    version: "1",
    to: "s3://c/d/e",
    bytes: bytes.length,
  });
  expect(s3.objects.get("c/d/e")?.bytes.equals(bytes)).toBe(true);
});

test("what is there already is kept, and a file is replaced by force alone", async () => {
  const { s3, write, holdfast } = onABucket();
  await write("a", "1");
  await writeFile(join(cwd, "file"), "before");
  s3.objects.set("c/d", { bytes: Buffer.from("before"), modifiedMs: 0 });
  await expect(holdfast(`${RESTORE} file`, { cwd })).rejects.toMatchObject({ code: "FILE_EXISTS" });
  await expect(holdfast(`${RESTORE} s3://c/d`)).rejects.toMatchObject({ code: "OBJECT_EXISTS" });
  expect(await readFile(join(cwd, "file"), "utf8")).toBe("before");
  expect(s3.objects.get("c/d")?.bytes.toString()).toBe("before");
  expect((await holdfast(`${RESTORE} file --force`, { cwd })).exitCode).toBe(0);
  expect((await readFile(join(cwd, "file"))).equals(bytes)).toBe(true);
});

test.each(["file", "s3://c/d"])("of a backup that was changed, nothing is at %s", async (to) => {
  const { s3, write, holdfast } = onABucket();
  const { object } = await write("a", "1");
  const stored = s3.objects.get(`b/${object.key}`)?.bytes ?? Buffer.alloc(0);
  const changed = Buffer.from(stored.with(-1, 1 ^ (stored.at(-1) ?? 0)));
  s3.objects.set(`b/${object.key}`, { bytes: changed, modifiedMs: 0 });
  await expect(holdfast(`${RESTORE} ${to}`, { cwd })).rejects.toMatchObject({ code: "MESSAGE_REFUSED" });
  expect(s3.objects.size).toBe(2);
  expect(await readdir(cwd)).toEqual([]);
});

test.each(["file", "s3://c/d"])("Ctrl-C ends it at once, and nothing is at %s", async (to) => {
  const abort = new AbortController();
  const { s3, write, holdfast } = onABucket(async (operation, send, input) => {
    const answer = await send();
    if (operation !== "GetObject" || !JSON.stringify(input).includes("objects/")) return answer;
    async function* hanging() {
      for await (const piece of answer["Body"] as AsyncIterable<Uint8Array>) {
        yield piece;
        abort.abort(Object.assign(new Error("Interrupted."), { code: "INTERRUPTED" }));
        await new Promise(() => {});
      }
    }
    return { ...answer, Body: hanging() };
  });
  await write("a", "1");
  await expect(holdfast(`${RESTORE} ${to}`, { cwd, interrupt: abort.signal })).rejects.toMatchObject({
    code: "INTERRUPTED",
  });
  expect(s3.objects.size).toBe(2);
  expect(s3.uploads.size).toBe(0);
  expect(await readdir(cwd)).toEqual([]);
});

test("a terminal shows a bar, which is wiped; elsewhere a line comes now and then", async () => {
  const slow = onABucket(async (_operation, send) => {
    const answer = await send();
    if (answer["ContentLength"] === undefined) return answer;
    async function* slowly() {
      for await (const piece of answer["Body"] as AsyncIterable<Uint8Array>) {
        slow.clock.jump(6_000);
        yield piece;
      }
    }
    return { ...answer, Body: Object.assign(slowly(), answer["Body"]) };
  });
  await slow.write("a", "1");
  const drawn: string[] = [];
  expect((await slow.holdfast(`${RESTORE} one`, { cwd, drawn })).err).toBe("");
  expect(drawn.at(-1)).toBe("");
  expect(drawn.slice(0, -1).length).toBeGreaterThan(2);
  for (const line of drawn.slice(0, -1))
    expect(line).toMatch(/^\[#*\.*\] \d+ %, \d+ KiB of 293 KiB, \d+(\.\d+)? KiB\/s$/);
  const { err } = await slow.holdfast(`${RESTORE} two`, { cwd });
  const lines = err.trim().split("\n");
  expect(lines.length).toBeLessThan(drawn.length - 1);
  for (const line of lines) expect(line).toMatch(/^a: \d+ %, \d+ KiB of 293 KiB, /);
});

test.each([
  ["restore --bucket b --name a --key-env k=KEY --to x", "Which backup? Give --name and --version"],
  [
    "restore --bucket b --name a --version 1 --key-env k=KEY",
    "Where to? Give --to FILE or --to s3://bucket/key.",
  ],
  [`${RESTORE} s3://only-a-bucket`, "--to: an object of S3 is s3://bucket/key."],
  [`${RESTORE} s3://c/d --force`, "--force is for files"],
  ["restore --bucket b --name a --version 1 --to x", "Which keys decrypt it?"],
])("%s is refused with how it is used", async (args, message) => {
  const { exitCode, err } = await onABucket().holdfast(args, { cwd });
  expect(exitCode).toBe(2);
  expect(err).toContain(message);
  expect(await readdir(cwd)).toEqual([]);
});
