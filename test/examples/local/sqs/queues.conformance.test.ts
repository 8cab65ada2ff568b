import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  type ListQueuesCommandInput,
  PurgeQueueCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
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

  it("is emptied by a purge, in-flight and delayed messages too", async () => {
    const url = await makeQueue(client, "purged");
    await send(url, "a");
    await send(url, "b");
    await send(url, "later", { DelaySeconds: 60 });
    await receive(client, url, { MaxNumberOfMessages: 1 });
    await client.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await sqs.inspect("purged")).toEqual([]);
  });

  it("is purged once in 60 seconds", async () => {
    const QueueUrl = await makeQueue(client, "purged-twice");
    const purge = () => client.send(new PurgeQueueCommand({ QueueUrl }));
    await purge();
    await clock.advance(59_999);
    expect(await refusalCode(purge())).toBe("PurgeQueueInProgress");
    await clock.advance(1);
    expect(await refusalCode(purge())).toBe("accepted");
  });

  it("that was deleted takes its messages with it, and its name is free after 60 seconds", async () => {
    const QueueUrl = await makeQueue(client, "returned");
    await send(QueueUrl, "lost");
    const { ReceiptHandle } = await receiveOne(client, QueueUrl, { VisibilityTimeout: 0 });
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    expect(await refusalCode(send(QueueUrl, "x"))).toBe("QueueDoesNotExist");
    await clock.advance(59_999);
    expect(await refusalCode(makeQueue(client, "returned"))).toBe("QueueDeletedRecently");
    await clock.advance(1);
    await makeQueue(client, "returned");
    expect(await receive(client, QueueUrl)).toEqual([]);
    const deletion = client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(await refusalCode(deletion)).toBe("ReceiptHandleIsInvalid");
  });

  it("forgets messages at the end of their retention, in flight or not", async () => {
    const url = await makeQueue(client, "short", { MessageRetentionPeriod: "60" });
    await send(url, "a");
    await send(url, "b");
    await receive(client, url, { MaxNumberOfMessages: 1, VisibilityTimeout: 600 });
    await clock.advance(59_999);
    expect(await sqs.inspect("short")).toHaveLength(2);
    await clock.advance(1);
    expect(await receive(client, url)).toEqual([]);
    expect(await sqs.inspect("short")).toEqual([]);
  });

  it("is listed by the beginning of its name, in pages", async () => {
    const urls: string[] = [];
    for (const name of ["page-1", "page-2", "page-3", "pages"]) urls.push(await makeQueue(client, name));
    const list = (over: ListQueuesCommandInput) => client.send(new ListQueuesCommand(over));
    expect((await list({ QueueNamePrefix: "page-" })).QueueUrls).toEqual(urls.slice(0, 3));
    const { QueueUrls, NextToken = "" } = await list({ QueueNamePrefix: "page-", MaxResults: 2 });
    expect(QueueUrls).toEqual(urls.slice(0, 2));
    const rest = await list({ QueueNamePrefix: "page-", MaxResults: 2, NextToken });
    expect([rest.QueueUrls, rest.NextToken]).toEqual([[urls[2]], undefined]);
    expect((await list({ QueueNamePrefix: "none" })).QueueUrls).toBeUndefined();
    expect(await refusalCode(list({ MaxResults: 1_001 }))).toBe("InvalidParameterValue");
  });

  it.each(["a.b", "a b", "q".repeat(81), "plain.fifo"])("is not named %s", async (QueueName) => {
    expect(await refusalCode(client.send(new CreateQueueCommand({ QueueName })))).toBe(
      "InvalidParameterValue",
    );
  });

  it("belongs to one account", async () => {
    await makeQueue(client, "owned");
    const ask = (QueueOwnerAWSAccountId: string) =>
      refusalCode(client.send(new GetQueueUrlCommand({ QueueName: "owned", QueueOwnerAWSAccountId })));
    expect(await ask("000000000000")).toBe("accepted");
    expect(await ask("111111111111")).toBe("QueueDoesNotExist");
    const foreign = `${sqs.endpoint}/111111111111/owned`;
    expect(await refusalCode(send(foreign, "x"))).toBe("QueueDoesNotExist");
  });
});
