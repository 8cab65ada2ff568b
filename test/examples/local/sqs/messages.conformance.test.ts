import { createHash } from "node:crypto";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sqs, startSqs } from "../../../../examples/local/sqs/service.ts";
import { accountId, realClock, region } from "../lambda/fixtures.ts";
import { makeQueue, queueArn, receive, receiveOne, refusalCode } from "./fixtures.ts";

let sqs: Sqs;
let client: SQSClient;
beforeAll(async () => {
  sqs = await startSqs({ region, accountId, clock: realClock(1) });
  client = sqs.client;
});
afterAll(() => sqs.stop());

const send = (queueUrl: string, body: string, over: { readonly DelaySeconds?: number } = {}) =>
  client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, ...over }));
const setVisibility = (queueUrl: string, handle: string | undefined, seconds: number) =>
  client.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queueUrl,
      ReceiptHandle: handle,
      VisibilityTimeout: seconds,
    }),
  );
const remove = (queueUrl: string, handle: string | undefined) =>
  client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: handle }));

describe("a message (SQS API Reference: SendMessage, ReceiveMessage, DeleteMessage)", () => {
  it("comes as it was sent, with its id and the MD5 of its body, until it is deleted", async () => {
    const url = await makeQueue(client, "one");
    const sent = await send(url, "häuser & <tags>");
    const md5 = createHash("md5").update("häuser & <tags>").digest("hex");
    expect(sent.MD5OfMessageBody).toBe(md5);
    const received = await receiveOne(client, url);
    expect(received).toMatchObject({ MessageId: sent.MessageId, Body: "häuser & <tags>", MD5OfBody: md5 });
    await remove(url, received.ReceiptHandle);
    await remove(url, received.ReceiptHandle);
    expect(await sqs.inspect("one")).toEqual([]);
  });

  it("is refused when it is empty or holds a character that XML does not", async () => {
    const url = await makeQueue(client, "characters");
    expect(await refusalCode(send(url, ""))).toBe("MissingParameter");
    expect(await refusalCode(send(url, "a\u0000b"))).toBe("InvalidMessageContents");
    expect(await refusalCode(send(url, "a\uFFFFb"))).toBe("InvalidMessageContents");
    expect(await refusalCode(send(url, "a\t\n\r\uFFFDb"))).toBe("accepted");
  });

  it("may be 1 MiB with its attributes, in bytes, and no more", async () => {
    const url = await makeQueue(client, "large");
    const limit = 1_048_576;
    expect(await refusalCode(send(url, "é".repeat(limit / 2)))).toBe("accepted");
    expect(await refusalCode(send(url, `é${"x".repeat(limit - 1)}`))).toBe("InvalidParameterValue");
    const withAttribute = (bodyBytes: number) =>
      client.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: "x".repeat(bodyBytes),
          MessageAttributes: { name: { DataType: "String", StringValue: "value" } },
        }),
      );
    // An attribute counts with its name, type and value: "name" + "String" + "value".
    expect(await refusalCode(withAttribute(limit - 15))).toBe("accepted");
    expect(await refusalCode(withAttribute(limit - 14))).toBe("InvalidParameterValue");
  });

  it("keeps its attributes' types and values, and the MD5 that AWS describes", async () => {
    const url = await makeQueue(client, "attributed");
    const attributes = {
      text: { DataType: "String", StringValue: "é" },
      count: { DataType: "Number.int", StringValue: "12" },
      bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 1, 255]) },
    };
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: "x", MessageAttributes: attributes }),
    );
    const received = await receiveOne(client, url);
    expect(received.MessageAttributes).toEqual(attributes);
    const md5 = md5OfAttributes(attributes);
    expect([sent.MD5OfMessageAttributes, received.MD5OfMessageAttributes]).toEqual([md5, md5]);
  });

  it("comes with the attributes that were asked for, by name or by beginning", async () => {
    const url = await makeQueue(client, "chosen");
    const value = { DataType: "String", StringValue: "x" };
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: "x",
        MessageAttributes: { "a.one": value, "a.two": value, b: value, c: value },
      }),
    );
    const { MessageAttributes } = await receiveOne(client, url, { MessageAttributeNames: ["a.*", "b"] });
    expect(Object.keys(MessageAttributes ?? {}).sort()).toEqual(["a.one", "a.two", "b"]);
  });

  it("comes with its system attributes, and the first receive's time stays", async () => {
    const url = await makeQueue(client, "system");
    const before = Date.now();
    await send(url, "x");
    const first = await receiveOne(client, url, { VisibilityTimeout: 0 });
    const second = await receiveOne(client, url);
    const after = Date.now();
    expect(first.Attributes).toMatchObject({ ApproximateReceiveCount: "1", SenderId: expect.any(String) });
    expect(second.Attributes).toMatchObject({
      ApproximateReceiveCount: "2",
      SentTimestamp: first.Attributes?.SentTimestamp,
      ApproximateFirstReceiveTimestamp: first.Attributes?.ApproximateFirstReceiveTimestamp,
    });
    const times = [
      before,
      Number(second.Attributes?.SentTimestamp),
      Number(second.Attributes?.ApproximateFirstReceiveTimestamp),
      after,
    ];
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("comes without system attributes that were not asked for", async () => {
    const url = await makeQueue(client, "unasked");
    await send(url, "x");
    const { Attributes } = await receiveOne(client, url, {
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    });
    expect(Attributes).toEqual({ ApproximateReceiveCount: "1" });
  });

  it.each([
    { MaxNumberOfMessages: 0 },
    { MaxNumberOfMessages: 11 },
    { WaitTimeSeconds: 21 },
    { VisibilityTimeout: 43_201 },
  ])("is not received with %j", async (over) => {
    const url = await makeQueue(client, "asked-wrongly");
    expect(await refusalCode(receive(client, url, over))).toBe("InvalidParameterValue");
  });
});

