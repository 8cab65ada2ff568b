import { randomBytes } from "node:crypto";
import { staticKeyProvider } from "holdfast/crypto";
import { expect, test } from "vitest";
import { size } from "../../../src/cli/backup/size.ts";
import { onABucket } from "./on-a-bucket.ts";

const HOUR_MS = 3_600_000;

test("backups are listed with their sizes, source and version; without one that is no mistake", async () => {
  const { write, holdfast } = onABucket();
  expect(await holdfast("list --bucket b")).toMatchObject({
    exitCode: 0,
    out: "",
    err: "There is no backup. Is it the right bucket, prefix and name?\n",
  });
  const { createdAt } = await write("logs/a\u001b[2J", "1");
  await write("logs", "2");
  const { exitCode, out, err } = await holdfast("list --bucket b");
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(out.split("\n")).toEqual([
    `${createdAt}   293 KiB   293 KiB  logs  2`,
    `${createdAt}   293 KiB   293 KiB  logs/a\\u001b[2J  1`,
    "",
  ]);
  expect((await holdfast("list --bucket b --name logs")).out).toMatch(/^\S+ .* logs {2}2\n$/);
});

test("--json lists a manifest a line", async () => {
  const { write, holdfast } = onABucket();
  const manifests = [await write("a", "1"), await write("a", "2")];
  const { out } = await holdfast("list --bucket b --json");
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual(manifests);
});

test("a manifest that is none is told, and the others are listed and verified all the same", async () => {
  const { s3, write, holdfast } = onABucket();
  await write("a", "1");
  s3.objects.set("b/manifests/a/0.json", { bytes: Buffer.from("{}"), modifiedMs: 0 });
  const listed = await holdfast("list --bucket b");
  expect(listed.exitCode).toBe(1);
  expect(listed.out).toMatch(/a {2}1\n$/);
  expect(listed.err).toContain("manifests/a/0.json");
  const verified = await holdfast("verify --bucket b --all --key-env k=KEY");
  expect(verified.exitCode).toBe(1);
  expect(verified.out).toMatch(/^FAIL {2}BACKUP_MANIFEST_INVALID: .*\nok .* a {2}1\n$/);
});

test("what would be restored exactly is ok, and the exit code says whether all is", async () => {
  const { s3, write, holdfast } = onABucket();
  await write("a", "1");
  const { object } = await write("a", "2");
  await write("other", "1");
  const before = new Map(s3.objects);
  expect(await holdfast("verify --bucket b --name a --key-env k=KEY")).toMatchObject({
    exitCode: 0,
    out: "ok     293 KiB  a  1\nok     293 KiB  a  2\n",
  });
  expect(new Map(s3.objects)).toEqual(before);
  s3.objects.delete(`b/${object.key}`);
  const { exitCode, out } = await holdfast("verify --bucket b --all --key-env k=KEY --json");
  expect(exitCode).toBe(1);
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { ok: true, name: "a", version: "1", bytes: 300_000 },
    { ok: false, name: "a", version: "2", error: { code: "BACKUP_CORRUPT" } },
    { ok: true, name: "other", version: "1" },
  ]);
  expect((await holdfast("verify --bucket b --name a --version 1 --key-env k=KEY")).exitCode).toBe(0);
});

test.each([
  ["of another name", "--name c"],
  ["of that version", "--name a --version 3"],
])("no backup %s is exit code 3: nothing was verified", async (_what, which) => {
  const { write, holdfast } = onABucket();
  await write("a", "1");
  const { exitCode, out, err } = await holdfast(`verify --bucket b ${which} --key-env k=KEY`);
  expect(exitCode).toBe(3);
  expect(out + err).toMatch(/There is no backup/);
});

test("a key service that fails is told by its own name", async () => {
  const { write, holdfast } = onABucket();
  await write("a", "1", {
    keyProvider: {
      ...staticKeyProvider({ keyId: "k", key: randomBytes(32) }),
      generateDataKey: async () => ({
        plaintext: randomBytes(32),
        encrypted: [
          { providerId: "aws-kms", providerInfo: Buffer.from("arn:x:key/y"), ciphertext: randomBytes(9) },
        ],
      }),
    },
  });
  const { exitCode, out } = await holdfast("verify --bucket b --name a --kms-key y");
  expect(exitCode).toBe(1);
  expect(out).toContain("ThrottlingException");
});

test("a sweep removes what is older than its grace and no backup; a dry run removes nothing", async () => {
  const { s3, clock, write, holdfast } = onABucket();
  await write("a", "1");
  s3.objects.set("b/objects/a/2/died", { bytes: Buffer.alloc(2_048), modifiedMs: clock.now() });
  clock.jump(25 * HOUR_MS);
  const young = "Objects: removed 0 (0 B), too young to tell 1, of backups 1.\n";
  expect((await holdfast("sweep --bucket b --grace 2d")).out).toBe(young);
  expect((await holdfast("sweep --bucket b --dry-run")).out).toBe(
    "Objects: to be removed 1 (2 KiB), too young to tell 0, of backups 1.\n",
  );
  expect(s3.objects.size).toBe(3);
  expect(JSON.parse((await holdfast("sweep --bucket b --json")).out)).toEqual({
    kept: 1,
    young: 0,
    unclear: 0,
    removed: 1,
    removedBytes: 2_048,
    dryRun: false,
  });
  expect(s3.objects.size).toBe(2);
});

test.each([
  ["list", "Where are the backups? Give --bucket."],
  ["list --bucket b --version 1", "Unknown option '--version'"],
  ["verify --bucket b --key-env k=KEY", "Which backups? Give --name, or --all"],
  ["verify --bucket b --key-env k=KEY --all --name a", "Which backups? Give --name, or --all"],
  ["verify --bucket b --all", "Which keys decrypt it?"],
  ["sweep --bucket b --grace 23h", "--grace is a length of a day at least"],
  ["sweep --bucket b --grace soon", "--grace is a length of a day at least"],
  ["sweep --bucket b --name a", "Unknown option '--name'"],
])("%s is refused with how it is used", async (args, message) => {
  const { exitCode, err } = await onABucket().holdfast(args);
  expect(exitCode).toBe(2);
  expect(err).toContain(`Usage: holdfast backup ${args.split(" ")[0]}`);
  expect(err).toContain(message);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1 KiB"],
  [1_536, "1.5 KiB"],
  [1_023_488, "1 MiB"],
  [80 * 2 ** 30, "80 GiB"],
  [5_000 * 2 ** 40, "5000 TiB"],
])("%i bytes are %s", (bytes, text) => expect(size(bytes)).toBe(text));
