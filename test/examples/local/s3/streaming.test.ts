import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect, test, vi } from "vitest";
import { setUp, slowRequest } from "./set-up.ts";

const Bucket = "bucket";
const MIB = 1024 ** 2;

/** `count` MiB, each of another byte, made when asked for. */
function* bytes(count: number): Generator<Buffer> {
  for (let n = 0; n < count; n += 1) yield Buffer.alloc(MIB, n);
}

/** Memory that is in use once all garbage is collected: what was not collected yet says nothing. */
function liveBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test("objects pass through without being held in memory", async () => {
  const size = 128;
  const { client } = await setUp();
  const before = liveBytes();
  const live: number[] = [];
  const measured = function* (): Generator<Buffer> {
    let count = 0;
    for (const piece of bytes(size)) {
      count += 1;
      if (count % 16 === 0) live.push(liveBytes());
      yield piece;
    }
  };
  const put = new PutObjectCommand({
    Bucket,
    Key: "big",
    Body: Readable.from(measured()),
    ContentLength: size * MIB,
    ContentEncoding: "identity",
  });
  await client.send(put);
  const got = await client.send(new GetObjectCommand({ Bucket, Key: "big" }));
  // The body travelled in aws-chunked, which is no encoding of the object.
  expect(got.ContentEncoding).toBe("identity");
  const hash = createHash("sha256");
  let received = 0;
  for await (const piece of got.Body as Readable) {
    hash.update(piece as Buffer);
    const steps = Math.floor(received / (16 * MIB));
    received += (piece as Buffer).length;
    if (Math.floor(received / (16 * MIB)) > steps) live.push(liveBytes());
  }
  const expected = createHash("sha256");
  for (const piece of bytes(size)) expected.update(piece);
  expect(hash.digest("hex")).toBe(expected.digest("hex"));
  // Client and server are both in this process, with their buffers; whoever kept the object would keep all of it.
  expect(live).toHaveLength(16);
  expect(Math.max(...live) - before).toBeLessThan((size / 2) * MIB);
}, 30_000);

test("a reader sees its version whole, whatever happens to the key meanwhile", async () => {
  const { client, s3, expectFiles } = await setUp();
  const size = 8;
  const Body = Buffer.concat([...bytes(size)]);
  await client.send(new PutObjectCommand({ Bucket, Key: "k", Body }));
  const response = await new Promise<Readable>((resolve, reject) => {
    httpRequest(`${s3.endpoint}/bucket/k`, resolve).on("error", reject).end();
  });
  await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "new" }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
  await expectFiles(1);
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  expect(Buffer.concat(pieces).equals(Body)).toBe(true);
  await vi.waitFor(() => expectFiles(0));
});

test("a reader that goes away leaves nothing open, and the file can go", async () => {
  const { client, s3, expectFiles } = await setUp();
  await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: Buffer.concat([...bytes(8)]) }));
  await new Promise<void>((resolve) => {
    const request = httpRequest(`${s3.endpoint}/bucket/k`, (response) => {
      response.on("error", () => {});
      response.destroy();
      resolve();
    });
    request.on("error", () => {});
    request.end();
  });
  await client.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
  await vi.waitFor(() => expectFiles(0));
});

test("an upload whose bucket or multipart upload went meanwhile finds it gone, and leaves nothing", async () => {
  const cloud = await setUp();
  const { client } = cloud;
  const object = await slowRequest(cloud, { method: "PUT", path: "/bucket/k", body: "slow" });
  await client.send(new DeleteBucketCommand({ Bucket }));
  await client.send(new CreateBucketCommand({ Bucket }));
  expect(await object.finish()).toBe(404);
  const upload = { Bucket, Key: "k" };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
  const path = `/bucket/k?partNumber=1&uploadId=${UploadId}`;
  const part = await slowRequest(cloud, { method: "PUT", path, body: "slow" });
  await client.send(new AbortMultipartUploadCommand({ ...upload, UploadId }));
  expect(await part.finish()).toBe(404);
  await cloud.expectFiles(0);
});
