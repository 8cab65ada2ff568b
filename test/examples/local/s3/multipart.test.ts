import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { failure, type SetUp, setUp, setUpInside } from "./set-up.ts";

const Bucket = "bucket";
const Key = "k";
const MIB = 1024 ** 2;
const big = Buffer.alloc(5 * MIB, "a");
const small = Buffer.from("the end");

async function begin(
  cloud: SetUp,
  input: Partial<CreateMultipartUploadCommandInput> = { ChecksumAlgorithm: "CRC32" },
): Promise<{
  readonly UploadId: string;
  part(PartNumber: number, Body: Buffer, more?: object): Promise<CompletedPart>;
  complete(Parts: CompletedPart[], more?: object): ReturnType<typeof completed>;
}> {
  const { UploadId = "" } = await cloud.client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ...input }),
  );
  return {
    UploadId,
    async part(PartNumber, Body, more = {}) {
      const { $metadata, ServerSideEncryption, ...part } = await cloud.client.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }),
      );
      return { PartNumber, ...part };
    },
    complete: (Parts, more = {}) => completed(cloud, UploadId, Parts, more),
  };
}

const completed = ({ client }: SetUp, UploadId: string, Parts: CompletedPart[], more: object) =>
  client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
  );

const md5 = (bytes: Buffer): Buffer => createHash("md5").update(bytes).digest();

