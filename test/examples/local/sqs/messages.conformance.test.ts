import { createHash } from "node:crypto";
import { DeleteMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

const send = (queueUrl: string, body: string, over: { readonly DelaySeconds?: number } = {}) =>
  client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, ...over }));
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
    expect(await refusalCode(send(url, "half a pair: \ud83d"))).toBe("InvalidMessageContents");
    expect(await refusalCode(send(url, "a\t\n\r\uFFFDb😀"))).toBe("accepted");
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
    const before = clock.now();
    await send(url, "x");
    await clock.advance(5_000);
    const first = await receiveOne(client, url, { VisibilityTimeout: 1 });
    await clock.advance(1_000);
    const second = await receiveOne(client, url);
    const after = clock.now();
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

  it("is one message where the receiver does not say how many", async () => {
    const url = await makeQueue(client, "one-of-two");
    await send(url, "a");
    await send(url, "b");
    expect(await receive(client, url, { MaxNumberOfMessages: undefined })).toHaveLength(1);
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
