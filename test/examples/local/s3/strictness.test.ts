import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectTaggingCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { readXml } from "../../../../examples/local/s3/xml-read.ts";
import { failure, setUp, setUpInside } from "./set-up.ts";

const Bucket = "bucket";

describe("what is not here is said, never ignored", () => {
  test("operations, query parameters and headers that nobody knows are NotImplemented", async () => {
    const { client, s3 } = await setUp();
    await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    const refused = { code: "NotImplemented", status: 501 };
    expect(await failure(client.send(new GetBucketAclCommand({ Bucket })))).toMatchObject(refused);
    expect(await failure(client.send(new ListObjectsCommand({ Bucket })))).toMatchObject(refused);
    const locked = new PutObjectCommand({ Bucket, Key: "k", Body: "y", ObjectLockLegalHoldStatus: "ON" });
    expect(await failure(client.send(locked))).toMatchObject(refused);
    for (const [path, init] of [
      ["/bucket/k?acl", {}],
      ["/bucket/k?versionid=1", {}],
      ["/bucket/k", { headers: { "x-amz-something-new": "1" } }],
      ["/bucket/k", { headers: { "if-range": '"e"' } }],
      ["/bucket/k", { method: "POST" }],
      ["/bucket/k", { method: "PUT", headers: { "if-modified-since": new Date().toUTCString() } }],
    ] as const) {
      const response = await fetch(s3.endpoint + path, init);
      expect([path, response.status]).toEqual([path, 501]);
    }
    const got = await client.send(new GetObjectCommand({ Bucket, Key: "k" }));
    expect(await got.Body?.transformToString()).toBe("x");
  });

  test("an ACL is refused as in a bucket that has them disabled, but for the two that change nothing", async () => {
    const { client } = await setUp();
    const put = (ACL: "public-read" | "private") =>
      client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ACL }));
    await put("private");
    expect(await failure(put("public-read"))).toMatchObject({
      code: "AccessControlListNotSupported",
      status: 400,
    });
  });

  test("errors are XML with code, message, what they are of and request id; HEAD has none", async () => {
    const { s3 } = await setUp();
    const response = await fetch(`${s3.endpoint}/bucket/a%20b`);
    expect(response.status).toBe(404);
    const error = readXml(await response.text(), "Error");
    const fields = Object.fromEntries(error.children.map(({ name, text }) => [name, text]));
    expect(fields).toMatchObject({
      Code: "NoSuchKey",
      Message: "The specified key does not exist.",
      Key: "a b",
      RequestId: response.headers.get("x-amz-request-id"),
    });
    expect(fields).not.toHaveProperty("Resource");
    const head = await fetch(`${s3.endpoint}/bucket/k`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([404, ""]);
  });

  test("a path that is no URI, or a body that is no XML, is an error of that request only", async () => {
    const { s3 } = await setUp();
    expect((await fetch(`${s3.endpoint}/bucket/%E0%A4%A`)).status).toBe(400);
    const put = (body: string) => fetch(`${s3.endpoint}/bucket?versioning`, { method: "PUT", body });
    expect(await (await put("")).text()).toContain("<Code>MissingRequestBodyError</Code>");
    for (const body of [
      "no",
      "<a",
      "<VersioningConfiguration>",
      "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>",
      "<VersioningConfiguration><Unknown/></VersioningConfiguration>",
      '<!DOCTYPE x [<!ENTITY e "e">]><VersioningConfiguration>&e;</VersioningConfiguration>',
      "<b>".repeat(1_000),
    ]) {
      const response = await put(body);
      expect([body, response.status]).toEqual([body, 400]);
      expect(await response.text()).toContain("<Code>MalformedXML</Code>");
    }
    expect(
      (await put("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")).status,
    ).toBe(200);
  });
});

describe("the fault hook", () => {
  test("fails the requests it names, before anything is done", async () => {
    const seen: object[] = [];
    const { client, expectFiles } = await setUpInside({
      failRequest: (request) => {
        seen.push(request);
        return request.operation === "PutObject" ? { status: 503, code: "SlowDown" } : undefined;
      },
    });
    const put = client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x".repeat(100_000) }));
    expect(await failure(put)).toMatchObject({ code: "SlowDown", status: 503 });
    await expectFiles(0);
    expect(seen).toEqual([{ operation: "PutObject", bucket: "bucket", key: "k" }]);
    await client.send(new ListBucketsCommand({}));
    expect(seen.at(-1)).toEqual({ operation: "ListBuckets" });
  });
});

