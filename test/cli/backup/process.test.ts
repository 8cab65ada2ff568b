import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rootCall } from "holdfast";
import { kmsTransport } from "holdfast/aws/kms";
import { s3Transport } from "holdfast/aws/s3";
import { backupWriter } from "holdfast/backup";
import { type KeyProvider, kmsKeyProvider, staticKeyProvider } from "holdfast/crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newKey, setUp as setUpKms } from "../../examples/local/kms/set-up.ts";
import { setUpInside } from "../../examples/local/s3/set-up.ts";
import { key } from "./on-a-bucket.ts";

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const bytes = randomBytes(200_000);

let cwd: string;
const servers: ReturnType<typeof createServer>[] = [];
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "holdfast-backup-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(cwd, { recursive: true });
});

/** The program as a process of its own, with the AWS clients of this project. */
function program(args: string, more: NodeJS.ProcessEnv = {}) {
  const credentials = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x", AWS_REGION: "eu-west-1" };
  const env = { ...process.env, ...credentials, KEY: key.toString("base64"), ...more };
  const child = spawn(process.execPath, [main, "backup", ...args.split(" ")], { env, cwd });
  let [out, err] = ["", ""];
  child.stdout.on("data", (piece) => {
    out += piece;
  });
  child.stderr.on("data", (piece) => {
    err += piece;
  });
  return { child, ended: once(child, "close").then(([exitCode]) => ({ exitCode, out, err })) };
}

/** An S3 with one backup. */
async function start(keyProvider: KeyProvider = staticKeyProvider({ keyId: "k", key })) {
  const { s3, client } = await setUpInside();
  const writer = backupWriter({ transport: s3Transport(client), bucket: "bucket", keyProvider });
  async function* read() {
    yield bytes;
  }
  await writer.write({ source: { name: "a", version: "1" }, read }, rootCall());
  return s3.endpoint;
}

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const RESTORE = "restore --bucket bucket --name a --version 1 --to file";

test("the program restores through the AWS clients of the project, whichever of its keys the backup has", async () => {
  const { kms, client } = await setUpKms();
  const [now, before] = [await newKey(client), await newKey(client)];
  const endpoint = await start(kmsKeyProvider({ transport: kmsTransport(client), keyId: before }));
  const { ended } = program(`${RESTORE} --endpoint ${endpoint} --kms-key ${now} --kms-key ${before}`, {
    AWS_ENDPOINT_URL_KMS: kms.endpoint,
  });
  expect(await ended).toEqual({
    exitCode: 0,
    out: "a, version 1: 195 KiB restored to file.\n",
    err: "",
  });
  expect((await readFile(join(cwd, "file"))).equals(bytes)).toBe(true);
});

test("what is not there is told in a line, and is exit code 3", async () => {
  const endpoint = await start();
  const { ended } = program(`${RESTORE.replace("1", "2")} --endpoint ${endpoint} --key-env k=KEY`);
  const { exitCode, out, err } = await ended;
  expect({ exitCode, out }).toEqual({ exitCode: 3, out: "" });
  expect(err).toMatch(/^holdfast: There is no backup of a, version 2: no manifests\/a\/2.json in bucket.\n$/);
});

test("Ctrl-C in the middle of a restore leaves nothing, with the exit code that shells know", async () => {
  const endpoint = await start();
  const slow = await serving(async ({ url = "" }, response) => {
    const answer = await fetch(`${endpoint}${url}`);
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (!url.includes("/objects/")) return void response.end(body);
    response.write(body.subarray(0, 100_000), async () => {
      files.push(...(await readdir(cwd)));
      child.kill("SIGINT");
    });
  });
  const files: string[] = [];
  const { child, ended } = program(`${RESTORE} --endpoint ${slow} --key-env k=KEY`);
  expect(await ended).toEqual({ exitCode: 130, out: "", err: "holdfast: Interrupted.\n" });
  expect(files).toEqual([expect.stringMatching(/^\.holdfast-.*\.partial$/)]);
  expect(await readdir(cwd)).toEqual([]);
});

test("Ctrl-C ends the program also while S3 says nothing", async () => {
  const silent = await serving(() => void child.kill("SIGINT"));
  const { child, ended } = program(`list --bucket b --endpoint ${silent}`);
  expect(await ended).toEqual({ exitCode: 130, out: "", err: "holdfast: Interrupted.\n" });
});
