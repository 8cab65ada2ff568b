/** The targets on services that speak the wire: real AWS clients, and the local cloud's SQS, SNS and Kinesis. */
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { PublishBatchCommand } from "@aws-sdk/client-sns";
import { DeleteMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { rootCall } from "holdfast";
import { clientTransport } from "holdfast/aws/client";
import { sqsTransport } from "holdfast/aws/sqs";
import { bulkSender } from "holdfast/batching";
import { kinesisTarget } from "holdfast/batching/targets/kinesis";
import { snsTarget } from "holdfast/batching/targets/sns";
import { sqsTarget } from "holdfast/batching/targets/sqs";
import { afterEach, describe, expect, test } from "vitest";
import { read, setUp as setUpKinesis, stopAll, text } from "../../examples/local/kinesis/set-up.ts";
import {
  orders,
  ordersFifo,
  settled,
  setUp as setUpSns,
  subscriptionNamed,
} from "../../examples/local/sns/set-up.ts";
import { makeQueue, receive, setUp as setUpSqs } from "../../examples/local/sqs/fixtures.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe("SQS", () => {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const sqs of running.splice(0)) await sqs.stop();
  });

  async function queue(name: string) {
    const { sqs, client } = await setUpSqs();
    running.push(sqs);
    return { client, queueUrl: await makeQueue(client, name) };
  }

  test("takes messages by ten, attributes with them", async () => {
    const { client, queueUrl } = await queue("orders");
    const target = sqsTarget({
      transport: sqsTransport(client),
      queueUrl,
      id: (message) => `order-${message.MessageBody}`,
    });
    const messages = upTo(23).map((n) => ({
      MessageBody: String(n),
      MessageAttributes: { kind: { DataType: "String", StringValue: "order" } },
    }));
    const results = await bulkSender(target).send(messages, rootCall());
    expect(results.every((result) => result.ok && result.id !== undefined)).toBe(true);
    const received = [];
    while (received.length < 23) received.push(...(await receive(client, queueUrl)));
    expect(received.map(({ Body }) => Number(Body)).sort((a, b) => a - b)).toEqual(upTo(23));
    expect(received[0]?.MessageAttributes).toMatchObject({
      kind: { StringValue: "order" },
      "idempotency-key": { StringValue: `order-${received[0]?.Body}` },
    });
  });

  test("what it refuses fails alone: a character that no message may have", async () => {
    const { client, queueUrl } = await queue("orders");
    const target = sqsTarget({ transport: sqsTransport(client), queueUrl });
    const results = await bulkSender(target).send(
      [{ MessageBody: "a" }, { MessageBody: "\u0001" }, { MessageBody: "b" }],
      rootCall(),
    );
    expect(results).toMatchObject([
      { ok: true },
      { ok: false, retryable: false, error: { code: "ENTRY_REFUSED", reason: "InvalidMessageContents" } },
      { ok: true },
    ]);
  });

  test("messages up to a mebibyte go, and count together with their attributes", async () => {
    const { client, queueUrl } = await queue("orders");
    const target = sqsTarget({ transport: sqsTransport(client), queueUrl });
    const attribute = { DataType: "String", StringValue: "v".repeat(100) };
    const fits = { MessageBody: "x".repeat(1_048_576 - 107), MessageAttributes: { k: attribute } };
    const results = await bulkSender(target).send(
      [fits, { ...fits, MessageBody: `${fits.MessageBody}x` }, fits],
      rootCall(),
    );
    expect(results).toMatchObject([{ ok: true }, { error: { code: "ENTRY_TOO_LARGE" } }, { ok: true }]);
  });

  test("a FIFO queue keeps the order of each group, and delivers once what was sent twice under one id", async () => {
    const { client, queueUrl } = await queue("orders.fifo");
    const target = sqsTarget({
      transport: sqsTransport(client),
      queueUrl,
      id: ({ MessageGroupId, MessageBody }) => `${MessageGroupId} ${MessageBody}`,
    });
    const messages = upTo(12).map((n) => ({
      MessageBody: String(n),
      MessageGroupId: n % 2 ? "odd" : "even",
    }));
    const sender = bulkSender(target);
    expect((await sender.send(messages, rootCall())).every(({ ok }) => ok)).toBe(true);
    expect((await sender.send(messages, rootCall())).every(({ ok }) => ok)).toBe(true);
    const bodies: number[] = [];
    for (
      let some = await receive(client, queueUrl);
      some.length > 0;
      some = await receive(client, queueUrl)
    ) {
      bodies.push(...some.map(({ Body }) => Number(Body)));
      for (const { ReceiptHandle } of some) await remove(client, queueUrl, ReceiptHandle);
    }
    expect(bodies.filter((n) => n % 2 === 0)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(bodies.filter((n) => n % 2 === 1)).toEqual([1, 3, 5, 7, 9, 11]);
  });

  test("a FIFO message without any id is refused by the queue, not merged with its like", async () => {
    const { client, queueUrl } = await queue("orders.fifo");
    const target = sqsTarget({ transport: sqsTransport(client), queueUrl });
    const results = await bulkSender(target).send([{ MessageBody: "a", MessageGroupId: "g" }], rootCall());
    expect(results).toMatchObject([{ ok: false, retryable: false }]);
  });
});

