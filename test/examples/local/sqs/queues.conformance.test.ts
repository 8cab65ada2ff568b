import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, queueArn, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client } = await setUp();
afterAll(() => sqs.stop());

const send = (queueUrl: string, body: string, over: { readonly DelaySeconds?: number } = {}) =>
  client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, ...over }));
const attributesOf = async (queueUrl: string) =>
  (await client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] })))
    .Attributes;

describe("a queue (SQS API Reference: CreateQueue, GetQueueUrl, GetQueueAttributes, PurgeQueue)", () => {
  it("has a URL that a client can send to, however it came by it", async () => {
    const made = await makeQueue(client, "reached");
    const { QueueUrl: asked } = await client.send(new GetQueueUrlCommand({ QueueName: "reached" }));
    const { QueueUrls: [listed] = [] } = await client.send(
      new ListQueuesCommand({ QueueNamePrefix: "reached" }),
    );
    expect([made, asked, listed]).toEqual(Array(3).fill(`${sqs.endpoint}/000000000000/reached`));
    await send(made, "there");
    expect((await receiveOne(client, made)).Body).toBe("there");
  });

  it("has a URL at the host by which it was asked for, so that a gate between stays between", async () => {
    await makeQueue(client, "gated");
    const other = sqs.endpoint.replace("127.0.0.1", "localhost");
    const answer = await fetch(other, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.GetQueueUrl" },
      body: JSON.stringify({ QueueName: "gated" }),
    });
    expect(await answer.json()).toEqual({ QueueUrl: `${other}/000000000000/gated` });
  });

  it("that is not there is refused by name, by URL and for every message", async () => {
    const nowhere = `${sqs.endpoint}/000000000000/nowhere`;
    const asked = client.send(new GetQueueUrlCommand({ QueueName: "nowhere" }));
    expect(await refusalCode(asked)).toBe("QueueDoesNotExist");
    expect(await refusalCode(send(nowhere, "x"))).toBe("QueueDoesNotExist");
    expect(await refusalCode(receive(client, nowhere))).toBe("QueueDoesNotExist");
    expect(await refusalCode(attributesOf(nowhere))).toBe("QueueDoesNotExist");
  });

  it("has AWS's defaults, and says what is asked for only", async () => {
    const url = await makeQueue(client, "plain");
    expect(await attributesOf(url)).toMatchObject({
      QueueArn: queueArn("plain"),
      VisibilityTimeout: "30",
      DelaySeconds: "0",
      MaximumMessageSize: "1048576",
      MessageRetentionPeriod: "345600",
      ReceiveMessageWaitTimeSeconds: "0",
      ApproximateNumberOfMessages: "0",
      CreatedTimestamp: expect.stringMatching(/^\d{10}$/),
    });
    const one = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["DelaySeconds"] });
    expect((await client.send(one)).Attributes).toEqual({ DelaySeconds: "0" });
  });

  it("counts messages that are visible, in flight and delayed", async () => {
    const url = await makeQueue(client, "counted");
    await send(url, "a");
    await send(url, "b");
    await send(url, "later", { DelaySeconds: 60 });
    await receive(client, url, { MaxNumberOfMessages: 1 });
    expect(await attributesOf(url)).toMatchObject({
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesNotVisible: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
  });

  it("is made again with the same attributes, and refused with others", async () => {
    const url = await makeQueue(client, "again", { DelaySeconds: "5" });
    expect(await makeQueue(client, "again", { DelaySeconds: "5" })).toBe(url);
    expect(await refusalCode(makeQueue(client, "again", { DelaySeconds: "6" }))).toBe("QueueNameExists");
  });

  it.each([
    ["VisibilityTimeout", "43201"],
    ["DelaySeconds", "901"],
    ["MaximumMessageSize", "1048577"],
    ["MessageRetentionPeriod", "59"],
    ["ReceiveMessageWaitTimeSeconds", "21"],
  ])("refuses a %s of %s", async (name, value) => {
    const made = client.send(
      new CreateQueueCommand({ QueueName: `no-${name}`, Attributes: { [name]: value } }),
    );
    expect(await refusalCode(made)).toBe("InvalidAttributeValue");
  });

  it("is emptied by a purge, in-flight and delayed messages too", async () => {
    const url = await makeQueue(client, "purged");
    await send(url, "a");
    await send(url, "b");
    await send(url, "later", { DelaySeconds: 60 });
    await receive(client, url, { MaxNumberOfMessages: 1 });
    await client.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await sqs.inspect("purged")).toEqual([]);
  });
});