describe("buckets", () => {
  test("are created, listed, found and deleted", async () => {
    const { client } = await setUp();
    await client.send(new CreateBucketCommand({ Bucket: "another" }));
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(["another", "bucket"]);
    const head = await client.send(new HeadBucketCommand({ Bucket: "another" }));
    expect(head.BucketRegion).toBe("us-east-1");
    await client.send(new DeleteBucketCommand({ Bucket: "another" }));
    expect(await failure(client.send(new HeadBucketCommand({ Bucket: "another" })))).toMatchObject({
      status: 404,
    });
    const put = new PutObjectCommand({ Bucket: "another", Key: "k", Body: "x" });
    expect(await failure(client.send(put))).toMatchObject({ code: "NoSuchBucket", status: 404 });
  });

  test.each(["ab", "Upper", "a..b", "10.0.0.1", "-a-b", "name-s3alias"])(
    "cannot be named %s",
    async (name) => {
      const { s3 } = await setUp();
      const response = await fetch(`${s3.endpoint}/${name}`, { method: "PUT" });
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining("<Code>InvalidBucketName</Code>"),
      ]);
    },
  );

  test("need their region named outside us-east-1, and can be created only once there", async () => {
    const { client, s3 } = await setUpInside({ region: "eu-west-1" }, { region: "eu-west-1" });
    const unnamed = await fetch(`${s3.endpoint}/far-away`, { method: "PUT" });
    expect(await unnamed.text()).toContain("<Code>IllegalLocationConstraintException</Code>");
    const create = (LocationConstraint: "eu-west-1" | "eu-west-2") =>
      client.send(
        new CreateBucketCommand({ Bucket: "far-away", CreateBucketConfiguration: { LocationConstraint } }),
      );
    expect(await failure(create("eu-west-2"))).toMatchObject({ code: "IllegalLocationConstraintException" });
    await create("eu-west-1");
    expect(await failure(create("eu-west-1"))).toMatchObject({
      code: "BucketAlreadyOwnedByYou",
      status: 409,
    });
  });

  test("in us-east-1 are created again without harm, with no region named", async () => {
    const { client } = await setUp();
    await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new GetObjectCommand({ Bucket, Key: "k" }));
  });

  test("that someone else should own are denied", async () => {
    const { client } = await setUp();
    const other = new HeadBucketCommand({ Bucket, ExpectedBucketOwner: "999999999999" });
    expect(await failure(client.send(other))).toMatchObject({ status: 403 });
    await client.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: "123456789012" }));
  });

  test("can be there from the start, with their settings", async () => {
    const cloud = await setUpInside();
    const arn = "arn:aws:sqs:us-east-1:123456789012:q";
    const target = {
      id: "q",
      destination: "Queue",
      arn,
      events: ["s3:ObjectCreated:*"],
      prefix: "",
      suffix: "",
    } as const;
    const definition = {
      name: "defined",
      versioning: "Enabled",
      notifications: { targets: [target], eventBridge: false },
    } as const;
    await cloud.s3.createBuckets([definition]);
    const put = await cloud.client.send(new PutObjectCommand({ Bucket: "defined", Key: "k", Body: "x" }));
    expect(put.VersionId).toBeTruthy();
    await expect.poll(() => cloud.delivered.map((one) => one.arn)).toEqual([arn, arn]);
    await expect(cloud.s3.createBuckets([definition])).rejects.toThrow("there already");
  });
});

test("tags are put, read and deleted, ten at most", async () => {
  const { client } = await setUp();
  const object = { Bucket, Key: "k" };
  await client.send(new PutObjectCommand({ ...object, Body: "x" }));
  const put = (TagSet: { Key: string; Value: string }[]) =>
    client.send(new PutObjectTaggingCommand({ ...object, Tagging: { TagSet } }));
  const tags = async () => (await client.send(new GetObjectTaggingCommand(object))).TagSet;
  await put([{ Key: "a", Value: "1 + 2 = 3" }]);
  expect(await tags()).toEqual([{ Key: "a", Value: "1 + 2 = 3" }]);
  for (const wrong of [
    { Key: "a", Value: "1 & 2" },
    { Key: "a*", Value: "" },
  ]) {
    expect(await failure(put([wrong]))).toMatchObject({ code: "InvalidTag", status: 400 });
  }
  const many = Array.from({ length: 11 }, (_, n) => ({ Key: `${n}`, Value: "" }));
  expect(await failure(put(many))).toMatchObject({ code: "BadRequest", status: 400 });
  await client.send(new DeleteObjectTaggingCommand(object));
  expect(await tags()).toEqual([]);
});
