import { createHash } from "node:crypto";
import {
  DeleteMessageCommand,
  type Message,
  SendMessageCommand,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, receive, receiveOne, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

const BY_CONTENT = { ContentBasedDeduplication: "true" };

const send = (queueUrl: string, group: string, body: string, over: Partial<SendMessageCommandInput> = {}) =>
  client.send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageGroupId: group, ...over }),
  );
const remove = (queueUrl: string, message: Message) =>
  client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));

describe("deduplication (SQS Developer Guide: Exactly-once processing in Amazon SQS)", () => {
  it("by id takes a second send without delivering it, and answers as for the first", async () => {
    const url = await makeQueue(client, "by-id.fifo");
    const first = await send(url, "g", "x", { MessageDeduplicationId: "d" });
    const second = await send(url, "g", "another body", { MessageDeduplicationId: "d" });
    expect([second.MessageId, second.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
    await send(url, "g", "x", { MessageDeduplicationId: "e" });
    expect(await sqs.inspect("by-id.fifo")).toHaveLength(2);
  });

  it("lasts after the first message was received and deleted", async () => {
    const url = await makeQueue(client, "still.fifo");
    await send(url, "g", "x", { MessageDeduplicationId: "d" });
    await remove(url, await receiveOne(client, url));
    await send(url, "g", "x", { MessageDeduplicationId: "d" });
    expect(await receive(client, url)).toEqual([]);
  });

  it("lasts for five minutes", async () => {
    const url = await makeQueue(client, "forgotten.fifo");
    await send(url, "g", "x", { MessageDeduplicationId: "d" });
    await clock.advance(299_999);
    await send(url, "g", "x", { MessageDeduplicationId: "d" });
    expect(await sqs.inspect("forgotten.fifo")).toHaveLength(1);
    await clock.advance(1);
    await send(url, "g", "x", { MessageDeduplicationId: "d" });
    expect(await sqs.inspect("forgotten.fifo")).toHaveLength(2);
  });

  it("within groups keeps messages of other groups apart", async () => {
    const url = await makeQueue(client, "scoped.fifo", {
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
    });
    for (const group of ["g", "h", "g"]) await send(url, group, "x", { MessageDeduplicationId: "d" });
    expect(await sqs.inspect("scoped.fifo")).toHaveLength(2);
  });

  it("by content compares bodies, not attributes, across groups", async () => {
    const url = await makeQueue(client, "by-content.fifo", BY_CONTENT);
    await send(url, "g", "x");
    await send(url, "g", "x", { MessageAttributes: { a: { DataType: "String", StringValue: "1" } } });
    await send(url, "other", "x");
    await send(url, "g", "y");
    expect((await sqs.inspect("by-content.fifo")).map(({ body }) => body).sort()).toEqual(["x", "y"]);
  });

  it("by content and by the id that it would have made are the same", async () => {
    const url = await makeQueue(client, "hashed.fifo", BY_CONTENT);
    await send(url, "g", "x");
    const MessageDeduplicationId = createHash("sha256").update("x").digest("hex");
    await send(url, "g", "another body", { MessageDeduplicationId });
    expect(await sqs.inspect("hashed.fifo")).toHaveLength(1);
  });

  it("goes by the id where the queue goes by content and the message has an id", async () => {
    const url = await makeQueue(client, "id-first.fifo", BY_CONTENT);
    await send(url, "g", "x");
    await send(url, "g", "x", { MessageDeduplicationId: "d" });
    expect(await sqs.inspect("id-first.fifo")).toHaveLength(2);
  });
});
