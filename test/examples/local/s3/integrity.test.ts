import { createHash } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test, vi } from "vitest";
import { failure, type SetUp, setUp } from "./set-up.ts";

const Bucket = "bucket";

/** A PUT as it stands on the wire. */
async function put(
  { s3 }: SetUp,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${s3.endpoint}/bucket/k`, { method: "PUT", headers, body });
  return { status: response.status, text: await response.text() };
}

const chunked = {
  "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "content-encoding": "aws-chunked",
  "x-amz-trailer": "x-amz-checksum-crc32",
  "x-amz-decoded-content-length": "5",
};

describe("what a client says of its bytes", () => {
  test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "%s is verified, kept and told",
    async (algorithm) => {
      const { client } = await setUp();
      // The client has no CRC64NVME of its own in Node without an extra package.
      const value = { CRC64NVME: "M3eFcAZSQlc=" }[algorithm as string];
      const sent = value === undefined ? { ChecksumAlgorithm: algorithm } : { ChecksumCRC64NVME: value };
      const wrong = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }[algorithm];
      const field = `Checksum${algorithm}` as const;
      const put = await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "hello", ...sent }));
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
      expect(head[field]).toBe(put[field]);
      expect(head[field]).toBeTruthy();
      const bad = new PutObjectCommand({
        Bucket,
        Key: "bad",
        Body: "hello",
        [field]: Buffer.alloc(wrong).toString("base64"),
      });
      expect(await failure(client.send(bad))).toEqual({
        code: "BadDigest",
        status: 400,
        message: `The ${algorithm} you specified did not match the calculated checksum.`,
      });
      expect(await failure(client.send(new HeadObjectCommand({ Bucket, Key: "bad" })))).toMatchObject({
        status: 404,
      });
    },
  );

  test("without a checksum S3 computes CRC64NVME", async () => {
    const { client } = await setUp({ requestChecksumCalculation: "WHEN_REQUIRED" });
    const put = await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "hello" }));
    expect(put).toMatchObject({ ChecksumCRC64NVME: "M3eFcAZSQlc=", ChecksumType: "FULL_OBJECT" });
  });

  test("Content-MD5 is verified", async () => {
    const { client, expectFiles } = await setUp();
    const md5 = (text: string): string => createHash("md5").update(text).digest("base64");
    const put = (ContentMD5: string): Promise<unknown> =>
      client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "hello", ContentMD5 }));
    expect(await failure(put(md5("other")))).toMatchObject({ code: "BadDigest", status: 400 });
    expect(await failure(put("nonsense"))).toMatchObject({ code: "InvalidDigest", status: 400 });
    await expectFiles(0);
    await put(md5("hello"));
    await expectFiles(1);
  });

  test("a signed payload hash is verified", async () => {
    const cloud = await setUp();
    const sha256 = createHash("sha256").update("other").digest("hex");
    const { status, text } = await put(cloud, { "x-amz-content-sha256": sha256 }, "hello");
    expect(status).toBe(400);
    expect(text).toContain("<Code>XAmzContentSHA256Mismatch</Code>");
  });

  test("a checksum that is none, or a second one, or an algorithm that is none, is an InvalidRequest", async () => {
    const cloud = await setUp();
    for (const headers of [
      { "x-amz-checksum-crc32": "short" },
      { "x-amz-checksum-crc32": "NhCmhg==", "x-amz-checksum-sha1": "qvTGHdzF6KLavt4PO0gs2a6pQ00=" },
      { "x-amz-sdk-checksum-algorithm": "MD4" },
      { "x-amz-sdk-checksum-algorithm": "CRC32" },
    ]) {
      const { status, text } = await put(cloud, headers, "hello");
      expect(status).toBe(400);
      expect(text).toContain("<Code>InvalidRequest</Code>");
    }
  });
});

describe("aws-chunked bodies", () => {
  test.each([
    ["unsigned", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"],
    [
      "unsigned with a line feed behind the checksum",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\n\r\n\r\n",
    ],
    [
      "signed",
      "5;chunk-signature=0a\r\nhello\r\n0;chunk-signature=0b\r\nx-amz-checksum-crc32:NhCmhg==\n\r\nx-amz-trailer-signature:0c\r\n\r\n",
    ],
  ])("%s are decoded, their trailing checksum verified, their encoding forgotten", async (kind, body) => {
    const cloud = await setUp();
    const signed = { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" };
    const headers = { ...chunked, ...(kind === "signed" ? signed : {}) };
    expect((await put(cloud, headers, body)).status).toBe(200);
    const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: "k" }));
    expect(await got.Body?.transformToString()).toBe("hello");
    expect(got.ContentEncoding).toBeUndefined();
  });

  test("have at least 8 KiB each, but for the last", async () => {
    const cloud = await setUp();
    const body = (first: number): string =>
      [first, 1].map((size) => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`).join("");
    const headers = (first: number): Readonly<Record<string, string>> => ({
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "x-amz-decoded-content-length": String(first + 1),
    });
    const { status, text } = await put(cloud, headers(8_191), `${body(8_191)}0\r\n\r\n`);
    expect([status, text]).toEqual([403, expect.stringContaining("<Code>InvalidChunkSizeError</Code>")]);
    await cloud.expectFiles(0);
    expect((await put(cloud, headers(8_192), `${body(8_192)}0\r\n\r\n`)).status).toBe(200);
  });

  test.each([
    ["a wrong trailing checksum", "5\r\nhallo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "BadDigest"],
    ["a missing trailer", "5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"],
    ["a trailer that is none", "5\r\nhello\r\n0\r\nnonsense\r\n\r\n", "MalformedTrailerError"],
    ["a chunk cut short", "9\r\nhello", "IncompleteBody"],
    [
      "a chunk longer than it says",
      "5\r\nhello!\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
      "IncompleteBody",
    ],
    [
      "more behind its end",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\nx",
      "MalformedTrailerError",
    ],
    ["no last chunk", "5\r\nhello\r\n", "IncompleteBody"],
    [
      "no line end behind the trailer",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n",
      "IncompleteBody",
    ],
    ["no chunks at all", "hello", "IncompleteBody"],
    ["fewer bytes than announced", "2\r\nhe\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "IncompleteBody"],
  ])("%s fails, and nothing is stored", async (_, body, code) => {
    const cloud = await setUp();
    const { status, text } = await put(cloud, chunked, body);
    expect(status).toBe(400);
    expect(text).toContain(`<Code>${code}</Code>`);
    await cloud.expectFiles(0);
    // The connection and the process are as good as before.
    expect((await put(cloud, {}, "fine")).status).toBe(200);
  });
});