describe("an upload in parts", () => {
  test("becomes one object: ETag -N, composite checksum, parts that can be read by number", async () => {
    const cloud = await setUp();
    const upload = await begin(cloud, {
      ContentType: "text/plain",
      Metadata: { m: "1" },
      StorageClass: "STANDARD_IA",
      ChecksumAlgorithm: "CRC32",
    });
    const last = await upload.part(2, small);
    await upload.part(1, small);
    const first = await upload.part(1, big);
    const done = await upload.complete([first, last]);
    const eTag = createHash("md5")
      .update(Buffer.concat([md5(big), md5(small)]))
      .digest("hex");
    expect(done).toMatchObject({ ETag: `"${eTag}-2"`, ChecksumType: "COMPOSITE" });
    expect(done.ChecksumCRC32).toMatch(/-2$/);
    const head = await cloud.client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
    expect(head).toMatchObject({
      ContentLength: big.length + small.length,
      ContentType: "text/plain",
      Metadata: { m: "1" },
      StorageClass: "STANDARD_IA",
      ChecksumCRC32: done.ChecksumCRC32,
    });
    const two = await cloud.client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 }));
    expect(two).toMatchObject({
      PartsCount: 2,
      ContentRange: `bytes ${big.length}-${big.length + 6}/${big.length + 7}`,
    });
    expect(await two.Body?.transformToString()).toBe("the end");
    // A range that is just a part has the part's checksum.
    const aligned = await cloud.client.send(
      new HeadObjectCommand({ Bucket, Key, Range: `bytes=${big.length}-`, ChecksumMode: "ENABLED" }),
    );
    expect(aligned.ChecksumCRC32).toBe(last.ChecksumCRC32);
    const across = await cloud.client.send(
      new GetObjectCommand({ Bucket, Key, Range: `bytes=${big.length - 2}-${big.length + 2}` }),
    );
    expect(await across.Body?.transformToString()).toBe("aathe");
    const three = new GetObjectCommand({ Bucket, Key, PartNumber: 3 });
    expect(await failure(cloud.client.send(three))).toMatchObject({ code: "InvalidPartNumber", status: 416 });
    // Nothing is copied, and nothing is left of the part that was replaced.
    await cloud.expectFiles(2);
  });

  test("has a full-object checksum when it was created so, and the client's claim of it is verified", async () => {
    const cloud = await setUp();
    const upload = await begin(cloud, { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" });
    const parts = [await upload.part(1, big), await upload.part(2, small)];
    const whole = await cloud.client.send(
      new PutObjectCommand({ Bucket, Key: "whole", Body: Buffer.concat([big, small]) }),
    );
    expect(await failure(upload.complete(parts, { ChecksumCRC32: "AAAAAA==" }))).toMatchObject({
      code: "BadDigest",
      status: 400,
    });
    const done = await upload.complete(parts, {
      ChecksumCRC32: whole.ChecksumCRC32,
      ChecksumType: "FULL_OBJECT",
    });
    expect(done).toMatchObject({ ChecksumCRC32: whole.ChecksumCRC32, ChecksumType: "FULL_OBJECT" });
  });

  test("has CRC64NVME over all of it when its creator named nothing; parts may bring others, which are not kept", async () => {
    const plain = await setUp({ requestChecksumCalculation: "WHEN_REQUIRED" });
    const whole = await plain.client.send(
      new PutObjectCommand({ Bucket, Key: "whole", Body: Buffer.concat([big, small]) }),
    );
    const cloud = await setUp();
    const upload = await begin(cloud, {});
    const { ChecksumCRC32, ...first } = await upload.part(1, big);
    const { ChecksumCRC32: _, ...second } = await upload.part(2, small);
    expect(ChecksumCRC32).toBeTruthy();
    const wrong = upload.part(2, small, { ChecksumCRC32: "AAAAAA==" });
    expect(await failure(wrong)).toMatchObject({ code: "BadDigest", status: 400 });
    expect(await failure(upload.complete([{ ...first, ChecksumCRC32 }, second]))).toMatchObject({
      code: "InvalidPart",
      status: 400,
    });
    const done = await upload.complete([first, second]);
    expect(done).toMatchObject({ ChecksumCRC64NVME: whole.ChecksumCRC64NVME, ChecksumType: "FULL_OBJECT" });
  });

  test("wants a checksum of its own algorithm with every part when it is composite", async () => {
    const cloud = await setUp({ requestChecksumCalculation: "WHEN_REQUIRED" });
    const { part } = await begin(cloud, { ChecksumAlgorithm: "SHA256" });
    const mismatch = "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type:";
    expect(await failure(part(1, small))).toMatchObject({
      code: "InvalidRequest",
      message: `${mismatch} null`,
    });
    expect(await failure(part(1, small, { ChecksumAlgorithm: "CRC32" }))).toMatchObject({
      message: `${mismatch} crc32`,
    });
  });

  test("refuses kinds of checksums that do not exist", async () => {
    const cloud = await setUp();
    for (const kind of [
      { ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" },
      { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "COMPOSITE" },
    ] as const) {
      expect(await failure(begin(cloud, kind))).toMatchObject({ code: "InvalidRequest", status: 400 });
    }
  });
});

describe("completing", () => {
  test("checks order, existence, ETags, checksums, sizes, and the upload stays open", async () => {
    const cloud = await setUp();
    const upload = await begin(cloud);
    const one = await upload.part(1, big);
    const two = await upload.part(2, small);
    const three = await upload.part(3, small);
    const code = async (parts: CompletedPart[], more?: object): Promise<string> =>
      (await failure(upload.complete(parts, more))).code;
    expect(await code([two, one])).toBe("InvalidPartOrder");
    expect(await code([one, one])).toBe("InvalidPartOrder");
    expect(await code([])).toBe("MalformedXML");
    const path = `/${Bucket}/${Key}?uploadId=${upload.UploadId}`;
    const nothing = await fetch(cloud.s3.endpoint + path, { method: "POST" });
    expect(await nothing.text()).toContain("<Code>InvalidRequest</Code>");
    expect(await code([one, { ...two, PartNumber: 9 }])).toBe("InvalidPart");
    expect(await code([one, { ...two, ETag: one.ETag }])).toBe("InvalidPart");
    expect(await code([one, { ...two, ChecksumCRC32: one.ChecksumCRC32 }])).toBe("InvalidPart");
    const { ChecksumCRC32: _, ...bare } = two;
    expect(await code([one, { ...bare, ChecksumCRC32C: "AAAAAA==" }])).toBe("BadDigest");
    expect(await code([one, two, three])).toBe("EntityTooSmall");
    expect(await code([one, { PartNumber: 2, ETag: two.ETag }])).toBe("InvalidRequest");
    expect(await code([one, three])).toBe("InternalError");
    expect(await code([one, two], { MpuObjectSize: 3 })).toBe("InvalidRequest");
    await upload.complete([one, two], { MpuObjectSize: big.length + small.length });
    // Neither the part that was not named nor the upload is left.
    await cloud.expectFiles(2);
    expect(await failure(upload.complete([one, two]))).toMatchObject({ code: "NoSuchUpload", status: 404 });
    expect(await failure(upload.part(4, small))).toMatchObject({ code: "NoSuchUpload", status: 404 });
  });

  test("may answer 200 with an error inside, when asked to: the client sees an error, nothing is done", async () => {
    let failures = 1;
    const cloud = await setUpInside({
      failRequest: ({ operation, bucket, key }) =>
        operation === "CompleteMultipartUpload" && bucket === Bucket && key === Key && failures-- > 0
          ? "complete-200-with-error"
          : undefined,
    });
    const upload = await begin(cloud);
    const parts = [await upload.part(1, small)];
    expect(await failure(upload.complete(parts))).toMatchObject({ code: "InternalError" });
    expect(await failure(cloud.client.send(new HeadObjectCommand({ Bucket, Key })))).toMatchObject({
      status: 404,
    });
    await upload.complete(parts);
  });
});

test("aborting forgets the parts; a part that comes later finds no upload", async () => {
  const cloud = await setUp();
  const { UploadId, part } = await begin(cloud);
  await part(1, big);
  const abort = (): Promise<unknown> =>
    cloud.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  await abort();
  await cloud.expectFiles(0);
  expect(await failure(part(2, small))).toMatchObject({ code: "NoSuchUpload" });
  expect(await failure(abort())).toMatchObject({ code: "NoSuchUpload", status: 404 });
});

test("part numbers are 1 to 10,000", async () => {
  const cloud = await setUp();
  const { part } = await begin(cloud);
  await part(10_000, small);
  for (const number of [0, 10_001]) {
    expect(await failure(part(number, small))).toMatchObject({ code: "InvalidArgument", status: 400 });
  }
});

test("a part can be a range of another object", async () => {
  const cloud = await setUp();
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: "source", Body: "0123456789" }));
  const { UploadId, complete } = await begin(cloud);
  const copy = (CopySourceRange: string) =>
    cloud.client.send(
      new UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber: 1,
        CopySource: "bucket/source",
        CopySourceRange,
      }),
    );
  expect(await failure(copy("bytes=5-10"))).toMatchObject({ code: "InvalidArgument" });
  expect(await failure(copy("bytes=5-"))).toMatchObject({ code: "InvalidArgument" });
  const { CopyPartResult } = await copy("bytes=2-4");
  const { ETag, ChecksumCRC32 } = CopyPartResult ?? {};
  await complete([{ PartNumber: 1, ETag, ChecksumCRC32 }]);
  const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key }));
  expect(await got.Body?.transformToString()).toBe("234");
});

