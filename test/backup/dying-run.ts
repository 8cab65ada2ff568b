/**
 * Backs up, as a process of its own, and kills itself at one of its requests, when it is sent or answered:
 * `node dying-run.ts <endpoint> <version> <request> sent|answered`.
 */
import { randomBytes } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { s3Transport } from "../../src/aws/s3.ts";
import type { AwsTransport } from "../../src/aws/transport.ts";
import { backupWriter } from "../../src/backup/backup-writer.ts";
import { rootCall } from "../../src/core/root-call.ts";
import { staticKeyProvider } from "../../src/crypto/static-key-provider.ts";

const [endpoint = "", version = "", last = "", when] = process.argv.slice(2);
const inner = s3Transport(
  new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
  }),
);
let requests = 0;

const transport: AwsTransport = {
  async call(operation, input, call) {
    requests += 1;
    const isLast = requests === Number(last);
    const answer = inner.call(operation, input, call);
    // A turn or two later its bytes are on their way, all or some of them.
    if (isLast && when === "sent") setImmediate(() => setImmediate(die));
    await answer.catch(() => {});
    if (isLast) die();
    return answer;
  },
};

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

async function* read(): AsyncGenerator<Buffer> {
  yield randomBytes(6 * 2 ** 20);
}

const writer = backupWriter({
  transport,
  bucket: "bucket",
  prefix: "b/",
  keyProvider: staticKeyProvider({ keyId: "1", key: Buffer.alloc(32, 7) }),
  partBytes: 5 * 2 ** 20,
});
await writer.write({ source: { name: "a", version }, read }, rootCall());
