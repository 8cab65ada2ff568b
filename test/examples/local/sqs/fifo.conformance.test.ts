import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { bodies, makeQueue, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

const BY_CONTENT = { ContentBasedDeduplication: "true" };

const send = (
  queueUrl: string,
  group: string | undefined,
  body: string,
  over: Partial<SendMessageCommandInput> = {},
) =>
  client.send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageGroupId: group, ...over }),
  );
const remove = (queueUrl: string, message: Message) =>
  client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));

describe("order (SQS Developer Guide: FIFO delivery logic)", () => {
  it("within a group is the order of sending", async () => {
    const url = await makeQueue(client, "ordered.fifo", BY_CONTENT);
    for (const body of ["1", "2", "3"]) await send(url, "g", body);
    for (const body of ["1", "2", "3"]) {
      const message = await receiveOne(client, url, { MaxNumberOfMessages: 1 });
      expect(message.Body).toBe(body);
      await remove(url, message);
    }
  });

  it("is kept where one receive gives several messages of a group, as many as there is room for", async () => {
    const url = await makeQueue(client, "several.fifo", BY_CONTENT);
    for (const body of ["a1", "b1", "a2", "a3", "b2"]) await send(url, body[0], body);
    expect(bodies(await receive(client, url, { MaxNumberOfMessages: 4 }))).toEqual(["a1", "a2", "a3", "b1"]);
  });

  it("is kept among messages of a group whose timeouts end one after the other", async () => {
    const url = await makeQueue(client, "timeouts.fifo", BY_CONTENT);
    for (const body of ["1", "2", "3", "4"]) await send(url, "g", body);
    const [first, second] = await receive(client, url, { MaxNumberOfMessages: 2 });
    for (const [message, seconds] of [
      [second, 5],
      [first, 10],
    ] as const) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    }
    await clock.advance(5_000);
    expect(await receive(client, url)).toEqual([]);
    await clock.advance(5_000);
    expect(bodies(await receive(client, url))).toEqual(["1", "2", "3", "4"]);
  });

  it("holds a group back while a message of it is in flight, and no other group", async () => {
    const url = await makeQueue(client, "blocked.fifo", BY_CONTENT);
    await send(url, "a", "a1");
    await send(url, "a", "a2");
    await send(url, "b", "b1");
    const first = await receiveOne(client, url, { MaxNumberOfMessages: 1 });
    expect(first.Body).toBe("a1");
    expect(bodies(await receive(client, url))).toEqual(["b1"]);
    expect(await receive(client, url)).toEqual([]);
    await remove(url, first);
    expect(bodies(await receive(client, url))).toEqual(["a2"]);
  });

  it("brings a message that was given back before the ones behind it", async () => {
    const url = await makeQueue(client, "given-back.fifo", BY_CONTENT);
    await send(url, "g", "1");
    await send(url, "g", "2");
    const { ReceiptHandle } = await receiveOne(client, url, { MaxNumberOfMessages: 1 });
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
    );
    const again = await receiveOne(client, url, { MaxNumberOfMessages: 1 });
    expect([again.Body, again.Attributes?.ApproximateReceiveCount]).toEqual(["1", "2"]);
  });

  it("gives sequence numbers that grow, and tells group and deduplication id with the message", async () => {
    const url = await makeQueue(client, "numbered.fifo");
    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: ["1", "2", "3"].map((id) => ({
          Id: id,
          MessageBody: id,
          MessageGroupId: id,
          MessageDeduplicationId: `d${id}`,
        })),
      }),
    );
    const numbers = sent.Successful?.map(({ SequenceNumber }) => SequenceNumber ?? "") ?? [];
    // 20 digits long (API Reference: SendMessage), so that they compare as text too.
    expect(numbers).toEqual(Array(3).fill(expect.stringMatching(/^\d{20}$/)));
    expect(new Set(numbers).size).toBe(3);
    expect(numbers).toEqual([...numbers].sort());
    const [first] = await receive(client, url);
    expect(first?.Attributes).toMatchObject({
      MessageGroupId: "1",
      MessageDeduplicationId: "d1",
      SequenceNumber: numbers[0],
    });
  });
});

describe("a FIFO queue refuses (SQS API Reference: SendMessage, CreateQueue)", () => {
  it("a message without a group", async () => {
    const url = await makeQueue(client, "no-group.fifo", BY_CONTENT);
    expect(await refusalCode(send(url, undefined, "x"))).toBe("MissingParameter");
  });

  it("a message that it cannot deduplicate", async () => {
    const url = await makeQueue(client, "no-id.fifo");
    expect(await refusalCode(send(url, "g", "x"))).toBe("InvalidParameterValue");
  });

  it("a delay of one message", async () => {
    const url = await makeQueue(client, "no-delay.fifo", { ...BY_CONTENT, DelaySeconds: "60" });
    expect(await refusalCode(send(url, "g", "x", { DelaySeconds: 0 }))).toBe("accepted");
    expect(await receive(client, url)).toEqual([]);
    expect(await refusalCode(send(url, "g", "x", { DelaySeconds: 1 }))).toBe("InvalidParameterValue");
  });

  it.each([
    ["MessageGroupId", "two words"],
    ["MessageGroupId", "g".repeat(129)],
    ["MessageDeduplicationId", "é"],
  ])("a %s of %s", async (name, value) => {
    const url = await makeQueue(client, "tokens.fifo", BY_CONTENT);
    expect(await refusalCode(send(url, "g", "x", { [name]: value }))).toBe("InvalidParameterValue");
  });

  it("to delete by a handle whose timeout has ended", async () => {
    const url = await makeQueue(client, "expired.fifo", BY_CONTENT);
    await send(url, "g", "x");
    const message = await receiveOne(client, url);
    await clock.advance(30_000);
    expect(await refusalCode(remove(url, message))).toBe("InvalidParameterValue");
    await receiveOne(client, url);
    expect(await refusalCode(remove(url, message))).toBe("InvalidParameterValue");
    expect(await sqs.inspect("expired.fifo")).toHaveLength(1);
  });

  it("a throughput limit of groups without deduplication within groups", async () => {
    const made = makeQueue(client, "half.fifo", { FifoThroughputLimit: "perMessageGroupId" });
    expect(await refusalCode(made)).toBe("InvalidAttributeValue");
  });

  it("a name that does not end with .fifo", async () => {
    expect(await refusalCode(makeQueue(client, "named-wrongly", { FifoQueue: "true" }))).toBe(
      "InvalidParameterValue",
    );
  });

  it("in a batch only the entries that are wrong", async () => {
    const url = await makeQueue(client, "batch.fifo", BY_CONTENT);
    const { Successful, Failed } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "lonely", MessageBody: "x" },
          { Id: "good", MessageBody: "y", MessageGroupId: "g" },
        ],
      }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(["good"]);
    expect(Failed).toMatchObject([{ Id: "lonely", Code: "MissingParameter", SenderFault: true }]);
  });
});
