import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { failure, type SetUp, setUp } from "./set-up.ts";

const Bucket = "bucket";
const QueueArn = "arn:aws:sqs:us-east-1:123456789012:q";
const TopicArn = "arn:aws:sns:us-east-1:123456789012:t";
const LambdaFunctionArn = "arn:aws:lambda:us-east-1:123456789012:function:f";
const everything: NotificationConfiguration["QueueConfigurations"] = [
  { Id: "all", QueueArn, Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"] },
];

const configure = ({ client }: SetUp, configuration: NotificationConfiguration, more: object = {}) =>
  client.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: configuration,
      ...more,
    }),
  );

const put = ({ client }: SetUp, Key: string, Body = "hello") =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));

/** Event names and keys that went to an ARN, test events left out. */
function told({ delivered }: SetUp, arn: string): readonly string[] {
  return delivered
    .filter((one) => one.arn === arn)
    .flatMap(
      ({ message }) => (message["Records"] ?? []) as { eventName: string; s3: { object: { key: string } } }[],
    )
    .map(({ eventName, s3 }) => `${eventName} ${s3.object.key}`);
}

describe("notifications", () => {
  test("are the documented record, with its key URL-encoded", async () => {
    const cloud = await setUp();
    await configure(cloud, { QueueConfigurations: everything });
    await put(cloud, "2026/11/a b+c%20.log");
    await expect.poll(() => cloud.s3.pending()).toBe(0);
    expect(cloud.delivered.at(-1)).toEqual({
      arn: QueueArn,
      message: {
        Records: [
          {
            eventVersion: "2.1",
            eventSource: "aws:s3",
            awsRegion: "us-east-1",
            eventTime: "2026-11-22T18:43:48.250Z",
            eventName: "ObjectCreated:Put",
            userIdentity: { principalId: "AWS:123456789012" },
            requestParameters: { sourceIPAddress: "127.0.0.1" },
            responseElements: { "x-amz-request-id": expect.any(String), "x-amz-id-2": expect.any(String) },
            s3: {
              s3SchemaVersion: "1.0",
              configurationId: "all",
              bucket: {
                name: "bucket",
                ownerIdentity: { principalId: "123456789012" },
                arn: "arn:aws:s3:::bucket",
              },
              object: {
                key: "2026/11/a+b%2Bc%2520.log",
                size: 5,
                eTag: "5d41402abc4b2a76b9719d911017c592",
                sequencer: expect.stringMatching(/^[\dA-F]{18}$/),
              },
            },
          },
        ],
      },
    });
  });

  test("tell of every way to make or remove an object, once each; of failures, not at all", async () => {
    const cloud = await setUp();
    await configure(cloud, { QueueConfigurations: everything });
    await put(cloud, "k");
    await cloud.client.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: "bucket/k" }));
    const { UploadId } = await cloud.client.send(new CreateMultipartUploadCommand({ Bucket, Key: "parts" }));
    const part = { Bucket, Key: "parts", UploadId };
    const { ETag } = await cloud.client.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: "x" }));
    const Parts = [{ PartNumber: 1, ETag }];
    await cloud.client.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts } }));
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: "never there" }));
    await failure(
      cloud.client.send(new PutObjectCommand({ Bucket, Key: "copy", Body: "x", IfNoneMatch: "*" })),
    );
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await cloud.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: "copy" }));
    await expect.poll(() => cloud.s3.pending()).toBe(0);
    expect(told(cloud, QueueArn)).toEqual([
      "ObjectCreated:Put k",
      "ObjectCreated:Copy copy",
      "ObjectCreated:CompleteMultipartUpload parts",
      "ObjectRemoved:Delete k",
      "ObjectRemoved:DeleteMarkerCreated copy",
    ]);
    const marker = JSON.stringify(cloud.delivered.at(-1)?.message);
    expect(marker).toContain('"versionId":');
    expect(marker).not.toContain('"size":');
  });

  test("go where event, prefix and suffix fit; filters are of the key itself, not of its encoding", async () => {
    const cloud = await setUp();
    await configure(cloud, {
      LambdaFunctionConfigurations: [
        {
          LambdaFunctionArn,
          Events: ["s3:ObjectCreated:Put"],
          Filter: {
            Key: {
              FilterRules: [
                { Name: "prefix", Value: "in é/" },
                { Name: "suffix", Value: ".log" },
              ],
            },
          },
        },
      ],
      TopicConfigurations: [{ TopicArn, Events: ["s3:ObjectRemoved:*"] }],
    });
    for (const key of ["in é/a.log", "in é/a.txt", "out/a.log"]) await put(cloud, key);
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: "out/a.log" }));
    await expect.poll(() => cloud.s3.pending()).toBe(0);
    expect(told(cloud, LambdaFunctionArn)).toEqual(["ObjectCreated:Put in+%C3%A9/a.log"]);
    expect(told(cloud, TopicArn)).toEqual(["ObjectRemoved:Delete out/a.log"]);
  });

  test("carry sequencers that grow with every event", async () => {
    const cloud = await setUp();
    await configure(cloud, { QueueConfigurations: everything });
    for (let n = 0; n < 3; n += 1) {
      await put(cloud, "k");
      await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
    }
    await expect.poll(() => cloud.s3.pending()).toBe(0);
    const sequencers = [...JSON.stringify(cloud.delivered).matchAll(/"sequencer":"(\w+)"/g)].map(
      ([, one]) => one,
    );
    expect(sequencers).toHaveLength(6);
    expect(new Set(sequencers).size).toBe(6);
    expect(sequencers.toSorted()).toEqual(sequencers);
  });

  test("are tried again until they arrive, on the cloud's clock", async () => {
    const arrived: string[] = [];
    let refusals = 3;
    const cloud = await setUp({
      deliver: async (_, payload) => {
        if (payload.includes("s3:TestEvent")) return;
        refusals -= 1;
        if (refusals >= 0) throw new Error("not now");
        arrived.push(payload);
      },
    });
    await configure(cloud, { QueueConfigurations: everything });
    await put(cloud, "k");
    await cloud.clock.advance(0);
    expect([arrived.length, cloud.s3.pending()]).toEqual([0, 1]);
    await cloud.clock.advance(1_000 + 2_000 + 4_000);
    await cloud.clock.advance(0);
    expect([arrived.length, cloud.s3.pending()]).toEqual([1, 0]);
    expect(cloud.clock.timers()).toBe(0);
  });

  test("to EventBridge have keys as they are, and say why", async () => {
    const cloud = await setUp();
    await configure(cloud, { EventBridgeConfiguration: {} });
    await put(cloud, "a b");
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: "a b" }));
    await expect.poll(() => cloud.s3.pending()).toBe(0);
    const [created, deleted] = cloud.busEntries;
    expect(created).toMatchObject({
      source: "aws.s3",
      detailType: "Object Created",
      resources: ["arn:aws:s3:::bucket"],
    });
    expect(JSON.parse(created?.detail ?? "")).toEqual({
      version: "0",
      bucket: { name: "bucket" },
      object: {
        key: "a b",
        size: 5,
        etag: "5d41402abc4b2a76b9719d911017c592",
        sequencer: expect.any(String),
      },
      "request-id": expect.any(String),
      requester: "123456789012",
      "source-ip-address": "127.0.0.1",
      reason: "PutObject",
    });
    expect(deleted?.detailType).toBe("Object Deleted");
    expect(JSON.parse(deleted?.detail ?? "")).toMatchObject({
      reason: "DeleteObject",
      "deletion-type": "Permanently Deleted",
    });
  });
});

