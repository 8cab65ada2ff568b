import {
  AddPermissionCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  type QueueAttributeName,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, queueArn, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

const get = async (QueueUrl: string, ...AttributeNames: QueueAttributeName[]) =>
  (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;
const set = (QueueUrl: string, Attributes: Record<string, string>) =>
  client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));

describe("attributes (SQS API Reference: CreateQueue, GetQueueAttributes, SetQueueAttributes)", () => {
  it("have AWS's defaults", async () => {
    const made = String(Math.floor(clock.now() / 1_000));
    const standard = {
      QueueArn: queueArn("plain"),
      VisibilityTimeout: "30",
      DelaySeconds: "0",
      MaximumMessageSize: "1048576",
      MessageRetentionPeriod: "345600",
      ReceiveMessageWaitTimeSeconds: "0",
      SqsManagedSseEnabled: "true",
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesNotVisible: "0",
      ApproximateNumberOfMessagesDelayed: "0",
      CreatedTimestamp: made,
      LastModifiedTimestamp: made,
    };
    expect(await get(await makeQueue(client, "plain"), "All")).toEqual(standard);
    expect(await get(await makeQueue(client, "plain.fifo"), "All")).toEqual({
      ...standard,
      QueueArn: queueArn("plain.fifo"),
      FifoQueue: "true",
      ContentBasedDeduplication: "false",
      DeduplicationScope: "queue",
      FifoThroughputLimit: "perQueue",
    });
  });

  it("come when they are asked for, and only then", async () => {
    const url = await makeQueue(client, "asked");
    expect(await get(url, "DelaySeconds")).toEqual({ DelaySeconds: "0" });
    expect(await get(url)).toBeUndefined();
    expect(await refusalCode(get(url, "Colour" as QueueAttributeName))).toBe("InvalidAttributeName");
  });

  it("change, and say when", async () => {
    const url = await makeQueue(client, "changed", { MaximumMessageSize: "2048" });
    await clock.advance(60_000);
    await set(url, { MaximumMessageSize: "1024" });
    expect(await get(url, "MaximumMessageSize", "LastModifiedTimestamp")).toEqual({
      MaximumMessageSize: "1024",
      LastModifiedTimestamp: String(Math.floor(clock.now() / 1_000)),
    });
    const sent = new SendMessageCommand({ QueueUrl: url, MessageBody: "x".repeat(1_025) });
    expect(await refusalCode(client.send(sent))).toBe("InvalidParameterValue");
  });

  it("change all together or not at all", async () => {
    const url = await makeQueue(client, "whole");
    expect(await refusalCode(set(url, { DelaySeconds: "5", VisibilityTimeout: "-1" }))).toBe(
      "InvalidAttributeValue",
    );
    expect(await get(url, "DelaySeconds")).toEqual({ DelaySeconds: "0" });
  });

  it("of a queue that is made again are the same", async () => {
    const url = await makeQueue(client, "again", { DelaySeconds: "5" });
    expect(await makeQueue(client, "again", { DelaySeconds: "5" })).toBe(url);
    expect(await makeQueue(client, "again")).toBe(url);
    expect(await refusalCode(makeQueue(client, "again", { DelaySeconds: "6" }))).toBe("QueueNameExists");
  });

  it.each([
    ["VisibilityTimeout", "0", "43200", "43201"],
    ["DelaySeconds", "0", "900", "901"],
    ["MaximumMessageSize", "1024", "1048576", "1023"],
    ["MaximumMessageSize", "1024", "1048576", "1048577"],
    ["MessageRetentionPeriod", "60", "1209600", "59"],
    ["ReceiveMessageWaitTimeSeconds", "0", "20", "21"],
    ["DelaySeconds", "0", "900", "1.5"],
    ["SqsManagedSseEnabled", "true", "false", "yes"],
    ["Policy", "{}", "", "none"],
  ])("%s: %s and %s are valid, %s is not", async (name, least, most, beyond) => {
    const url = await makeQueue(client, "ranges");
    expect(await refusalCode(set(url, { [name]: least }))).toBe("accepted");
    expect(await refusalCode(set(url, { [name]: most }))).toBe("accepted");
    expect(await refusalCode(set(url, { [name]: beyond }))).toBe("InvalidAttributeValue");
  });

  it("of FIFO queues are unknown to a standard queue, and the type does not change", async () => {
    const standard = await makeQueue(client, "for-ever");
    const fifo = await makeQueue(client, "for-ever.fifo");
    for (const name of ["ContentBasedDeduplication", "FifoQueue", "QueueArn", "Colour"]) {
      expect(await refusalCode(set(standard, { [name]: "true" }))).toBe("InvalidAttributeName");
    }
    expect(await refusalCode(set(fifo, { FifoQueue: "false" }))).toBe("InvalidAttributeValue");
    expect(await refusalCode(set(fifo, { DeduplicationScope: "group" }))).toBe("InvalidAttributeValue");
  });

  it("say which key encrypts, one kind at a time", async () => {
    const url = await makeQueue(client, "encrypted", { KmsMasterKeyId: "alias/key" });
    const names = ["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"] as const;
    expect(await get(url, ...names)).toEqual({
      KmsMasterKeyId: "alias/key",
      KmsDataKeyReusePeriodSeconds: "300",
      SqsManagedSseEnabled: "false",
    });
    expect(await refusalCode(set(url, { SqsManagedSseEnabled: "true" }))).toBe("InvalidAttributeValue");
  });
});

