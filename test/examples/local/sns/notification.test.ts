import { PublishCommand, type PublishCommandInput } from "@aws-sdk/client-sns";
import { expect, test } from "vitest";
import { functionArn, orders, ordersFifo, queueArn, settled, setUp, subscriptionNamed } from "./set-up.ts";

const attributes: PublishCommandInput["MessageAttributes"] = {
  kind: { DataType: "String", StringValue: "placed" },
  cents: { DataType: "Number", StringValue: "1250" },
  photo: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 255]) },
};
const toFunction = subscriptionNamed("f", { protocol: "lambda", endpointArn: functionArn("f") });
const raw = subscriptionNamed("q", { rawMessageDelivery: true });

test("a queue gets the message within JSON, its attributes as texts", async () => {
  const { client, sent } = await setUp();
  const { MessageId } = await client.send(
    new PublishCommand({
      TopicArn: orders.arn,
      Message: "héllo",
      Subject: "s",
      MessageAttributes: attributes,
    }),
  );
  await settled();
  const [, message] = sent[0] ?? [];
  expect(message?.attributes).toEqual({});
  expect(JSON.parse(message?.body ?? "")).toEqual({
    Type: "Notification",
    MessageId,
    TopicArn: orders.arn,
    Subject: "s",
    Message: "héllo",
    Timestamp: "2026-11-22T18:43:48.250Z",
    SignatureVersion: "1",
    Signature: expect.any(String),
    SigningCertURL: expect.any(String),
    UnsubscribeURL: expect.stringContaining(`${orders.arn}:q`),
    MessageAttributes: {
      kind: { Type: "String", Value: "placed" },
      cents: { Type: "Number", Value: "1250" },
      photo: { Type: "Binary", Value: "AQL/" },
    },
  });
});

test("without a subject or attributes the notification has no such member", async () => {
  const { client, sent } = await setUp();
  await client.send(new PublishCommand({ TopicArn: orders.arn, Message: "m" }));
  await settled();
  const body = JSON.parse(sent[0]?.[1].body ?? "");
  expect(body).not.toHaveProperty("Subject");
  expect(body).not.toHaveProperty("MessageAttributes");
});

test("a raw subscription gets the message itself, with its attributes beside it", async () => {
  const { client, sent } = await setUp({ subscriptions: [raw] });
  await client.send(
    new PublishCommand({ TopicArn: orders.arn, Message: "m", Subject: "s", MessageAttributes: attributes }),
  );
  await settled();
  expect(sent).toEqual([
    [
      "q",
      {
        body: "m",
        attributes: {
          kind: { DataType: "String", StringValue: "placed" },
          cents: { DataType: "Number", StringValue: "1250" },
          photo: { DataType: "Binary", BinaryValue: "AQL/" },
        },
      },
    ],
  ]);
});

test("a function gets the event that Lambda documents", async () => {
  const { client, invoked } = await setUp({ subscriptions: [toFunction] });
  const { MessageId } = await client.send(
    new PublishCommand({
      TopicArn: orders.arn,
      Message: "m",
      MessageAttributes: { kind: { DataType: "String", StringValue: "placed" } },
    }),
  );
  await settled();
  expect(invoked).toEqual([
    [
      "f",
      {
        Records: [
          {
            EventSource: "aws:sns",
            EventVersion: "1.0",
            EventSubscriptionArn: toFunction.arn,
            Sns: {
              Type: "Notification",
              MessageId,
              TopicArn: orders.arn,
              Subject: null,
              Message: "m",
              Timestamp: "2026-11-22T18:43:48.250Z",
              SignatureVersion: "1",
              Signature: expect.any(String),
              SigningCertUrl: expect.any(String),
              UnsubscribeUrl: expect.any(String),
              MessageAttributes: { kind: { Type: "String", Value: "placed" } },
            },
          },
        ],
      },
    ],
  ]);
});

test("a structured message reaches each protocol in its own words, without attributes", async () => {
  const { client, sent, invoked } = await setUp({ subscriptions: [raw, toFunction] });
  await client.send(
    new PublishCommand({
      TopicArn: orders.arn,
      MessageStructure: "json",
      Message: JSON.stringify({ default: "d", sqs: "for queues", email: 3 }),
      MessageAttributes: attributes,
    }),
  );
  await settled();
  expect(sent).toEqual([["q", { body: "for queues", attributes: {} }]]);
  expect(invoked[0]?.[1]).toMatchObject({ Records: [{ Sns: { Message: "d", MessageAttributes: {} } }] });
});

test("another topic's subscriber gets nothing", async () => {
  const { client, sent } = await setUp({
    subscriptions: [subscriptionNamed("other", { topicArn: ordersFifo.arn })],
  });
  await client.send(new PublishCommand({ TopicArn: orders.arn, Message: "m" }));
  await settled();
  expect(sent).toEqual([]);
});

test("a FIFO topic hands group and deduplication id on to FIFO queues, and the group alone to standard ones", async () => {
  const behind = (name: string) =>
    subscriptionNamed(name, {
      topicArn: ordersFifo.arn,
      rawMessageDelivery: true,
      endpointArn: queueArn(name),
    });
  const { client, sent } = await setUp({ subscriptions: [behind("q.fifo"), behind("q")] });
  await client.send(
    new PublishCommand({
      TopicArn: ordersFifo.arn,
      Message: "m",
      MessageGroupId: "g",
      MessageDeduplicationId: "d",
    }),
  );
  await settled();
  expect(sent).toEqual([
    ["q.fifo", { body: "m", attributes: {}, groupId: "g", deduplicationId: "d" }],
    ["q", { body: "m", attributes: {}, groupId: "g" }],
  ]);
});
