import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { failure, setUp } from "./set-up.ts";

const Bucket = "bucket";

describe("objects", () => {
  test("come back as they were put, with their headers, metadata, ETag and checksum", async () => {
    const { client } = await setUp();
    const put = await client.send(
      new PutObjectCommand({
        Bucket,
        Key: "a/b c+d%20é.log",
        Body: "hello",
        ContentType: "text/plain",
        ContentEncoding: "gzip",
        CacheControl: "no-cache",
        Metadata: { one: "1", __proto__x: "2" },
        Tagging: "team=core&x=y%20z",
      }),
    );
    expect(put).toMatchObject({
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ChecksumCRC32: "NhCmhg==",
      ChecksumType: "FULL_OBJECT",
      ServerSideEncryption: "AES256",
    });
    expect(put.VersionId).toBeUndefined();
    const got = await client.send(
      new GetObjectCommand({ Bucket, Key: "a/b c+d%20é.log", ChecksumMode: "ENABLED" }),
    );
    expect(got).toMatchObject({
      ContentLength: 5,
      ContentType: "text/plain",
      ContentEncoding: "gzip",
      CacheControl: "no-cache",
      Metadata: { one: "1", __proto__x: "2" },
      TagCount: 2,
      AcceptRanges: "bytes",
      ChecksumCRC32: "NhCmhg==",
    });
    expect(await got.Body?.transformToString()).toBe("hello");
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: "a/b c+d%20é.log" }));
    expect(head).toMatchObject({ ContentLength: 5, ETag: put.ETag });
    expect(head.StorageClass).toBeUndefined();
  });

  test("may be empty, and may have any key: none is normalised", async () => {
    const { client } = await setUp();
    for (const Key of ["a/../b", "a//b", "/a", "./x", "a?b=c&d", "trailing/"]) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: new Uint8Array() }));
      const got = await client.send(new GetObjectCommand({ Bucket, Key }));
      expect(await got.Body?.transformToString()).toBe("");
    }
    expect(await failure(client.send(new GetObjectCommand({ Bucket, Key: "b" })))).toMatchObject({
      code: "NoSuchKey",
      status: 404,
    });
  });

  test("are refused with a key over 1,024 bytes or metadata over 2 KB", async () => {
    const { client } = await setUp();
    const long = new PutObjectCommand({ Bucket, Key: "é".repeat(513), Body: new Uint8Array() });
    expect(await failure(client.send(long))).toMatchObject({ code: "KeyTooLongError", status: 400 });
    const much = new PutObjectCommand({
      Bucket,
      Key: "k",
      Body: new Uint8Array(),
      Metadata: { m: "x".repeat(2_048) },
    });
    expect(await failure(client.send(much))).toMatchObject({ code: "MetadataTooLarge", status: 400 });
  });

  test("keep the encryption that was asked for, and under KMS the ETag is not the MD5", async () => {
    const { client } = await setUp();
    const put = await client.send(
      new PutObjectCommand({
        Bucket,
        Key: "k",
        Body: "hello",
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: "11111111-2222-3333-4444-555555555555",
        BucketKeyEnabled: true,
      }),
    );
    const encryption = {
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555",
      BucketKeyEnabled: true,
    };
    expect(put).toMatchObject(encryption);
    expect(put.ETag).not.toBe('"5d41402abc4b2a76b9719d911017c592"');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head).toMatchObject({ ...encryption, ETag: put.ETag });
    const wrong = new PutObjectCommand({ Bucket, Key: "k", Body: new Uint8Array(), SSEKMSKeyId: "x" });
    expect(await failure(client.send(wrong))).toMatchObject({ code: "InvalidArgument" });
  });

  test("the answer's headers can be overridden in the query", async () => {
    const { client, s3 } = await setUp();
    await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    const got = await client.send(
      new GetObjectCommand({ Bucket, Key: "k", ResponseContentType: "text/csv" }),
    );
    expect(got.ContentType).toBe("text/csv");
    // What no header can carry is an error of that request, and the process lives.
    const bad = await fetch(`${s3.endpoint}/bucket/k?response-content-type=a%0Ab`);
    expect(bad.status).toBe(400);
    expect(await bad.text()).toContain("InvalidArgument");
  });
});

