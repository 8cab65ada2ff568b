import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sqs, startSqs } from "../../../../examples/local/sqs/service.ts";
import { accountId, realClock, region } from "../lambda/fixtures.ts";
import { makeQueue, receive, receiveOne, refusalCode } from "./fixtures.ts";

let sqs: Sqs;
let client: SQSClient;
beforeAll(async () => {
  sqs = await startSqs({ region, accountId, clock: realClock(1) });
  client = sqs.client;
});
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
const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

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

  it("by content compares bodies, not attributes, across groups", async () => {
    const url = await makeQueue(client, "by-content.fifo", BY_CONTENT);
    await send(url, "g", "x");
    await send(url, "g", "x", { MessageAttributes: { a: { DataType: "String", StringValue: "1" } } });
    await send(url, "other", "x");
    await send(url, "g", "y");
    expect((await sqs.inspect("by-content.fifo")).map(({ body }) => body).sort()).toEqual(["x", "y"]);
  });

  it("goes by the id where the queue goes by content and the message has an id", async () => {
    const url = await makeQueue(client, "id-first.fifo", BY_CONTENT);
    await send(url, "g", "x");
    await send(url, "g", "x", { MessageDeduplicationId: "d" });
    expect(await sqs.inspect("id-first.fifo")).toHaveLength(2);
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
    const url = await makeQueue(client, "no-delay.fifo", BY_CONTENT);
    expect(await refusalCode(send(url, "g", "x", { DelaySeconds: 1 }))).toBe("InvalidParameterValue");
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