describe("lists", () => {
  test("of parts go page by page", async () => {
    const cloud = await setUp();
    const { UploadId, part } = await begin(cloud, { ChecksumAlgorithm: "SHA256" });
    for (const number of [3, 1, 2]) await part(number, small, { ChecksumAlgorithm: "SHA256" });
    const list = (more: object) =>
      cloud.client.send(new ListPartsCommand({ Bucket, Key, UploadId, ...more }));
    const first = await list({ MaxParts: 2 });
    expect(first).toMatchObject({
      IsTruncated: true,
      NextPartNumberMarker: "2",
      ChecksumAlgorithm: "SHA256",
    });
    const second = await list({ PartNumberMarker: first.NextPartNumberMarker });
    const numbers = [...(first.Parts ?? []), ...(second.Parts ?? [])].map((one) => one.PartNumber);
    expect([numbers, second.IsTruncated]).toEqual([[1, 2, 3], false]);
    expect(first.Parts?.[0]?.ChecksumSHA256).toBe(createHash("sha256").update(small).digest("base64"));
  });

  test("of uploads go page by page, by key and age", async () => {
    const cloud = await setUp();
    const ids: string[] = [];
    for (const key of ["b", "a/1", "b", "a/2"]) ids.push((await begin(cloud, { Key: key })).UploadId);
    const list = (more: object) => cloud.client.send(new ListMultipartUploadsCommand({ Bucket, ...more }));
    const found: (string | undefined)[] = [];
    let markers: object = {};
    for (;;) {
      const page = await list({ MaxUploads: 1, ...markers });
      found.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
      if (page.IsTruncated !== true) break;
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
    expect(found).toEqual([ids[1], ids[3], ids[0], ids[2]]);
    const rolled = await list({ Delimiter: "/", MaxUploads: 1 });
    expect(rolled).toMatchObject({
      CommonPrefixes: [{ Prefix: "a/" }],
      NextKeyMarker: "a/",
      IsTruncated: true,
    });
    const rest = await list({ Delimiter: "/", KeyMarker: "a/" });
    expect(rest.Uploads?.map(({ UploadId }) => UploadId)).toEqual([ids[0], ids[2]]);
  });
});
