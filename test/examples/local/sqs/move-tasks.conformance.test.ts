import {
  CancelMessageMoveTaskCommand,
  DeleteQueueCommand,
  ListMessageMoveTasksCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
  type StartMessageMoveTaskCommandInput,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { bodies, makeQueue, queueArn, receive, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

/** A queue `name` and its dead-letter queue, to which messages of it have gone. */
async function deadLettered(name: string, count: number, over: Record<string, string> = {}) {
  const [base, suffix = ""] = name.split(/(?=\.fifo)/);
  const deadName = `${base}-dead${suffix}`;
  const dead = await makeQueue(client, deadName);
  const policy = { deadLetterTargetArn: queueArn(deadName), maxReceiveCount: 1 };
  const url = await makeQueue(client, name, { RedrivePolicy: JSON.stringify(policy), ...over });
  for (let n = 1; n <= count; n++) {
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: `${name}-${n}`,
        ...(suffix === "" ? {} : { MessageGroupId: "g", MessageDeduplicationId: String(n) }),
      }),
    );
  }
  await receive(client, url);
  await clock.advance(30_000);
  await receive(client, url);
  expect(await sqs.inspect(deadName)).toHaveLength(count);
  return { url, dead, deadArn: queueArn(deadName), deadName };
}
const start = (SourceArn: string, over: Partial<StartMessageMoveTaskCommandInput> = {}) =>
  client.send(new StartMessageMoveTaskCommand({ SourceArn, ...over }));
const tasks = async (SourceArn: string, MaxResults?: number) =>
  (await client.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults }))).Results ?? [];

describe("a message move task (SQS API Reference: StartMessageMoveTask, ListMessageMoveTasks)", () => {
  it.each(["plain", "ordered.fifo"])(
    "%s: brings messages back to where they came from, in order",
    async (name) => {
      const { url, deadArn, deadName } = await deadLettered(name, 3);
      const before = (await sqs.inspect(deadName)).map(({ messageId }) => messageId);
      await start(deadArn);
      await clock.advance(0);
      expect(await tasks(deadArn)).toEqual([
        {
          Status: "COMPLETED",
          SourceArn: deadArn,
          ApproximateNumberOfMessagesMoved: 3,
          ApproximateNumberOfMessagesToMove: 3,
          StartedTimestamp: clock.now(),
        },
      ]);
      expect(await sqs.inspect(deadName)).toEqual([]);
      const messages = await receive(client, url);
      expect(bodies(messages)).toEqual([1, 2, 3].map((n) => `${name}-${n}`));
      // New messages, with a new count: they would go straight back otherwise.
      expect(messages.map(({ Attributes }) => Attributes?.ApproximateReceiveCount)).toEqual(["1", "1", "1"]);
      expect(messages[0]?.Attributes?.DeadLetterQueueSourceArn).toBeUndefined();
      expect(before).not.toContain(messages[0]?.MessageId);
    },
  );

  it("brings them elsewhere when it is told so", async () => {
    const { url, deadArn } = await deadLettered("redirected", 2);
    const other = await makeQueue(client, "elsewhere");
    await start(deadArn, { DestinationArn: queueArn("elsewhere") });
    await clock.advance(0);
    expect(await receive(client, url)).toEqual([]);
    expect(await receive(client, other)).toHaveLength(2);
    expect(await tasks(deadArn)).toMatchObject([{ DestinationArn: queueArn("elsewhere") }]);
  });

  it("moves so many in a second, and can be cancelled, which moves nothing back", async () => {
    const { deadArn, deadName } = await deadLettered("slowly", 5);
    const { TaskHandle } = await start(deadArn, { MaxNumberOfMessagesPerSecond: 2 });
    await clock.advance(1_000);
    expect(await tasks(deadArn)).toMatchObject([
      { Status: "RUNNING", TaskHandle, MaxNumberOfMessagesPerSecond: 2, ApproximateNumberOfMessagesMoved: 2 },
    ]);
    const cancelled = await client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(cancelled.ApproximateNumberOfMessagesMoved).toBe(2);
    await clock.advance(10_000);
    expect(await sqs.inspect(deadName)).toHaveLength(3);
    const [task] = await tasks(deadArn);
    expect([task?.Status, task?.TaskHandle]).toEqual(["CANCELLED", undefined]);
    const again = client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(await refusalCode(again)).toBe("UnsupportedOperation");
  });

  it("runs alone for its source, and the latest are listed", async () => {
    const { deadArn } = await deadLettered("alone", 2);
    await start(deadArn, { MaxNumberOfMessagesPerSecond: 1 });
    expect(await refusalCode(start(deadArn))).toBe("InvalidParameterValue");
    await clock.advance(3_000);
    await start(deadArn);
    await clock.advance(0);
    expect(await tasks(deadArn)).toHaveLength(1);
    expect((await tasks(deadArn, 10)).map((task) => task.ApproximateNumberOfMessagesMoved)).toEqual([0, 2]);
  });

  it("fails when its destination goes, or a message has come from nowhere", async () => {
    const { deadArn, dead } = await deadLettered("failing", 1);
    const QueueUrl = await makeQueue(client, "short-lived");
    await start(deadArn, { DestinationArn: queueArn("short-lived"), MaxNumberOfMessagesPerSecond: 1 });
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    await clock.advance(1_000);
    const gone = { Status: "FAILED", FailureReason: "AWS.SimpleQueueService.NonExistentQueue" };
    expect(await tasks(deadArn)).toMatchObject([gone]);
    await receive(client, dead, { VisibilityTimeout: 600 });
    await client.send(new SendMessageCommand({ QueueUrl: dead, MessageBody: "sent here" }));
    await start(deadArn);
    await clock.advance(0);
    const lost = { Status: "FAILED", FailureReason: "CouldNotDetermineMessageSource" };
    expect(await tasks(deadArn)).toMatchObject([lost]);
  });

  it("is refused for queues that do not fit, and rates that cannot be", async () => {
    const { deadArn } = await deadLettered("refusing", 1);
    await makeQueue(client, "no-dead-letters");
    await makeQueue(client, "other-type.fifo");
    expect(await refusalCode(start(queueArn("none")))).toBe("ResourceNotFoundException");
    expect(await refusalCode(tasks(queueArn("none")))).toBe("ResourceNotFoundException");
    expect(await refusalCode(start(queueArn("no-dead-letters")))).toBe("InvalidParameterValue");
    const to = (DestinationArn: string) => refusalCode(start(deadArn, { DestinationArn }));
    expect(await to(queueArn("none"))).toBe("ResourceNotFoundException");
    expect(await to(queueArn("other-type.fifo"))).toBe("InvalidParameterValue");
    const fast = start(deadArn, { MaxNumberOfMessagesPerSecond: 501 });
    expect(await refusalCode(fast)).toBe("InvalidParameterValue");
    const cancelled = client.send(new CancelMessageMoveTaskCommand({ TaskHandle: "made-up" }));
    expect(await refusalCode(cancelled)).toBe("InvalidParameterValue");
  });
});