describe("a notification configuration", () => {
  test("reads back, sends s3:TestEvent to queues and topics, and none to functions", async () => {
    const cloud = await setUp();
    const configuration: NotificationConfiguration = {
      QueueConfigurations: [
        {
          Id: "q",
          QueueArn,
          Events: ["s3:ObjectCreated:Put"],
          Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "a&b/" }] } },
        },
      ],
      TopicConfigurations: [{ Id: "t", TopicArn, Events: ["s3:ObjectCreated:Copy"] }],
      LambdaFunctionConfigurations: [{ Id: "f", LambdaFunctionArn, Events: ["s3:ObjectRemoved:*"] }],
      EventBridgeConfiguration: {},
    };
    await configure(cloud, configuration);
    expect(cloud.delivered.map(({ arn }) => arn)).toEqual([QueueArn, TopicArn]);
    expect(cloud.delivered[0]?.message).toMatchObject({
      Service: "Amazon S3",
      Event: "s3:TestEvent",
      Bucket: "bucket",
      Time: "2026-11-22T18:43:48.250Z",
    });
    const { $metadata, ...read } = await cloud.client.send(
      new GetBucketNotificationConfigurationCommand({ Bucket }),
    );
    expect(read).toEqual(configuration);
    await configure(cloud, configuration, { SkipDestinationValidation: true });
    expect(cloud.delivered).toHaveLength(2);
  });

  test.each<[string, NotificationConfiguration]>([
    [
      "two that share an event under overlapping filters",
      {
        QueueConfigurations: everything,
        TopicConfigurations: [
          {
            TopicArn,
            Events: ["s3:ObjectCreated:Put"],
            Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "a" }] } },
          },
        ],
      },
    ],
    [
      "a FIFO queue",
      { QueueConfigurations: [{ QueueArn: `${QueueArn}.fifo`, Events: ["s3:ObjectCreated:*"] }] },
    ],
    [
      "an ARN of another service",
      { QueueConfigurations: [{ QueueArn: TopicArn, Events: ["s3:ObjectCreated:*"] }] },
    ],
    [
      "an event that does not exist",
      { QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectCreated:Nothing" as "s3:ObjectCreated:Put"] }] },
    ],
    [
      "a filter that is neither prefix nor suffix",
      {
        QueueConfigurations: [
          {
            QueueArn,
            Events: ["s3:ObjectCreated:*"],
            Filter: { Key: { FilterRules: [{ Name: "infix" as "prefix", Value: "a" }] } },
          },
        ],
      },
    ],
  ])("is refused: %s", async (_, configuration) => {
    const cloud = await setUp();
    expect(await failure(configure(cloud, configuration))).toMatchObject({
      code: "InvalidArgument",
      status: 400,
    });
    await put(cloud, "a");
    expect(cloud.delivered).toEqual([]);
  });

  test("is refused when a destination does not take the test event", async () => {
    const cloud = await setUp({
      deliver: async () => {
        throw new Error("no such queue");
      },
    });
    expect(await failure(configure(cloud, { QueueConfigurations: everything }))).toMatchObject({
      code: "InvalidArgument",
      message: "Unable to validate the following destination configurations",
    });
  });

  test("is refused when there is no such function, unless nobody is to look", async () => {
    const cloud = await setUp({ hasFunction: () => false });
    const configuration: NotificationConfiguration = {
      LambdaFunctionConfigurations: [{ Id: "f", LambdaFunctionArn, Events: ["s3:ObjectCreated:*"] }],
    };
    expect(await failure(configure(cloud, configuration))).toMatchObject({
      code: "InvalidArgument",
      message: "Unable to validate the following destination configurations",
    });
    await configure(cloud, configuration, { SkipDestinationValidation: true });
  });

  test("says which events never happen here", async () => {
    const cloud = await setUp();
    const Events = ["s3:LifecycleExpiration:*"] as const;
    const configuration = { QueueConfigurations: [{ QueueArn, Events: [...Events] }] };
    expect(await failure(configure(cloud, configuration))).toMatchObject({
      code: "NotImplemented",
      status: 501,
    });
  });
});