test("SNS takes messages by ten, and of a FIFO topic each group's in order", async () => {
  const { client, sent } = await setUpSns({
    subscriptions: [subscriptionNamed("q"), subscriptionNamed("f.fifo", { topicArn: ordersFifo.arn })],
  });
  const transport = clientTransport(client, { PublishBatch: PublishBatchCommand });
  const plain = bulkSender(snsTarget({ transport, topicArn: orders.arn }));
  const results = await plain.send(
    upTo(23).map((n) => ({ Message: String(n) })),
    rootCall(),
  );
  expect(results.every((result) => result.ok && result.id !== undefined)).toBe(true);

  const fifo = bulkSender(snsTarget({ transport, topicArn: ordersFifo.arn, id: ({ Message }) => Message }));
  const inOrder = await fifo.send(
    upTo(6).map((n) => ({ Message: String(n), MessageGroupId: "g" })),
    rootCall(),
  );
  expect(inOrder.every(({ ok }) => ok)).toBe(true);
  await settled();
  const bodiesOf = (queue: string): number[] =>
    sent.filter(([name]) => name === queue).map(([, message]) => Number(JSON.parse(message.body).Message));
  expect(bodiesOf("q").sort((a, b) => a - b)).toEqual(upTo(23));
  expect(bodiesOf("f.fifo")).toEqual(upTo(6));
});

describe("Kinesis", () => {
  afterEach(stopAll);

  test("takes the rest of what a shard was too busy for, until all is in the stream, in order", async () => {
    const { client, clock } = await setUpKinesis({
      writeLimits: { recordsPerSecond: 40, bytesPerSecond: 1_000_000 },
    });
    const transport = clientTransport(client, { PutRecords: PutRecordsCommand });
    const stream = kinesisTarget({ transport, streamName: "orders" });
    const records = upTo(300).map((n) => ({ Data: text(String(n)), PartitionKey: `k${n % 60}` }));
    const backoff = {
      delayMs: () => {
        void clock.advance(1_000);
        return 1;
      },
    };
    const results = await bulkSender(stream, { maxAttempts: 50, backoff }).send(records, rootCall());
    expect(results.every((result) => result.ok && result.id !== undefined)).toBe(true);
    const stored: number[] = [];
    for (const ShardId of ["shardId-000000000000", "shardId-000000000001"]) {
      const place = { StreamName: "orders", ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
      const { ShardIterator } = await client.send(new GetShardIteratorCommand(place));
      const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
      stored.push(...Records.map(({ Data }) => Number(read(Data))));
    }
    expect(stored.toSorted((a, b) => a - b)).toEqual(upTo(300));
    for (const key of upTo(60)) {
      expect(stored.filter((n) => n % 60 === key)).toEqual([0, 60, 120, 180, 240].map((n) => n + key));
    }
  });
});

async function remove(client: SQSClient, QueueUrl: string, ReceiptHandle: string | undefined): Promise<void> {
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}
