import {
  type MessageAttributeValue,
  SendMessageCommand,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client } = await setUp();
afterAll(() => sqs.stop());

const url = await makeQueue(client, "attributes");
const send = (over: Partial<SendMessageCommandInput> = {}) =>
  client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "x", ...over }));
const text: MessageAttributeValue = { DataType: "String", StringValue: "x" };
const refusedWith = (MessageAttributes: Record<string, MessageAttributeValue>) =>
  refusalCode(send({ MessageAttributes }));

describe("message attributes (SQS Developer Guide: Amazon SQS message metadata)", () => {
  it("come when they are asked for, and only then", async () => {
    await send({ MessageAttributes: { a: text } });
    const unasked = await receiveOne(client, url, { MessageAttributeNames: [], VisibilityTimeout: 0 });
    expect([unasked.MessageAttributes, unasked.MD5OfMessageAttributes]).toEqual([undefined, undefined]);
    expect((await receiveOne(client, url)).MessageAttributes).toEqual({ a: text });
  });

  it("are ten at most", async () => {
    const some = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, text]));
    expect(await refusedWith(some(10))).toBe("accepted");
    expect(await refusedWith(some(11))).toBe("InvalidParameterValue");
  });

  it.each(["AWS.trace", "amazon.x", ".a", "a.", "a..b", "a b", "n".repeat(257)])(
    "have no name like %s",
    async (name) => {
      expect(await refusedWith({ [name]: text })).toBe("InvalidParameterValue");
    },
  );

  it.each<[string, MessageAttributeValue]>([
    ["an empty text", { DataType: "String", StringValue: "" }],
    ["no value", { DataType: "String" }],
    ["an empty type", { DataType: "", StringValue: "x" }],
    ["a type that is no String, Number or Binary", { DataType: "Text", StringValue: "x" }],
    ["a number that is none", { DataType: "Number", StringValue: "twelve" }],
    ["a number of 39 digits", { DataType: "Number.int", StringValue: "1".repeat(39) }],
    ["a number beyond 10^126", { DataType: "Number", StringValue: "1e127" }],
    ["bytes of type String", { DataType: "String", BinaryValue: new Uint8Array([1]) }],
    ["a text of type Binary", { DataType: "Binary", StringValue: "x" }],
    ["a list", { DataType: "String", StringValue: "x", StringListValues: ["x"] }],
  ])("do not hold %s", async (_what, value) => {
    expect(await refusedWith({ a: value })).toBe("InvalidParameterValue");
  });

  it("hold the characters that a body may hold", async () => {
    expect(await refusedWith({ a: { DataType: "String", StringValue: "a\u0000" } })).toBe(
      "InvalidMessageContents",
    );
    expect(await refusedWith({ a: { DataType: "Number", StringValue: "-12.5e3" } })).toBe("accepted");
    expect(await refusedWith({ a: { DataType: "String.json", StringValue: "😀" } })).toBe("accepted");
  });
});

describe("AWSTraceHeader (SQS Developer Guide: Amazon SQS message metadata)", () => {
  const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  const traced = (value: MessageAttributeValue, name = "AWSTraceHeader") =>
    send({ MessageBody: "traced", MessageSystemAttributes: { [name]: value } });

  it("comes with the message, and is no message attribute", async () => {
    const queue = await makeQueue(client, "traced");
    const sent = await client.send(
      new SendMessageCommand({
        QueueUrl: queue,
        MessageBody: "x",
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: header } },
      }),
    );
    expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/);
    expect(sent.MD5OfMessageAttributes).toBeUndefined();
    const { Attributes, MessageAttributes } = await receiveOne(client, queue);
    expect([Attributes?.AWSTraceHeader, MessageAttributes]).toEqual([header, undefined]);
  });

  it("is the only one that can be set, a text, and a trace header", async () => {
    const value = { DataType: "String", StringValue: header };
    expect(await refusalCode(traced(value))).toBe("accepted");
    expect(await refusalCode(traced(value, "SenderId"))).toBe("InvalidParameterValue");
    expect(await refusalCode(traced({ ...value, DataType: "Number" }))).toBe("InvalidParameterValue");
    expect(await refusalCode(traced({ ...value, StringValue: "trace" }))).toBe("InvalidParameterValue");
  });

  it("does not count towards the message's size", async () => {
    const queue = await makeQueue(client, "traced-large");
    const sent = client.send(
      new SendMessageCommand({
        QueueUrl: queue,
        MessageBody: "x".repeat(1_048_576),
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: header } },
      }),
    );
    expect(await refusalCode(sent)).toBe("accepted");
  });

  it("is asked for by its name, and a name that does not exist is refused", async () => {
    expect(await receive(client, await makeQueue(client, "nothing"))).toEqual([]);
    const asked = receive(client, url, { MessageSystemAttributeNames: ["Colour" as "SenderId"] });
    expect(await refusalCode(asked)).toBe("InvalidAttributeName");
  });
});
