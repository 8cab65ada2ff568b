import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { staticKeyProvider } from "holdfast/crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { key, onABucket } from "./on-a-bucket.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keys-"));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ["its 32 bytes", key],
  ["their base64", `${key.toString("base64")}\n`],
  ["their base64, as URLs have it", key.toString("base64url")],
])("a key may be in a file, as %s", async (_what, contents) => {
  const { write, holdfast } = onABucket();
  await write("a", "1");
  await writeFile(join(folder, "key"), contents);
  const args = "verify --bucket b --all --key-file k=key";
  expect((await holdfast(args, { cwd: folder, env: {} })).exitCode).toBe(0);
});

test("of several keys each decrypts what is its own", async () => {
  const { write, holdfast } = onABucket();
  const older = randomBytes(32);
  await write("a", "1");
  await write("a", "2", { keyProvider: staticKeyProvider({ keyId: "older", key: older }) });
  const env = { KEY: key.toString("base64"), OLDER: older.toString("base64") };
  const verify = (keys: string) => holdfast(`verify --bucket b --all ${keys}`, { env });
  expect((await verify("--key-env k=KEY --key-env older=OLDER")).exitCode).toBe(0);
  expect((await verify("--kms-key alias/a --key-env k=KEY --key-env older=OLDER")).exitCode).toBe(0);
  const { exitCode, out } = await verify("--key-env k=KEY");
  expect(exitCode).toBe(1);
  expect(out).toMatch(/^ok .*\nFAIL .*DATA_KEY_UNREADABLE/);
});

test.each([
  ["--key-env KEY", "--key-env is the key's identifier and where it is"],
  ["--key-env k=OTHER", "the variable is not set"],
  ["--key-env k=SHORT", "SHORT is not set, or holds no base64 of 32 bytes"],
  ["--key-env k=TEXT", "TEXT is not set, or holds no base64 of 32 bytes"],
  ["--key-file k=none", "--key-file: none cannot be read (ENOENT)"],
  ["--key-file k=text", "--key-file: text holds neither 32 bytes nor their base64"],
])("%s is refused, and no key is shown", async (keys, message) => {
  await writeFile(join(folder, "text"), "correct horse battery staple");
  const env = { SHORT: "c2VjcmV0", TEXT: "correct horse battery staple", KEY: key.toString("base64") };
  const { exitCode, err } = await onABucket().holdfast(`verify --bucket b --all ${keys}`, {
    cwd: folder,
    env,
  });
  expect(exitCode).toBe(2);
  expect(err).toContain(message);
  expect(err).not.toMatch(/horse|c2VjcmV0/);
});

test("a key on the command line, where none may be, is not shown again", async () => {
  const text = key.toString("base64");
  const { exitCode, err } = await onABucket().holdfast(`verify --bucket b --all --key-env k=${text}`);
  expect(exitCode).toBe(2);
  expect(err).not.toContain(text.slice(0, 20));
});
