import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  type Tier,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test, vi } from "vitest";
import { startAgenda } from "../../../../examples/local/s3/agenda.ts";
import { manualClock } from "../eventbridge/manual-clock.ts";
import { failure, type SetUp, setUp, setUpInside } from "./set-up.ts";

const Bucket = "bucket";
const DAY_MS = 86_400_000;
const rule: LifecycleRule = {
  ID: "abandoned",
  Status: "Enabled",
  Filter: { Prefix: "in/" },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 40 },
};

const putRules = ({ client }: SetUp, Rules: LifecycleRule[]) =>
  client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
const begin = ({ client }: SetUp, Key: string) =>
  client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
const open = async ({ client }: SetUp): Promise<readonly (string | undefined)[]> =>
  ((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).map(({ Key }) => Key);

describe("the lifecycle of abandoned uploads", () => {
  test("ends them after their days on the cloud's clock, with their parts, under the prefix only", async () => {
    const cloud = await setUpInside();
    await putRules(cloud, [rule]);
    const { UploadId, AbortRuleId, AbortDate } = await begin(cloud, "in/k");
    expect(AbortRuleId).toBe("abandoned");
    expect(AbortDate?.getTime()).toBeCloseTo(cloud.clock.now() + 40 * DAY_MS, -4);
    await begin(cloud, "out/k");
    await cloud.client.send(
      new UploadPartCommand({ Bucket, Key: "in/k", UploadId, PartNumber: 1, Body: "x" }),
    );
    await cloud.clock.advance(40 * DAY_MS - 1);
    expect(await open(cloud)).toEqual(["in/k", "out/k"]);
    await cloud.clock.advance(1);
    expect(await open(cloud)).toEqual(["out/k"]);
    await vi.waitFor(() => cloud.expectFiles(0));
    expect(cloud.clock.timers()).toBe(0);
  });

  test("counts from the beginning of uploads that are older than the rule, until the rule is gone", async () => {
    const cloud = await setUpInside();
    await begin(cloud, "in/k");
    await cloud.clock.advance(39 * DAY_MS);
    await putRules(cloud, [rule]);
    await cloud.client.send(new DeleteBucketLifecycleCommand({ Bucket }));
    await cloud.clock.advance(2 * DAY_MS);
    expect(await open(cloud)).toEqual(["in/k"]);
    await putRules(cloud, [{ ...rule, Status: "Disabled" }]);
    await cloud.clock.advance(DAY_MS);
    expect(await open(cloud)).toEqual(["in/k"]);
    await putRules(cloud, [rule]);
    await cloud.clock.advance(0);
    await cloud.clock.advance(0);
    expect(await open(cloud)).toEqual([]);
  });

  test("reads back; other actions and wrong values are refused", async () => {
    const cloud = await setUp();
    const get = () => cloud.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(await failure(get())).toMatchObject({ code: "NoSuchLifecycleConfiguration", status: 404 });
    await putRules(cloud, [rule]);
    expect((await get()).Rules).toEqual([rule]);
    const code = async (rules: LifecycleRule[]) => (await failure(putRules(cloud, rules))).code;
    expect(await code([{ ...rule, Expiration: { Days: 1 } }])).toBe("NotImplemented");
    expect(await code([{ ...rule, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 0 } }])).toBe(
      "InvalidArgument",
    );
    expect(await code([rule, rule])).toBe("InvalidArgument");
    expect(await code([{ ID: "x", Status: "Enabled", Filter: { Prefix: "" } }])).toBe("InvalidRequest");
    expect(await code([{ ...rule, Filter: { Tag: { Key: "a", Value: "b" } } }])).toBe("InvalidRequest");
    expect(await code([])).toBe("MalformedXML");
    expect((await get()).Rules).toEqual([rule]);
  });
});

