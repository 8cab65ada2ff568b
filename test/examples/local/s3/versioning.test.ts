import {
  CopyObjectCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  type DeleteObjectCommandOutput,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { failure, type SetUp, setUp } from "./set-up.ts";

const Bucket = "bucket";
const Key = "k";

const versioning = ({ client }: SetUp, Status: "Enabled" | "Suspended"): Promise<unknown> =>
  client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
const put = async ({ client }: SetUp, Body: string): Promise<string | undefined> =>
  (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
const get = async ({ client }: SetUp, VersionId?: string): Promise<string | undefined> =>
  (await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
const remove = ({ client }: SetUp, VersionId?: string): Promise<DeleteObjectCommandOutput> =>
  client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));

describe("a bucket without versioning", () => {
  test("says nothing of it, and a new object is in the place of the old", async () => {
    const cloud = await setUp();
    expect((await cloud.client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    expect(await put(cloud, "one")).toBeUndefined();
    await put(cloud, "two");
    await cloud.expectFiles(1);
    expect(await get(cloud, "null")).toBe("two");
    const deleted = await remove(cloud);
    expect([deleted.VersionId, deleted.DeleteMarker]).toEqual([undefined, undefined]);
    await cloud.expectFiles(0);
  });
});

describe("versioning enabled", () => {
  test("keeps every version; what was there before has the id null", async () => {
    const cloud = await setUp();
    await put(cloud, "before");
    await versioning(cloud, "Enabled");
    expect((await cloud.client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
    const one = await put(cloud, "one");
    const two = await put(cloud, "two");
    expect(new Set([one, two, "null", undefined]).size).toBe(4);
    expect([await get(cloud), await get(cloud, one), await get(cloud, "null")]).toEqual([
      "two",
      "one",
      "before",
    ]);
    const CopySource = `bucket/k?versionId=${one}`;
    const copy = await cloud.client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
    expect(copy.CopySourceVersionId).toBe(one);
    expect(await get(cloud)).toBe("one");
  });

  test("a delete hides behind a marker: 404 for the key, 405 for the marker, and removing it brings back", async () => {
    const cloud = await setUp();
    await versioning(cloud, "Enabled");
    const one = await put(cloud, "one");
    const marker = await remove(cloud);
    expect(marker).toMatchObject({ DeleteMarker: true });
    expect(await failure(get(cloud))).toMatchObject({ code: "NoSuchKey", status: 404 });
    expect(await failure(get(cloud, marker.VersionId))).toMatchObject({
      code: "MethodNotAllowed",
      status: 405,
    });
    expect(await get(cloud, one)).toBe("one");
    expect(await cloud.client.send(new ListObjectsV2Command({ Bucket }))).toMatchObject({ KeyCount: 0 });
    const undone = await remove(cloud, marker.VersionId);
    expect(undone).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId });
    expect(await get(cloud)).toBe("one");
  });

  test("a version that is removed is gone for good, and the one beneath becomes current", async () => {
    const cloud = await setUp();
    await versioning(cloud, "Enabled");
    const one = await put(cloud, "one");
    const two = await put(cloud, "two");
    await remove(cloud, two);
    expect(await get(cloud)).toBe("one");
    expect(await failure(get(cloud, two))).toMatchObject({ code: "NoSuchVersion", status: 404 });
    expect(await failure(get(cloud, "no such!"))).toMatchObject({ code: "InvalidArgument", status: 400 });
    expect(await failure(cloud.client.send(new DeleteBucketCommand({ Bucket })))).toMatchObject({
      code: "BucketNotEmpty",
      status: 409,
    });
    await remove(cloud, one);
    await cloud.client.send(new DeleteBucketCommand({ Bucket }));
    await cloud.expectFiles(0);
  });

  test("a HEAD of a hidden key says that a marker hides it", async () => {
    const cloud = await setUp();
    await versioning(cloud, "Enabled");
    await put(cloud, "one");
    await remove(cloud);
    const response = await fetch(`${cloud.s3.endpoint}/bucket/k`, { method: "HEAD" });
    expect([response.status, response.headers.get("x-amz-delete-marker")]).toEqual([404, "true"]);
    expect(await failure(cloud.client.send(new HeadObjectCommand({ Bucket, Key })))).toMatchObject({
      code: "NotFound",
    });
  });
});

test("versioning suspended: writes and deletes take the place of the version null only", async () => {
  const cloud = await setUp();
  await versioning(cloud, "Enabled");
  const one = await put(cloud, "one");
  await versioning(cloud, "Suspended");
  await put(cloud, "two");
  await put(cloud, "three");
  expect([await get(cloud), await get(cloud, one)]).toEqual(["three", "one"]);
  expect(await remove(cloud)).toMatchObject({ DeleteMarker: true, VersionId: "null" });
  expect(await failure(get(cloud))).toMatchObject({ status: 404 });
  const { Versions, DeleteMarkers } = await cloud.client.send(new ListObjectVersionsCommand({ Bucket }));
  expect(Versions?.map(({ VersionId }) => VersionId)).toEqual([one]);
  expect(DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([["null", true]]);
});

describe("DeleteObjects", () => {
  test("deletes many, tells of each, and of none twice", async () => {
    const cloud = await setUp();
    await versioning(cloud, "Enabled");
    const one = await put(cloud, "one");
    const { Deleted, Errors } = await cloud.client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key, VersionId: one }, { Key: "none" }, { Key: "x", ETag: '"e"' }] },
      }),
    );
    expect(Deleted).toMatchObject([
      { Key, VersionId: one },
      { Key: "none", DeleteMarker: true },
    ]);
    expect(Errors).toMatchObject([{ Key: "x", Code: "NoSuchKey" }]);
    const quiet = await cloud.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: [{ Key: "y" }] } }),
    );
    expect(quiet.Deleted).toBeUndefined();
  });

  test("needs a checksum of its document, and at most 1,000 keys", async () => {
    const cloud = await setUp();
    const body = "<Delete><Object><Key>k</Key></Object></Delete>";
    const response = await fetch(`${cloud.s3.endpoint}/bucket?delete`, { method: "POST", body });
    expect(await response.text()).toContain("Missing required header for this request: Content-MD5");
    const Objects = Array.from({ length: 1_001 }, (_, n) => ({ Key: `${n}` }));
    const many = new DeleteObjectsCommand({ Bucket, Delete: { Objects } });
    expect(await failure(cloud.client.send(many))).toMatchObject({ code: "MalformedXML", status: 400 });
  });
});