describe.concurrent("visibility (SQS Developer Guide: Amazon SQS visibility timeout)", () => {
  it("a received message is hidden for the timeout, and comes back with a new handle and count", async () => {
    const url = await makeQueue(client, "hidden", { VisibilityTimeout: "1" });
    await send(url, "x");
    const first = await receiveOne(client, url);
    expect(await receive(client, url)).toEqual([]);
    const again = await receiveOne(client, url, { WaitTimeSeconds: 3 });
    expect(again.MessageId).toBe(first.MessageId);
    expect(again.ReceiptHandle).not.toBe(first.ReceiptHandle);
    expect(again.Attributes?.ApproximateReceiveCount).toBe("2");
  });

  it("a longer timeout for one message counts from the call", async () => {
    const url = await makeQueue(client, "longer", { VisibilityTimeout: "1" });
    await send(url, "x");
    await setVisibility(url, (await receiveOne(client, url)).ReceiptHandle, 60);
    expect(await receive(client, url, { WaitTimeSeconds: 2 })).toEqual([]);
  });

  it("a timeout of zero makes a message visible at once", async () => {
    const url = await makeQueue(client, "given-back");
    await send(url, "x");
    await setVisibility(url, (await receiveOne(client, url)).ReceiptHandle, 0);
    expect((await receiveOne(client, url)).Body).toBe("x");
  });

  it("the handle of an earlier receive neither deletes nor hides, and no error says so", async () => {
    const url = await makeQueue(client, "two-handles");
    await send(url, "x");
    const first = await receiveOne(client, url, { VisibilityTimeout: 0 });
    const second = await receiveOne(client, url, { VisibilityTimeout: 60 });
    expect(await refusalCode(remove(url, first.ReceiptHandle))).toBe("accepted");
    expect(await sqs.inspect("two-handles")).toHaveLength(1);
    await remove(url, second.ReceiptHandle);
    expect(await sqs.inspect("two-handles")).toEqual([]);
  });

  it("a message that is no longer in flight cannot be hidden, nor for more than 12 hours", async () => {
    const url = await makeQueue(client, "deleted-already");
    await send(url, "x");
    const { ReceiptHandle } = await receiveOne(client, url);
    expect(await refusalCode(setVisibility(url, ReceiptHandle, 43_201))).toBe("InvalidParameterValue");
    await remove(url, ReceiptHandle);
    expect(await refusalCode(setVisibility(url, ReceiptHandle, 5))).toBe("MessageNotInflight");
  });
});

describe.concurrent("waits (SQS Developer Guide: Amazon SQS short and long polling, delay queues)", () => {
  it("a delayed message comes after its delay, and a long poll waits for it", async () => {
    const url = await makeQueue(client, "delayed");
    await send(url, "x", { DelaySeconds: 1 });
    expect(await receive(client, url)).toEqual([]);
    expect((await receiveOne(client, url, { WaitTimeSeconds: 3 })).Body).toBe("x");
  });

  it("a message's own delay goes before the queue's, zero too", async () => {
    const url = await makeQueue(client, "delay-queue", { DelaySeconds: "60" });
    await send(url, "late");
    await send(url, "now", { DelaySeconds: 0 });
    expect((await receiveOne(client, url)).Body).toBe("now");
  });

  it("a long poll answers as soon as there is a message", async () => {
    const url = await makeQueue(client, "long", { ReceiveMessageWaitTimeSeconds: "20" });
    const asked = receiveOne(client, url);
    const sent = Date.now();
    await send(url, "x");
    expect((await asked).Body).toBe("x");
    expect(Date.now() - sent).toBeLessThan(5_000);
  });
});

describe("redrive (SQS Developer Guide: Using dead-letter queues)", () => {
  it.each(["redriven", "redriven.fifo"])(
    "%s: after maxReceiveCount receives a message moves, with its id",
    async (name) => {
      const deadName = `dead-${name}`;
      const dead = await makeQueue(client, deadName);
      const url = await makeQueue(client, name, {
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(deadName), maxReceiveCount: 2 }),
      });
      const { MessageId } = await client.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: "x",
          MessageAttributes: { kept: { DataType: "String", StringValue: "yes" } },
          ...(name.endsWith(".fifo") ? { MessageGroupId: "g", MessageDeduplicationId: "d" } : {}),
        }),
      );
      for (const _receive of [1, 2]) {
        await setVisibility(url, (await receiveOne(client, url)).ReceiptHandle, 0);
        expect(await sqs.inspect(deadName)).toEqual([]);
      }
      expect(await receive(client, url)).toEqual([]);
      const moved = await receiveOne(client, dead);
      expect(moved).toMatchObject({
        MessageId,
        Body: "x",
        MessageAttributes: { kept: { StringValue: "yes" } },
      });
      expect(await sqs.inspect(name)).toEqual([]);
    },
  );
});

/** Computed as "Calculating the MD5 message digest for message attributes" (SQS Developer Guide) says. */
function md5OfAttributes(
  attributes: Readonly<
    Record<
      string,
      { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: Uint8Array }
    >
  >,
): string {
  const withLength = (bytes: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const hash = createHash("md5");
  for (const name of Object.keys(attributes).sort()) {
    const { DataType = "", StringValue, BinaryValue = new Uint8Array() } = attributes[name] ?? {};
    hash.update(withLength(Buffer.from(name)));
    hash.update(withLength(Buffer.from(DataType)));
    hash.update(Buffer.from([DataType.startsWith("Binary") ? 2 : 1]));
    hash.update(withLength(StringValue === undefined ? BinaryValue : Buffer.from(StringValue)));
  }
  return hash.digest("hex");
}