describe("archived objects", () => {
  const Key = "k";
  const restore = ({ client }: SetUp, Days: number, tier: Tier = "Standard") =>
    client.send(
      new RestoreObjectCommand({
        Bucket,
        Key,
        RestoreRequest: { Days, GlacierJobParameters: { Tier: tier } },
      }),
    );

  test("are read only once restored, for as long as was asked, and tell of it", async () => {
    const cloud = await setUpInside();
    await cloud.client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      }),
    );
    await cloud.client.send(new PutObjectCommand({ Bucket, Key, Body: "cold", StorageClass: "GLACIER" }));
    const get = () => cloud.client.send(new GetObjectCommand({ Bucket, Key }));
    const head = () => cloud.client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(await failure(get())).toMatchObject({ code: "InvalidObjectState", status: 403 });
    const copy = new CopyObjectCommand({ Bucket, Key: "copy", CopySource: "bucket/k" });
    expect(await failure(cloud.client.send(copy))).toMatchObject({ code: "ObjectNotInActiveTierError" });
    expect((await restore(cloud, 2)).$metadata.httpStatusCode).toBe(202);
    expect((await head()).Restore).toBe('ongoing-request="true"');
    expect(await failure(restore(cloud, 2))).toMatchObject({ code: "RestoreAlreadyInProgress", status: 409 });
    expect(await failure(get())).toMatchObject({ code: "InvalidObjectState" });
    await cloud.clock.advance(4 * 3_600_000);
    expect((await head()).Restore).toBe(
      'ongoing-request="false", expiry-date="Tue, 24 Nov 2026 22:43:48 GMT"',
    );
    expect(await (await get()).Body?.transformToString()).toBe("cold");
    expect((await restore(cloud, 3)).$metadata.httpStatusCode).toBe(200);
    await cloud.clock.advance(2 * DAY_MS);
    await get();
    await cloud.clock.advance(DAY_MS);
    expect(await failure(get())).toMatchObject({ code: "InvalidObjectState" });
    expect(cloud.busEntries.map(({ detailType }) => detailType)).toEqual([
      "Object Created",
      "Object Restore Initiated",
      "Object Restore Completed",
      "Object Restore Expired",
    ]);
  });

  test("know their classes' tiers, and others are not restored", async () => {
    const cloud = await setUp();
    const put = (StorageClass: "DEEP_ARCHIVE" | "GLACIER_IR" | "NONE") =>
      cloud.client.send(
        new PutObjectCommand({ Bucket, Key, Body: "x", StorageClass: StorageClass as "GLACIER" }),
      );
    await put("DEEP_ARCHIVE");
    expect(await failure(restore(cloud, 1, "Expedited"))).toMatchObject({ code: "InvalidArgument" });
    await put("GLACIER_IR");
    await cloud.client.send(new GetObjectCommand({ Bucket, Key }));
    expect(await failure(restore(cloud, 1))).toMatchObject({ code: "InvalidObjectState", status: 403 });
    expect(await failure(put("NONE"))).toMatchObject({ code: "InvalidStorageClass", status: 400 });
  });
});

describe("the agenda", () => {
  test("waits longer than a timer can, in steps that a timer can, and does nothing once stopped", async () => {
    const clock = manualClock();
    const steps: number[] = [];
    const agenda = startAgenda({
      ...clock,
      after(cloudMs, fn) {
        steps.push(cloudMs);
        return clock.after(cloudMs, fn);
      },
    });
    const done: string[] = [];
    agenda.in(60 * DAY_MS, () => done.push("due"));
    agenda.in(60 * DAY_MS, () => done.push("cancelled"))();
    await clock.advance(60 * DAY_MS - 1);
    expect(done).toEqual([]);
    await clock.advance(1);
    expect(done).toEqual(["due"]);
    // Beyond 2^31 - 1 ms Node fires at once.
    expect(Math.max(...steps)).toBeLessThan(2 ** 31);
    agenda.in(1, () => done.push("stopped"));
    await agenda.stop();
    agenda.in(1, () => done.push("too late"));
    expect(clock.timers()).toBe(0);
  });
});
