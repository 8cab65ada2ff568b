import { mkdtemp, readdir, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListBucketsCommand, S3Client, type S3ClientConfig, S3ServiceException } from "@aws-sdk/client-s3";
import { afterEach } from "vitest";
import type { BusEntry } from "../../../../examples/local/s3/notifications/notification-record.ts";
import { type S3, type S3Options, startS3 } from "../../../../examples/local/s3/server.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import { type ManualClock, manualClock } from "../eventbridge/manual-clock.ts";

export interface SetUp {
  readonly s3: S3;
  readonly client: S3Client;
  readonly clock: ManualClock;
  readonly delivered: { readonly arn: string; readonly message: Readonly<Record<string, unknown>> }[];
  readonly busEntries: BusEntry[];
  readonly facts: CloudFact[];
  /** Names of the files that bodies lie in. */
  files(): Promise<readonly string[]>;
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

/** S3 with a bucket named `bucket`, and a client of it that tries once. */
export async function setUp(
  options: Partial<S3Options> = {},
  clientOptions: Partial<S3ClientConfig> = {},
): Promise<SetUp> {
  const directory = await mkdtemp(join(tmpdir(), "s3-test-"));
  const clock = manualClock();
  const delivered: SetUp["delivered"] = [];
  const busEntries: BusEntry[] = [];
  const facts: CloudFact[] = [];
  const s3 = await startS3({
    directory,
    region: "us-east-1",
    accountId: "123456789012",
    clock,
    observe: (fact) => facts.push(fact),
    deliver: async (arn, payload) => void delivered.push({ arn, message: JSON.parse(payload) }),
    putEvent: async (entry) => void busEntries.push(entry),
    ...options,
  });
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
    ...clientOptions,
  });
  running.push(async () => {
    client.destroy();
    await s3.stop();
    await rm(directory, { recursive: true, force: true });
  });
  await s3.createBuckets([{ name: "bucket" }]);
  return {
    s3,
    client,
    clock,
    delivered,
    busEntries,
    facts,
    files: () => readdir(join(directory, "s3-bodies")),
  };
}

/** A request whose body has half come and waits; `finish` sends the rest and resolves with the answer's status. */
export async function slowRequest(
  { s3, client }: SetUp,
  request: {
    readonly method: string;
    readonly path: string;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<{ finish(): Promise<number | undefined> }> {
  const { method, body, headers = {} } = request;
  const half = Math.floor(body.length / 2);
  const sent = httpRequest(`${s3.endpoint}${request.path}`, {
    method,
    headers: { "content-length": String(body.length), ...headers },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
  });
  await new Promise<void>((written) => void sent.write(body.slice(0, half), () => written()));
  // Requests are taken in the order in which they come: once this one is answered, the other has begun.
  await client.send(new ListBucketsCommand({}));
  return {
    finish() {
      sent.end(body.slice(half));
      return answered;
    },
  };
}

/** The code and HTTP status that a call fails with. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ readonly code: string; readonly status: number | undefined; readonly message: string }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return { code: error.name, status: error.$metadata.httpStatusCode, message: error.message };
  }
  throw new Error("it succeeded");
}
