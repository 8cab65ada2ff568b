import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bodies, makeQueue, receive, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

let url: string;
beforeAll(async () => {
  url = await makeQueue(client, "attempts.fifo", { ContentBasedDeduplication: "true" });
});

let sent = 0;
/** A receive of two messages in a group of their own, of three that it has. */
async function firstAttempt() {
  sent += 1;
  const [group, ReceiveRequestAttemptId] = [`g${sent}`, `attempt-${sent}`];
  for (const n of [1, 2, 3]) {
    await client.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: `${group}-${n}`, MessageGroupId: group }),
    );
  }
  const ask = { ReceiveRequestAttemptId, MaxNumberOfMessages: 2 };
  const messages = await receive(client, url, ask);
  expect(bodies(messages)).toEqual([`${group}-1`, `${group}-2`]);
  const [first, second] = messages;
  if (first === undefined || second === undefined) throw new Error("two messages");
  return { ask, messages, first, second };
}
const receiveAll = async () => {
  for (const { ReceiptHandle } of await receive(client, url)) {
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
  }
};

describe("a ReceiveRequestAttemptId (SQS API Reference: ReceiveMessage)", () => {
  it("gives the same messages by the same handles again, and hides them anew", async () => {
    const { ask, messages } = await firstAttempt();
    await clock.advance(29_000);
    expect(await receive(client, url, ask)).toEqual(messages);
    await clock.advance(29_999);
    expect(await receive(client, url, { ...ask, ReceiveRequestAttemptId: "another" })).toEqual([]);
    await clock.advance(1);
    await receiveAll();
  });

  it("is of no use once the messages are visible again, and not after five minutes", async () => {
    const { ask } = await firstAttempt();
    await clock.advance(30_000);
    const again = await receive(client, url, ask);
    expect(again.map(({ Attributes }) => Attributes?.ApproximateReceiveCount)).toEqual(["2", "2"]);
    await receive(client, url, { ...ask, VisibilityTimeout: 600 });
    await clock.advance(300_000);
    expect(await receive(client, url, ask)).toEqual([]);
    await clock.advance(300_000);
    await receiveAll();
  });

  it("is of no use once a message is deleted", async () => {
    const { ask, first } = await firstAttempt();
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first.ReceiptHandle }));
    expect(await receive(client, url, ask)).toEqual([]);
    await clock.advance(30_000);
    await receiveAll();
  });

  it("is of no use once a message's visibility was changed", async () => {
    const { ask, second } = await firstAttempt();
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: second.ReceiptHandle,
        VisibilityTimeout: 5,
      }),
    );
    expect(await receive(client, url, ask)).toEqual([]);
    await clock.advance(30_000);
    await receiveAll();
  });

  it("is for FIFO queues only", async () => {
    const standard = await makeQueue(client, "attempts");
    const asked = receive(client, standard, { ReceiveRequestAttemptId: "a" });
    expect(await refusalCode(asked)).toBe("InvalidParameterValue");
  });
});
