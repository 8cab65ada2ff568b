import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { eventually } from "../lambda/fixtures.ts";
import { bodies, makeQueue, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

const send = (queueUrl: string, body: string, over: { readonly DelaySeconds?: number } = {}) =>
  client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, ...over }));

/** A long poll that has reached the queue and found nothing. Its end is a timer, another may wake it. */
async function longPoll(queueUrl: string, over: Parameters<typeof receive>[2] = {}, timers = 1) {
  const before = clock.timers();
  const answer = receive(client, queueUrl, { WaitTimeSeconds: 20, ...over });
  answer.catch(() => {});
  await eventually(() => clock.timers() === before + timers);
  return { answer };
}

describe("a delay (SQS Developer Guide: Amazon SQS delay queues, Amazon SQS message timers)", () => {
  it("of one message holds it back", async () => {
    const url = await makeQueue(client, "delayed");
    await send(url, "x", { DelaySeconds: 5 });
    await clock.advance(4_999);
    expect(await receive(client, url)).toEqual([]);
    await clock.advance(1);
    expect((await receiveOne(client, url)).Body).toBe("x");
  });

  it("of one message goes before the queue's, zero too", async () => {
    const url = await makeQueue(client, "delay-queue", { DelaySeconds: "60" });
    await send(url, "late");
    await send(url, "now", { DelaySeconds: 0 });
    expect((await receiveOne(client, url)).Body).toBe("now");
  });

  it("of one message is 0 to 900 seconds", async () => {
    const url = await makeQueue(client, "late");
    expect(await refusalCode(send(url, "x", { DelaySeconds: 901 }))).toBe("InvalidParameterValue");
    expect(await refusalCode(send(url, "x", { DelaySeconds: -1 }))).toBe("InvalidParameterValue");
  });

  it.each([
    ["a standard queue", "not for those before", "changed", []],
    ["a FIFO queue", "for those before, too", "changed.fifo", ["x"]],
  ])("that %s is given holds for later messages, %s", async (_queue, _before, name, expected) => {
    const fifo = name.endsWith(".fifo");
    const attributes = { DelaySeconds: "60", ...(fifo ? { ContentBasedDeduplication: "true" } : {}) };
    const QueueUrl = await makeQueue(client, name, attributes);
    await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: "x", ...(fifo ? { MessageGroupId: "g" } : {}) }),
    );
    const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: "1" } });
    await client.send(set);
    await clock.advance(1_000);
    expect(bodies(await receive(client, QueueUrl))).toEqual(expected);
  });
});

describe("a long poll (SQS Developer Guide: Amazon SQS short and long polling)", () => {
  it("answers at once when there is a message, and as soon as one comes", async () => {
    const url = await makeQueue(client, "long", { ReceiveMessageWaitTimeSeconds: "20" });
    await send(url, "first");
    expect((await receiveOne(client, url)).Body).toBe("first");
    const { answer } = await longPoll(url, { WaitTimeSeconds: undefined }, 2);
    await send(url, "second");
    expect(bodies(await answer)).toEqual(["second"]);
  });

  it("answers without messages once its time is over", async () => {
    const url = await makeQueue(client, "in-vain");
    const { answer } = await longPoll(url, { WaitTimeSeconds: 3 });
    await clock.advance(3_000);
    expect(await answer).toEqual([]);
  });

  it("is woken when a delay ends, a visibility timeout ends, and a message is given back", async () => {
    const url = await makeQueue(client, "woken");
    await send(url, "x", { DelaySeconds: 2 });
    const delayed = await longPoll(url, { VisibilityTimeout: 4 }, 2);
    await clock.advance(2_000);
    expect(bodies(await delayed.answer)).toEqual(["x"]);
    const hidden = await longPoll(url, {}, 2);
    await clock.advance(4_000);
    const [message] = await hidden.answer;
    expect(message?.Attributes?.ApproximateReceiveCount).toBe("2");
    const givenBack = await longPoll(url, {}, 2);
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    expect(await givenBack.answer).toHaveLength(1);
  });

  it("is woken when the message that holds up its group is deleted", async () => {
    const QueueUrl = await makeQueue(client, "freed.fifo", { ContentBasedDeduplication: "true" });
    for (const MessageBody of ["1", "2"]) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: "g" }));
    }
    const { ReceiptHandle } = await receiveOne(client, QueueUrl, { MaxNumberOfMessages: 1 });
    const { answer } = await longPoll(QueueUrl, {}, 2);
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(bodies(await answer)).toEqual(["2"]);
  });

  it("gives each message to one of those who wait, the first of them first", async () => {
    const url = await makeQueue(client, "shared");
    const first = await longPoll(url);
    const second = await longPoll(url);
    await send(url, "a");
    expect(bodies(await first.answer)).toEqual(["a"]);
    await send(url, "b");
    expect(bodies(await second.answer)).toEqual(["b"]);
  });

  it("that does not hide its message gives it to the next one too, with another handle", async () => {
    const url = await makeQueue(client, "unhidden");
    const first = await longPoll(url, { VisibilityTimeout: 0 });
    const second = await longPoll(url);
    await send(url, "x");
    const [[one], [two]] = await Promise.all([first.answer, second.answer]);
    const counts = [one, two].map((message) => message?.Attributes?.ApproximateReceiveCount);
    expect(counts).toEqual(["1", "2"]);
    expect(one?.ReceiptHandle).not.toBe(two?.ReceiptHandle);
  });

  it("ends with its client's connection, and takes no message with it", async () => {
    const url = await makeQueue(client, "gone");
    const before = clock.timers();
    const leaving = new AbortController();
    const asked = client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
      abortSignal: leaving.signal,
    });
    await eventually(() => clock.timers() === before + 1);
    leaving.abort();
    await expect(asked).rejects.toThrow("aborted");
    await eventually(() => clock.timers() === before);
    await send(url, "x");
    const message = await receiveOne(client, url);
    expect(message.Attributes?.ApproximateReceiveCount).toBe("1");
  });

  it("leaves no timer behind, however it ends", async () => {
    const before = clock.timers();
    const url = await makeQueue(client, "tidy");
    await send(url, "later", { DelaySeconds: 30 });
    const { answer } = await longPoll(url, {}, 2);
    await send(url, "now");
    await answer;
    expect(clock.timers()).toBe(before);
  });

  it("is refused when its queue is deleted", async () => {
    const QueueUrl = await makeQueue(client, "deleted");
    const { answer } = await longPoll(QueueUrl);
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    expect(await refusalCode(answer)).toBe("QueueDoesNotExist");
  });

  it("ends when the service stops", async () => {
    const other = await setUp();
    const url = await makeQueue(other.client, "stopped");
    const asked = receive(other.client, url, { WaitTimeSeconds: 20 });
    asked.catch(() => {});
    await eventually(() => other.clock.timers() === 1);
    await other.sqs.stop();
    await Promise.allSettled([asked]);
    expect(other.clock.timers()).toBe(0);
  });
});
