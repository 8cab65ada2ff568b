import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareKeys, encodeKey } from "../../../../examples/local/s3/key-text.ts";
import { listPage } from "../../../../examples/local/s3/lists/list-page.ts";
import { failure, type SetUp, setUp } from "./set-up.ts";

const Bucket = "bucket";
const putAll = async ({ client }: SetUp, keys: readonly string[]): Promise<void> => {
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
};

describe("keys", () => {
  test("are in the order of their UTF-8 bytes", () => {
    const key = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(key, key, (a, b) => {
        const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareKeys(a, b))).toBe(order);
      }),
    );
  });

  test("URL-encoded, come back from what a consumer of events does to them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (key) => {
        expect(decodeURIComponent(encodeKey(key).replaceAll("+", " "))).toBe(key);
      }),
    );
    expect(encodeKey("2026/11/a b+c%20(1).log")).toBe("2026/11/a+b%2Bc%2520%281%29.log");
  });
});

describe("pages", () => {
  test("of any size hold every key or its common prefix once, in order", () => {
    const keys = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom("a", "b", "/"), minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(
        keys,
        fc.constantFrom("", "/"),
        fc.constantFrom("", "a", "a/"),
        fc.integer({ min: 1, max: 4 }),
        (all, delimiter, prefix, max) => {
          const entries = all.toSorted(compareKeys).map((key) => ({ key }));
          const expected = new Set<string>();
          for (const { key } of entries) {
            if (!key.startsWith(prefix)) continue;
            const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
            expected.add(at === -1 ? key : `${key.slice(0, at + 1)}*`);
          }
          const found: string[] = [];
          let after = "";
          let afterPrefix: string | undefined;
          for (let pages = 0; ; pages += 1) {
            const page = listPage(entries, {
              prefix,
              delimiter,
              max,
              isAfter: ({ key }) => compareKeys(key, after) > 0,
              ...(afterPrefix === undefined ? {} : { afterPrefix }),
            });
            found.push(...page.items.map(({ key }) => key), ...page.commonPrefixes.map((one) => `${one}*`));
            if (page.next === undefined) break;
            expect(page.items.length + page.commonPrefixes.length).toBe(max);
            expect(pages).toBeLessThan(all.length);
            afterPrefix = "afterPrefix" in page.next ? page.next.afterPrefix : undefined;
            after = "after" in page.next ? page.next.after.key : page.next.afterPrefix;
          }
          expect(found.toSorted()).toEqual([...expected].toSorted());
        },
      ),
    );
  });
});

describe("ListObjectsV2", () => {
  test("rolls up common prefixes and goes on where a page ended", async () => {
    const cloud = await setUp();
    await putAll(cloud, ["b", "a/2", "a/1", "c/1", "é", "d"]);
    const list = (more: object) => cloud.client.send(new ListObjectsV2Command({ Bucket, ...more }));
    const first = await list({ Delimiter: "/", MaxKeys: 2 });
    expect(first).toMatchObject({
      KeyCount: 2,
      IsTruncated: true,
      CommonPrefixes: [{ Prefix: "a/" }],
      Contents: [{ Key: "b", Size: 1, StorageClass: "STANDARD", ETag: '"9dd4e461268c8034f5c8564e155c67a6"' }],
    });
    const second = await list({ Delimiter: "/", ContinuationToken: first.NextContinuationToken });
    expect([second.CommonPrefixes, second.Contents?.map(({ Key }) => Key), second.IsTruncated]).toEqual([
      [{ Prefix: "c/" }],
      ["d", "é"],
      false,
    ]);
    const within = await list({ Prefix: "a/", StartAfter: "a/1" });
    expect(within.Contents?.map(({ Key }) => Key)).toEqual(["a/2"]);
    expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
    expect((await list({ FetchOwner: true })).Contents?.[0]?.Owner?.ID).toMatch(/^[\da-f]{64}$/);
    expect(await failure(list({ ContinuationToken: "nonsense" }))).toMatchObject({ code: "InvalidArgument" });
    expect(await failure(list({ MaxKeys: -1 }))).toMatchObject({ code: "InvalidArgument" });
  });

  test("sees what came and went since the last list", async () => {
    const cloud = await setUp();
    const keys = async () =>
      (await cloud.client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key);
    await putAll(cloud, ["b"]);
    expect(await keys()).toEqual(["b"]);
    await putAll(cloud, ["a"]);
    expect(await keys()).toEqual(["a", "b"]);
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: "b" }));
    expect(await keys()).toEqual(["a"]);
  });

  test("writes any key so that the client reads it back, URL-encoded on request", async () => {
    const cloud = await setUp();
    const keys = [" b+c%20<&>\"'", "tab\there", "日本/語"];
    await putAll(cloud, keys);
    const plain = await cloud.client.send(new ListObjectsV2Command({ Bucket }));
    expect(plain.Contents?.map(({ Key }) => Key)).toEqual(keys);
    const encoded = await cloud.client.send(new ListObjectsV2Command({ Bucket, EncodingType: "url" }));
    expect(encoded.EncodingType).toBe("url");
    expect(encoded.Contents?.map(({ Key }) => Key)).toEqual(keys.map(encodeKey));
  });
});

test("ListObjectVersions goes through versions newest first, page by page", async () => {
  const cloud = await setUp();
  await cloud.client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  await putAll(cloud, ["a", "b", "a", "c/1", "c/2"]);
  const found: string[] = [];
  let markers: object = {};
  for (;;) {
    const page = await cloud.client.send(
      new ListObjectVersionsCommand({ Bucket, Delimiter: "/", MaxKeys: 1, ...markers }),
    );
    found.push(...(page.Versions ?? []).map(({ Key, IsLatest }) => `${Key} ${IsLatest}`));
    found.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => `${Prefix}`));
    if (page.IsTruncated !== true) break;
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
  expect(found).toEqual(["a true", "a false", "b true", "c/"]);
});