describe("tags (SQS API Reference: TagQueue, UntagQueue, ListQueueTags)", () => {
  it("are added, overwritten and taken away", async () => {
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "tagged", tags: { a: "1" } }));
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { a: "2", b: "" } }));
    const list = async () => (await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags;
    expect(await list()).toEqual({ a: "2", b: "" });
    await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["a"] }));
    expect(await list()).toEqual({ b: "" });
  });

  it("have keys of up to 128 characters that are not AWS's", async () => {
    const QueueUrl = await makeQueue(client, "not-tagged");
    for (const Tags of [{ ["k".repeat(129)]: "x" }, { "aws:x": "x" }, { k: "v".repeat(257) }]) {
      expect(await refusalCode(client.send(new TagQueueCommand({ QueueUrl, Tags })))).toBe(
        "InvalidParameterValue",
      );
    }
  });
});

describe("permissions (SQS API Reference: AddPermission, RemovePermission)", () => {
  it("become statements of the queue's policy, one a label", async () => {
    const QueueUrl = await makeQueue(client, "permitted");
    const permission = {
      QueueUrl,
      Label: "read",
      AWSAccountIds: ["111111111111"],
      Actions: ["ReceiveMessage"],
    };
    const add = () => client.send(new AddPermissionCommand(permission));
    await add();
    expect(await refusalCode(add())).toBe("InvalidParameterValue");
    const { Policy = "" } = (await get(QueueUrl, "Policy")) ?? {};
    expect(JSON.parse(Policy)).toMatchObject({
      Statement: [
        {
          Sid: "read",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111111111111:root" },
          Action: "SQS:ReceiveMessage",
          Resource: queueArn("permitted"),
        },
      ],
    });
    const remove = () => client.send(new RemovePermissionCommand({ QueueUrl, Label: "read" }));
    await remove();
    expect(await get(QueueUrl, "Policy")).toBeUndefined();
    expect(await refusalCode(remove())).toBe("InvalidParameterValue");
  });

  it("have seven actions at most", async () => {
    const QueueUrl = await makeQueue(client, "eight-actions");
    const Actions = Array.from({ length: 8 }, (_, index) => `Action${index}`);
    const added = new AddPermissionCommand({
      QueueUrl,
      Label: "l",
      AWSAccountIds: ["111111111111"],
      Actions,
    });
    expect(await refusalCode(client.send(added))).toBe("OverLimit");
  });
});
