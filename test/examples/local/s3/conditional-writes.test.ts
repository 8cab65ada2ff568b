import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandOutput,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { failure, type SetUp, setUp, setUpInside, slowRequest } from "./set-up.ts";

const Bucket = "bucket";
const Key = "k";

const put = ({ client }: SetUp, Body: string, conditions: object = {}): Promise<PutObjectCommandOutput> =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...conditions }));

const text = async ({ client }: SetUp): Promise<string | undefined> =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

const slowPut = (
  cloud: SetUp,
  headers: Readonly<Record<string, string>> = { "if-none-match": "*" },
): ReturnType<typeof slowRequest> =>
  slowRequest(cloud, { method: "PUT", path: `/${Bucket}/${Key}`, body: "slow", headers });

describe("If-None-Match: *", () => {
  test("stores once, then 412, and what is there stays", async () => {
    const cloud = await setUp();
    await put(cloud, "first", { IfNoneMatch: "*" });
    expect(await failure(put(cloud, "second", { IfNoneMatch: "*" }))).toMatchObject({
      code: "PreconditionFailed",
      status: 412,
    });
    expect(await text(cloud)).toBe("first");
    await cloud.expectFiles(1);
  });

  test("sees through a delete marker", async () => {
    const cloud = await setUp();
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await cloud.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    await put(cloud, "first");
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key }));
    await put(cloud, "second", { IfNoneMatch: "*" });
    expect(await text(cloud)).toBe("second");
  });

  test("of many writers at once exactly one wins", async () => {
    const cloud = await setUp();
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => put(cloud, `writer ${n}`, { IfNoneMatch: "*" })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await text(cloud)).toBe(`writer ${results.findIndex(({ status }) => status === "fulfilled")}`);
  });

  test("with an ETag is not implemented, as at AWS", async () => {
    const cloud = await setUp();
    expect(await failure(put(cloud, "x", { IfNoneMatch: '"e"' }))).toMatchObject({
      code: "NotImplemented",
      status: 501,
    });
  });

  test("answers 409 when the key was deleted while its body came", async () => {
    const cloud = await setUp();
    const slow = await slowPut(cloud);
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await slow.finish()).toBe(409);
    await cloud.expectFiles(0);
  });

  test("answers 412 when another writer finished while its body came", async () => {
    const cloud = await setUp();
    const slow = await slowPut(cloud);
    await put(cloud, "fast", { IfNoneMatch: "*" });
    expect(await slow.finish()).toBe(412);
    expect(await text(cloud)).toBe("fast");
  });
});

describe("If-Match", () => {
  test("overwrites only what it names: 412 for another ETag, 404 for nothing", async () => {
    const cloud = await setUp();
    expect(await failure(put(cloud, "x", { IfMatch: '"e"' }))).toMatchObject({
      code: "NoSuchKey",
      status: 404,
    });
    const { ETag } = await put(cloud, "first");
    await put(cloud, "second", { IfMatch: ETag });
    expect(await failure(put(cloud, "third", { IfMatch: ETag }))).toMatchObject({
      code: "PreconditionFailed",
      status: 412,
    });
    expect(await text(cloud)).toBe("second");
  });

  test("with * is not implemented for a write, as at AWS", async () => {
    const cloud = await setUp();
    await put(cloud, "first");
    expect(await failure(put(cloud, "second", { IfMatch: "*" }))).toMatchObject({
      code: "NotImplemented",
      status: 501,
    });
  });

  test("answers 404 when the key was deleted while its body came, and 409 when it was written again since", async () => {
    const cloud = await setUp();
    for (const [again, status] of [
      [false, 404],
      [true, 409],
    ] as const) {
      const { ETag = "" } = await put(cloud, "first");
      const slow = await slowPut(cloud, { "if-match": ETag });
      await cloud.client.send(new DeleteObjectCommand({ Bucket, Key }));
      if (again) await put(cloud, "first");
      expect(await slow.finish()).toBe(status);
    }
  });

  test("* of a delete is 412 for a delete marker", async () => {
    const cloud = await setUp();
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await cloud.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    await put(cloud, "first");
    const remove = (IfMatch?: string): Promise<unknown> =>
      cloud.client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));
    await remove("*");
    expect(await failure(remove("*"))).toMatchObject({ code: "PreconditionFailed", status: 412 });
  });

  test("guards deletes and copies too", async () => {
    const cloud = await setUp();
    const { ETag } = await put(cloud, "first");
    await cloud.client.send(new PutObjectCommand({ Bucket, Key: "other", Body: "x" }));
    const remove = (IfMatch: string | undefined): Promise<unknown> =>
      cloud.client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));
    expect(await failure(remove('"e"'))).toMatchObject({ status: 412 });
    const copy = new CopyObjectCommand({ Bucket, Key, CopySource: "bucket/other", IfNoneMatch: "*" });
    expect(await failure(cloud.client.send(copy))).toMatchObject({ status: 412 });
    await cloud.expectFiles(2);
    await remove(ETag);
    expect(await failure(remove("*"))).toMatchObject({ status: 404 });
  });
});

