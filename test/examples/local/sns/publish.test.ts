import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  type MessageAttributeValue,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { orders, ordersFifo, settled, setUp, subscriptionNamed, topicNamed } from "./set-up.ts";

const limit = 262_144;

describe("Publish", () => {
  test("takes a message of exactly 256 KiB with its attributes, and refuses one byte more", async () => {
    const { client, sent } = await setUp();
    const attribute = { k: { DataType: "String", StringValue: "v" } };
    const attributeBytes = "k".length + "String".length + "v".length;
    const publish = (bytes: number) =>
      client.send(
        new PublishCommand({
          TopicArn: orders.arn,
          Message: "ä".repeat(bytes / 2),
          MessageAttributes: attribute,
        }),
      );
    await publish(limit - attributeBytes);
    await expect(publish(limit - attributeBytes + 2)).rejects.toThrow(/Message too long/);
    await settled();
    expect(sent).toHaveLength(1);
  });

  test("answers NotFound for a topic that is not there", async () => {
    const { client } = await setUp();
    await expect(
      client.send(new PublishCommand({ TopicArn: `${orders.arn}x`, Message: "m" })),
    ).rejects.toMatchObject({ name: "NotFoundException", $metadata: { httpStatusCode: 404 } });
  });

  const refused: readonly [what: string, input: Partial<PublishCommandInput>, says: RegExp][] = [
    ["an empty message", { Message: "" }, /Empty message/],
    ["an empty subject", { Subject: "" }, /Subject/],
    ["a subject of 101 characters", { Subject: "s".repeat(101) }, /Subject/],
    ["a subject with a line break", { Subject: "a\nb" }, /Subject/],
    ["a telephone number", { PhoneNumber: "+491234" }, /PhoneNumber/],
    ["another structure than json", { MessageStructure: "xml" }, /MessageStructure/],
    ["a structured message that is no JSON", { MessageStructure: "json" }, /failed to parse/],
    [
      "a structured message without a default",
      { MessageStructure: "json", Message: '{"sqs":"a"}' },
      /default/,
    ],
    ["a deduplication id for a standard topic", { MessageDeduplicationId: "d" }, /not valid for this topic/],
    ["a group id with a space", { MessageGroupId: "a b" }, /MessageGroupId/],
    ["a group id of 129 characters", { MessageGroupId: "g".repeat(129) }, /MessageGroupId/],
  ];
  test.each(refused)("refuses %s, and nothing is delivered", async (_what, input, says) => {
    const { client, sent } = await setUp();
    const sending = client.send(new PublishCommand({ TopicArn: orders.arn, Message: "m", ...input }));
    await expect(sending).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(sending).rejects.toThrow(says);
    await settled();
    expect(sent).toEqual([]);
  });

  const attributes: readonly [what: string, name: string, value: MessageAttributeValue][] = [
    ["without a type", "a", { DataType: undefined, StringValue: "v" }],
    ["of a type that there is not", "a", { DataType: "Text", StringValue: "v" }],
    ["with an empty value", "a", { DataType: "String", StringValue: "" }],
    ["whose number is none", "a", { DataType: "Number", StringValue: "1.2.3" }],
    ["whose text is binary", "a", { DataType: "String", BinaryValue: new Uint8Array([1]) }],
    ["whose name begins with AWS.", "AWS.a", { DataType: "String", StringValue: "v" }],
    ["whose name ends with a dot", "a.", { DataType: "String", StringValue: "v" }],
    ["whose name has two dots together", "a..b", { DataType: "String", StringValue: "v" }],
    ["whose name has a space", "a b", { DataType: "String", StringValue: "v" }],
    ["whose name has 257 characters", "a".repeat(257), { DataType: "String", StringValue: "v" }],
  ];
  test.each(attributes)("refuses an attribute %s", async (_what, name, value) => {
    const { client } = await setUp();
    await expect(
      client.send(
        new PublishCommand({ TopicArn: orders.arn, Message: "m", MessageAttributes: { [name]: value } }),
      ),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  test("to a FIFO topic needs a group, and a deduplication id unless the topic makes it of the content", async () => {
    const byContent = topicNamed("content.fifo", { contentBasedDeduplication: true });
    const { client } = await setUp({ topics: [ordersFifo, byContent], subscriptions: [] });
    const publish = (input: PublishCommandInput) => client.send(new PublishCommand(input));
    await expect(publish({ TopicArn: ordersFifo.arn, Message: "m" })).rejects.toThrow(/MessageGroupId/);
    await expect(publish({ TopicArn: ordersFifo.arn, Message: "m", MessageGroupId: "g" })).rejects.toThrow(
      /ContentBasedDeduplication/,
    );
    const first = await publish({ TopicArn: byContent.arn, Message: "m", MessageGroupId: "g" });
    const second = await publish({ TopicArn: byContent.arn, Message: "n", MessageGroupId: "g" });
    expect(first.SequenceNumber).toMatch(/^\d{20}$/);
    expect(BigInt(second.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(first.SequenceNumber ?? 0));
  });
});

describe("PublishBatch", () => {
  test("publishes what is right in it, and says what is wrong with each of the others", async () => {
    const { client, sent } = await setUp();
    const { Successful, Failed } = await client.send(
      new PublishBatchCommand({
        TopicArn: orders.arn,
        PublishBatchRequestEntries: [
          { Id: "a", Message: "1" },
          { Id: "b", Message: "" },
          { Id: "c", Message: "3", Subject: "a\nb" },
          { Id: "d", Message: "4 <&>" },
        ],
      }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(["a", "d"]);
    expect(Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
      ["b", "InvalidParameter", true],
      ["c", "InvalidParameter", true],
    ]);
    await settled();
    expect(sent.map(([, { body }]) => JSON.parse(body).Message)).toEqual(["1", "4 <&>"]);
  });

  const entries = (count: number, message = "m") =>
    Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, Message: message }));
  test.each([
    ["eleven entries", entries(11), "TooManyEntriesInBatchRequestException"],
    ["no entries", [], "EmptyBatchRequestException"],
    ["two entries of one id", [...entries(1), ...entries(1)], "BatchEntryIdsNotDistinctException"],
    ["an id with a dot", [{ Id: "a.b", Message: "m" }], "InvalidBatchEntryIdException"],
    ["more than 256 KiB together", entries(2, "m".repeat(limit / 2 + 1)), "BatchRequestTooLongException"],
  ])("refuses %s as a whole", async (_what, batch, name) => {
    const { client, sent } = await setUp();
    await expect(
      client.send(new PublishBatchCommand({ TopicArn: orders.arn, PublishBatchRequestEntries: batch })),
    ).rejects.toMatchObject({ name });
    await settled();
    expect(sent).toEqual([]);
  });
});

describe("reading", () => {
  const filtered = subscriptionNamed("q", {
    rawMessageDelivery: true,
    filterPolicy: { kind: ["a"] },
    deadLetterArn: "arn:dead",
  });

  test("lists the topics and subscriptions of the templates, and their attributes", async () => {
    const { client } = await setUp({ subscriptions: [filtered] });
    const { Topics } = await client.send(new ListTopicsCommand({}));
    expect(Topics?.map(({ TopicArn }) => TopicArn)).toEqual([orders.arn, ordersFifo.arn]);
    const { Subscriptions } = await client.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: orders.arn }),
    );
    expect(Subscriptions).toEqual([
      {
        SubscriptionArn: filtered.arn,
        Owner: "123456789012",
        Protocol: "sqs",
        Endpoint: filtered.endpointArn,
        TopicArn: orders.arn,
      },
    ]);
    const topic = await client.send(new GetTopicAttributesCommand({ TopicArn: orders.arn }));
    expect(topic.Attributes).toMatchObject({ TopicArn: orders.arn, SubscriptionsConfirmed: "1" });
    const own = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: filtered.arn }));
    expect(own.Attributes).toMatchObject({
      RawMessageDelivery: "true",
      FilterPolicy: '{"kind":["a"]}',
      FilterPolicyScope: "MessageAttributes",
      RedrivePolicy: '{"deadLetterTargetArn":"arn:dead"}',
    });
  });

  test("an operation that is not served is refused by its name", async () => {
    const { client } = await setUp();
    await expect(client.send(new CreateTopicCommand({ Name: "more" }))).rejects.toThrow(
      /does not serve CreateTopic/,
    );
  });
});