describe("ranges", () => {
  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-4", "6789", "bytes 6-9/10"],
    ["bytes=-40", "0123456789", "bytes 0-9/10"],
    ["bytes=8-400", "89", "bytes 8-9/10"],
  ])("%s of ten bytes is %s", async (Range, expected, contentRange) => {
    const { client } = await setUp();
    await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "0123456789" }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: "k", Range }));
    expect(await got.Body?.transformToString()).toBe(expected);
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got).toMatchObject({ ContentRange: contentRange, ContentLength: expected.length });
    // A checksum of the whole would fail the client's own check of a part.
    expect(got.ChecksumCRC32).toBeUndefined();
  });

  test("beyond the end are 416, also bytes=-0 and any range of an empty object", async () => {
    const { client } = await setUp();
    await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "0123456789" }));
    await client.send(new PutObjectCommand({ Bucket, Key: "empty", Body: new Uint8Array() }));
    for (const [Key, Range] of [
      ["k", "bytes=10-"],
      ["k", "bytes=-0"],
      ["empty", "bytes=0-"],
    ] as const) {
      const get = client.send(new GetObjectCommand({ Bucket, Key, Range }));
      expect(await failure(get)).toMatchObject({ code: "InvalidRange", status: 416 });
    }
  });
});

describe("conditional reads", () => {
  test("answer 304 or 412 in RFC 9110's order", async () => {
    const { client } = await setUp();
    const { ETag = "" } = await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    const { LastModified = new Date() } = await client.send(new HeadObjectCommand({ Bucket, Key: "k" }));
    const before = new Date(LastModified.getTime() - 5_000);
    const get = (conditions: object): Promise<unknown> =>
      client.send(new GetObjectCommand({ Bucket, Key: "k", ...conditions }));
    await get({ IfMatch: ETag });
    await get({ IfMatch: "*" });
    await get({ IfNoneMatch: '"other"' });
    await get({ IfModifiedSince: before });
    await get({ IfUnmodifiedSince: LastModified });
    await get({ IfMatch: ETag, IfUnmodifiedSince: before });
    await get({ IfNoneMatch: '"other"', IfModifiedSince: LastModified });
    expect(await failure(get({ IfMatch: '"other"' }))).toMatchObject({
      code: "PreconditionFailed",
      status: 412,
    });
    expect(await failure(get({ IfUnmodifiedSince: before }))).toMatchObject({ status: 412 });
    expect(await failure(get({ IfNoneMatch: ETag }))).toMatchObject({ status: 304 });
    expect(await failure(get({ IfModifiedSince: LastModified }))).toMatchObject({ status: 304 });
    expect(await failure(get({ IfNoneMatch: ETag, IfModifiedSince: before }))).toMatchObject({ status: 304 });
  });
});

describe("copies", () => {
  test("keep or replace metadata and tags, and are new objects", async () => {
    const { client } = await setUp();
    await client.send(
      new PutObjectCommand({ Bucket, Key: "a b+c", Body: "hello", Metadata: { m: "1" }, Tagging: "t=1" }),
    );
    const CopySource = `bucket/${encodeURIComponent("a b+c")}`;
    await client.send(new CopyObjectCommand({ Bucket, Key: "kept", CopySource }));
    await client.send(
      new CopyObjectCommand({
        Bucket,
        Key: "replaced",
        CopySource,
        MetadataDirective: "REPLACE",
        Metadata: { n: "2" },
        TaggingDirective: "REPLACE",
        ChecksumAlgorithm: "SHA256",
      }),
    );
    const kept = await client.send(new HeadObjectCommand({ Bucket, Key: "kept" }));
    expect(kept).toMatchObject({ Metadata: { m: "1" } });
    const replaced = await client.send(
      new HeadObjectCommand({ Bucket, Key: "replaced", ChecksumMode: "ENABLED" }),
    );
    expect(replaced).toMatchObject({
      Metadata: { n: "2" },
      ChecksumSHA256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
    });
    expect(replaced.TagCount).toBeUndefined();
    await client.send(new DeleteObjectCommand({ Bucket, Key: "a b+c" }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: "kept" }));
    expect(await got.Body?.transformToString()).toBe("hello");
  });

  test("onto itself need a change, from nowhere are 404, and hold the source's conditions", async () => {
    const { client } = await setUp();
    await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    const copy = (input: object): Promise<unknown> =>
      client.send(new CopyObjectCommand({ Bucket, Key: "k", CopySource: "bucket/k", ...input }));
    expect(await failure(copy({}))).toMatchObject({ code: "InvalidRequest" });
    await copy({ MetadataDirective: "REPLACE" });
    await copy({ StorageClass: "STANDARD_IA" });
    expect(await failure(copy({ CopySource: "bucket/none" }))).toMatchObject({ code: "NoSuchKey" });
    expect(await failure(copy({ Key: "l", CopySourceIfMatch: '"no"' }))).toMatchObject({ status: 412 });
    expect(await failure(copy({ Key: "l", CopySource: "none" }))).toMatchObject({ code: "InvalidArgument" });
  });
});
