import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { rootCall } from "holdfast";
import { s3Transport } from "holdfast/aws/s3";
import { backupWriter } from "holdfast/backup";
import { staticKeyProvider } from "holdfast/crypto";
import { expect, test } from "vitest";
import { setUpInside } from "../../examples/local/s3/set-up.ts";
import { key } from "./on-a-bucket.ts";

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

/** The program as a process of its own, with the AWS client of this project. */
function program(args: string) {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: "x",
    AWS_SECRET_ACCESS_KEY: "x",
    KEY: key.toString("base64"),
  };
  const child = spawn(process.execPath, [main, "backup", ...args.split(" ")], { env });
  let out = "";
  let err = "";
  child.stdout.on("data", (piece) => {
    out += piece;
  });
  child.stderr.on("data", (piece) => {
    err += piece;
  });
  const ended = once(child, "close").then(([exitCode]) => ({ exitCode, out, err }));
  return { child, ended };
}

test("the program reads backups through the AWS client of the project that it runs in", async () => {
  const { s3, client } = await setUpInside();
  const transport = s3Transport(client);
  const keyProvider = staticKeyProvider({ keyId: "k", key });
  async function* read() {
    yield Buffer.from("text");
  }
  const writer = backupWriter({ transport, bucket: "bucket", keyProvider });
  await writer.write({ source: { name: "a", version: "1" }, read }, rootCall());
  const { ended } = program(
    `verify --all --bucket bucket --region us-east-1 --endpoint ${s3.endpoint} --key-env k=KEY`,
  );
  expect(await ended).toEqual({ exitCode: 0, out: "ok         4 B  a  1\n", err: "" });
});

test("Ctrl-C ends the program with the exit code that shells know, also while S3 says nothing", async () => {
  const silent = createServer(() => void child.kill("SIGINT")).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { child, ended } = program(`list --bucket b --region us-east-1 --endpoint ${endpoint}`);
  expect(await ended).toEqual({ exitCode: 130, out: "", err: "holdfast: Interrupted.\n" });
  silent.closeAllConnections();
  silent.close();
});