test("a client that goes away in the middle leaves nothing behind", async () => {
  const { s3, client, expectFiles } = await setUp();
  const upload = httpRequest(`${s3.endpoint}/bucket/k`, {
    method: "PUT",
    headers: { "content-length": "1000" },
  });
  upload.on("error", () => {});
  await new Promise<void>((written) => void upload.write("x".repeat(500), () => written()));
  await vi.waitFor(() => expectFiles(1));
  upload.destroy();
  await vi.waitFor(() => expectFiles(0));
  expect(await failure(client.send(new HeadObjectCommand({ Bucket, Key: "k" })))).toMatchObject({
    status: 404,
  });
});

test("a body without a length is 411, and one over 5 GiB is refused before it comes", async () => {
  const { s3, expectFiles } = await setUp();
  const status = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(`${s3.endpoint}/bucket/k`, { method: "PUT", headers }, (response) => {
        resolve(response.statusCode);
        request.on("error", () => {});
        request.destroy();
      });
      request.on("error", reject);
      request.write("x");
    });
  expect(await status({ "transfer-encoding": "chunked" })).toBe(411);
  expect(await status({ "content-length": String(5 * 1024 ** 3 + 1) })).toBe(400);
  await expectFiles(0);
});

test("a presigned URL may carry headers in its query", async () => {
  const { s3, client } = await setUp();
  const query =
    "X-Amz-Signature=s&X-Amz-Algorithm=AWS4-HMAC-SHA256&x-amz-meta-one=1&x-amz-storage-class=STANDARD_IA";
  const response = await fetch(`${s3.endpoint}/bucket/k?${query}`, { method: "PUT", body: "hello" });
  expect(response.status).toBe(200);
  expect(await client.send(new HeadObjectCommand({ Bucket, Key: "k" }))).toMatchObject({
    Metadata: { one: "1" },
    StorageClass: "STANDARD_IA",
  });
});

test("a connection whose body was refused half-way serves the next request", async () => {
  const { s3 } = await setUp();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const put = (headers: Readonly<Record<string, string>>, body: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        `${s3.endpoint}/bucket/k`,
        { method: "PUT", agent, headers },
        (response) => {
          response.resume().on("end", () => resolve(response.statusCode));
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  expect(await put(chunked, `nonsense\r\n${"x".repeat(4_000_000)}`)).toBe(400);
  expect(await put({}, "fine")).toBe(200);
  agent.destroy();
});