describe("conditional completion of an upload", () => {
  async function upload(
    cloud: SetUp,
  ): Promise<(conditions?: { IfNoneMatch?: string; IfMatch?: string }) => Promise<unknown>> {
    const { UploadId } = await cloud.client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { PartNumber: 1 };
    const { ETag } = await cloud.client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, Body: "part", ...part }),
    );
    const MultipartUpload = { Parts: [{ ETag, ...part }] };
    return (conditions = {}) =>
      cloud.client.send(
        new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...conditions }),
      );
  }

  test("412 leaves the upload open: without the condition it can still complete", async () => {
    const cloud = await setUp();
    await put(cloud, "there");
    const complete = await upload(cloud);
    expect(await failure(complete({ IfNoneMatch: "*" }))).toMatchObject({
      code: "PreconditionFailed",
      status: 412,
    });
    expect(await text(cloud)).toBe("there");
    await complete();
    expect(await text(cloud)).toBe("part");
  });

  test("is 409, or 404 under If-Match, when the key was deleted since the upload began: only a new one succeeds", async () => {
    const cloud = await setUp();
    const { ETag } = await put(cloud, "there");
    const completions = [await upload(cloud), await upload(cloud)] as const;
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await failure(completions[0]({ IfNoneMatch: "*" }))).toMatchObject({
      code: "ConditionalRequestConflict",
      status: 409,
    });
    expect(await failure(completions[1]({ IfMatch: ETag ?? "" }))).toMatchObject({
      code: "NoSuchKey",
      status: 404,
    });
    await (await upload(cloud))({ IfNoneMatch: "*" });
    expect(await text(cloud)).toBe("part");
  });

  test("409 when the key was deleted meanwhile is the end of the upload: every later completion conflicts", async () => {
    const cloud = await setUp();
    const { UploadId } = await cloud.client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const { ETag } = await cloud.client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "part" }),
    );
    const slow = await slowRequest(cloud, {
      method: "POST",
      path: `/${Bucket}/${Key}?uploadId=${UploadId}`,
      headers: { "if-none-match": "*" },
      body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${ETag}</ETag></Part></CompleteMultipartUpload>`,
    });
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await slow.finish()).toBe(409);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const again = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload });
    expect(await failure(cloud.client.send(again))).toMatchObject({
      code: "ConditionalRequestConflict",
      status: 409,
    });
    await cloud.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    await cloud.expectFiles(0);
  });

  test("a 409 by the fault hook is that of the wire", async () => {
    const cloud = await setUpInside({
      failRequest: ({ operation }) =>
        operation === "CompleteMultipartUpload"
          ? { status: 409, code: "ConditionalRequestConflict" }
          : undefined,
    });
    const complete = await upload(cloud);
    expect(await failure(complete({ IfNoneMatch: "*" }))).toMatchObject({
      code: "ConditionalRequestConflict",
      status: 409,
    });
  });
});
