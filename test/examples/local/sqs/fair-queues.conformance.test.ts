import { SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { bodies, makeQueue, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client } = await setUp();
afterAll(() => sqs.stop());

/** Sends `count` messages of a group, or of none, in batches. */
async function send(QueueUrl: string, group: string | undefined, count: number): Promise<void> {
  for (let from = 0; from < count; from += 10) {
    const Entries = Array.from({ length: Math.min(10, count - from) }, (_, index) => ({
      Id: String(index),
      MessageBody: `${group}-${from + index}`,
      MessageGroupId: group,
    }));
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}

describe("a standard queue with groups (SQS Developer Guide: How Amazon SQS fair queues work)", () => {
  it("tells the group with the message, and takes no deduplication id", async () => {
    const url = await makeQueue(client, "told");
    await send(url, "tenant", 1);
    expect((await receiveOne(client, url)).Attributes?.MessageGroupId).toBe("tenant");
    const sent = new SendMessageCommand({ QueueUrl: url, MessageBody: "x", MessageDeduplicationId: "d" });
    expect(await refusalCode(client.send(sent))).toBe("InvalidParameterValue");
  });

  it("does not hold a group back while one of its messages is in flight", async () => {
    const url = await makeQueue(client, "unblocked");
    await send(url, "tenant", 2);
    await receiveOne(client, url, { MaxNumberOfMessages: 1 });
    expect(await receive(client, url)).toHaveLength(1);
  });

  it("gives other groups' messages first once a group has 30 messages and a tenth of all in flight", async () => {
    const url = await makeQueue(client, "fair");
    await send(url, "noisy", 45);
    for (const _receive of [1, 2, 3]) await receive(client, url);
    await send(url, "quiet", 2);
    await send(url, undefined, 1);
    expect(bodies(await receive(client, url, { MaxNumberOfMessages: 4 }))).toEqual([
      "quiet-0",
      "quiet-1",
      "undefined-0",
      "noisy-30",
    ]);
  });

  it("gives messages as they came while no group is noisy", async () => {
    const url = await makeQueue(client, "steady");
    await send(url, "busy", 40);
    for (const _receive of [1, 2]) await receive(client, url);
    await send(url, "quiet", 1);
    expect(bodies(await receive(client, url, { MaxNumberOfMessages: 1 }))).toEqual(["busy-20"]);
  });

  it("gives those of the noisy group with the fewest in flight first", async () => {
    const url = await makeQueue(client, "two-noisy");
    await send(url, "louder", 40);
    for (const _receive of [1, 2, 3, 4]) await receive(client, url);
    await send(url, "loud", 30);
    for (const _receive of [1, 2, 3]) await receive(client, url);
    await send(url, "louder", 1);
    await send(url, "loud", 1);
    expect(bodies(await receive(client, url))).toEqual(["loud-0", "louder-0"]);
  });
});

describe("messages in flight (SQS Developer Guide: Amazon SQS message quotas)", () => {
  it("are so many at most: a standard queue says so, a FIFO queue gives no more", async () => {
    const limited = await setUp({ inFlightLimit: 2 });
    const standard = await makeQueue(limited.client, "limited");
    const fifo = await makeQueue(limited.client, "limited.fifo", { ContentBasedDeduplication: "true" });
    for (const body of ["1", "2", "3"]) {
      await limited.client.send(new SendMessageCommand({ QueueUrl: standard, MessageBody: body }));
      await limited.client.send(
        new SendMessageCommand({ QueueUrl: fifo, MessageBody: body, MessageGroupId: body }),
      );
    }
    expect(await receive(limited.client, standard)).toHaveLength(2);
    expect(await refusalCode(receive(limited.client, standard))).toBe("OverLimit");
    expect(await receive(limited.client, fifo)).toHaveLength(2);
    expect(await receive(limited.client, fifo)).toEqual([]);
    await limited.sqs.stop();
  });
});
