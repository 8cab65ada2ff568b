import {
  CreateQueueCommand,
  ListDeadLetterSourceQueuesCommand,
  type Message,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { eventually } from "../lambda/fixtures.ts";
import { makeQueue, queueArn, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

const redriveTo = (name: string, maxReceiveCount: unknown = 2) => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(name), maxReceiveCount }),
});
const send = (QueueUrl: string, fifo = false) =>
  client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: "x",
      MessageAttributes: { kept: { DataType: "String", StringValue: "yes" } },
      ...(fifo ? { MessageGroupId: "g", MessageDeduplicationId: "d" } : {}),
    }),
  );
/** Receives the only message as often as said, each time after its timeout has ended. */
async function receiveTimes(url: string, times: number): Promise<Message> {
  let message: Message = {};
  for (let time = 1; time <= times; time++) {
    message = await receiveOne(client, url);
    await clock.advance(30_000);
  }
  return message;
}

describe("a dead-letter queue (SQS Developer Guide: Using dead-letter queues in Amazon SQS)", () => {
  it.each(["standard", "ordered.fifo"])("%s: gets what was received maxReceiveCount times", async (name) => {
    const fifo = name.endsWith(".fifo");
    const dead = await makeQueue(client, `dead-${name}`);
    const url = await makeQueue(client, name, redriveTo(`dead-${name}`));
    const { MessageId } = await send(url, fifo);
    const { Attributes: before } = await receiveTimes(url, 2);
    expect(await sqs.inspect(`dead-${name}`)).toEqual([]);
    expect(await receive(client, url)).toEqual([]);
    expect(await sqs.inspect(name)).toEqual([]);
    expect(await receiveOne(client, dead)).toMatchObject({
      MessageId,
      Body: "x",
      MessageAttributes: { kept: { StringValue: "yes" } },
      Attributes: {
        // Over all queues.
        ApproximateReceiveCount: "3",
        DeadLetterQueueSourceArn: queueArn(name),
        SentTimestamp: before?.SentTimestamp,
        ApproximateFirstReceiveTimestamp: before?.ApproximateFirstReceiveTimestamp,
        ...(fifo ? { MessageGroupId: "g", MessageDeduplicationId: MessageId } : {}),
      },
    });
  });

  it("wakes who waits for its messages, and lets the next message of a FIFO group through", async () => {
    const dead = await makeQueue(client, "dead-waking.fifo");
    const url = await makeQueue(client, "waking.fifo", redriveTo("dead-waking.fifo", 1));
    for (const id of ["1", "2"]) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: id,
          MessageGroupId: "g",
          MessageDeduplicationId: id,
        }),
      );
    }
    await receiveOne(client, url, { MaxNumberOfMessages: 1 });
    await clock.advance(30_000);
    const before = clock.timers();
    const waiting = receiveOne(client, dead, { WaitTimeSeconds: 20 });
    await eventually(() => clock.timers() === before + 1);
    expect((await receiveOne(client, url)).Body).toBe("2");
    expect((await waiting).Body).toBe("1");
  });

  it("counts receives of its own for a dead-letter queue of its own", async () => {
    const last = await makeQueue(client, "last");
    const middle = await makeQueue(client, "middle", redriveTo("last", 1));
    const url = await makeQueue(client, "front", redriveTo("middle", 1));
    await send(url);
    await receiveTimes(url, 1);
    await receive(client, url);
    await receiveTimes(middle, 1);
    expect(await receive(client, middle)).toEqual([]);
    expect(await receive(client, last)).toHaveLength(1);
  });

  it.each([
    ["a standard queue keeps the time that a message was sent", "old", 0],
    ["a FIFO queue begins anew", "old.fifo", 1],
  ])("of %s when its retention ends", async (_what, name, left) => {
    await makeQueue(client, `dead-${name}`, { MessageRetentionPeriod: "300" });
    const url = await makeQueue(client, name, redriveTo(`dead-${name}`, 1));
    await send(url, name.endsWith(".fifo"));
    await clock.advance(200_000);
    await receiveTimes(url, 1);
    await receive(client, url);
    expect(await sqs.inspect(`dead-${name}`)).toHaveLength(1);
    await clock.advance(100_000);
    expect(await sqs.inspect(`dead-${name}`)).toHaveLength(left);
  });
});

describe("a redrive policy (SQS API Reference: SetQueueAttributes)", () => {
  it("names a queue that is there, of the same type, and a count from 1 to 1,000", async () => {
    await makeQueue(client, "target");
    const refused = (name: string, attributes: Record<string, string>) =>
      refusalCode(makeQueue(client, name, attributes));
    expect(await refused("orphan", redriveTo("none"))).toBe("InvalidParameterValue");
    expect(await refused("mixed.fifo", redriveTo("target"))).toBe("InvalidParameterValue");
    expect(await refused("never", redriveTo("target", 0))).toBe("InvalidParameterValue");
    expect(await refused("often", redriveTo("target", 1_001))).toBe("InvalidParameterValue");
    expect(await refused("odd", { RedrivePolicy: "none" })).toBe("InvalidParameterValue");
    expect(await refused("fine", redriveTo("target", 1_000))).toBe("accepted");
  });

  it("is taken away by an empty text", async () => {
    await makeQueue(client, "former");
    const url = await makeQueue(client, "freed", redriveTo("former", 1));
    const Attributes = { RedrivePolicy: "" };
    await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await send(url);
    await receiveTimes(url, 2);
    expect(await receive(client, url)).toHaveLength(1);
  });

  it("is allowed by the dead-letter queue, to all, to some, or to none", async () => {
    const allow = (redrivePermission: string, ...sourceQueueArns: string[]) => ({
      RedriveAllowPolicy: JSON.stringify({
        redrivePermission,
        ...(sourceQueueArns.length === 0 ? {} : { sourceQueueArns }),
      }),
    });
    await makeQueue(client, "closed", allow("denyAll"));
    await makeQueue(client, "chosen", allow("byQueue", queueArn("friend")));
    await makeQueue(client, "open", allow("allowAll"));
    const uses = (name: string, dead: string) => refusalCode(makeQueue(client, name, redriveTo(dead)));
    expect(await uses("a", "closed")).toBe("InvalidParameterValue");
    expect(await uses("stranger", "chosen")).toBe("InvalidParameterValue");
    expect(await uses("friend", "chosen")).toBe("accepted");
    expect(await uses("b", "open")).toBe("accepted");
    const eleven = Array.from({ length: 11 }, (_, index) => queueArn(`q${index}`));
    const tooMany = new CreateQueueCommand({ QueueName: "many", Attributes: allow("byQueue", ...eleven) });
    expect(await refusalCode(client.send(tooMany))).toBe("InvalidParameterValue");
  });

  it("makes its queue a source of the other, listed in pages", async () => {
    const QueueUrl = await makeQueue(client, "listed");
    const urls: string[] = [];
    for (const name of ["s1", "s2", "s3"]) urls.push(await makeQueue(client, name, redriveTo("listed")));
    const list = (over: { MaxResults?: number; NextToken?: string }) =>
      client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl, ...over }));
    expect((await list({})).queueUrls).toEqual(urls);
    const { queueUrls, NextToken = "" } = await list({ MaxResults: 2 });
    expect(queueUrls).toEqual(urls.slice(0, 2));
    const rest = await list({ MaxResults: 2, NextToken });
    expect([rest.queueUrls, rest.NextToken]).toEqual([urls.slice(2), undefined]);
  });
});
