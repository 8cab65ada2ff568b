import fc from "fast-check";
import { rootCall } from "holdfast";
import { type BulkTarget, bulkSender, contentId } from "holdfast/batching";
import { eventBridgeTarget } from "holdfast/batching/targets/eventbridge";
import { firehoseTarget } from "holdfast/batching/targets/firehose";
import { type KafkaProducer, kafkaTarget } from "holdfast/batching/targets/kafka";
import { kinesisTarget } from "holdfast/batching/targets/kinesis";
import { snsTarget } from "holdfast/batching/targets/sns";
import { type SqsMessage, sqsTarget } from "holdfast/batching/targets/sqs";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";

/** What a queue of this name is sent for one message, twice when the first answer is lost. */
async function sentTo(queue: string, message: SqsMessage, id?: (message: SqsMessage) => string) {
  const sent: SqsMessage[] = [];
  const transport = {
    async call(_operation: string, input: object): Promise<Record<string, unknown>> {
      sent.push(...(input as { readonly Entries: readonly SqsMessage[] }).Entries);
      if (sent.length === 1) throw new Error("socket hang up");
      return { Successful: [{ Id: "0", MessageId: "m" }] };
    },
  };
  const clock = manualRuntime();
  const target = sqsTarget({
    transport,
    queueUrl: `https://sqs/1/${queue}`,
    ...(id === undefined ? {} : { id }),
  });
  const results = await clock.run(bulkSender(target).send([message], rootCall({ runtime: clock })));
  expect(results).toEqual([{ ok: true, id: "m" }]);
  expect(sent[1]).toEqual(sent[0]);
  return sent[0];
}

test("a FIFO message whose answer was lost goes again under the same deduplication id", async () => {
  const sent = await sentTo("q.fifo", { MessageBody: "b", MessageGroupId: "g" }, () => "order-1");
  expect(sent).toMatchObject({ MessageDeduplicationId: "order-1" });
  expect(sent).not.toHaveProperty("MessageAttributes");
});

test("a message's own deduplication id stays", async () => {
  const message = { MessageBody: "b", MessageGroupId: "g", MessageDeduplicationId: "own" };
  expect(await sentTo("q.fifo", message, () => "other")).toMatchObject({ MessageDeduplicationId: "own" });
});

test("in a standard queue the id is an attribute, beside the message's own", async () => {
  const own = { DataType: "Number", StringValue: "1" };
  const sent = await sentTo("q", { MessageBody: "b", MessageAttributes: { own } }, () => "order-1");
  expect(sent?.MessageAttributes).toEqual({
    own,
    "idempotency-key": { DataType: "String", StringValue: "order-1" },
  });
});

test("nothing is made up for a message without an id", async () => {
  const sent = await sentTo("q.fifo", { MessageBody: "b", MessageGroupId: "g" });
  expect(sent).toEqual({ Id: "0", MessageBody: "b", MessageGroupId: "g" });
});

test.each(["x".repeat(129), "größe", "two words"])(
  "what no deduplication id may be is hashed: %s",
  async (id) => {
    const sent = await sentTo("q.fifo", { MessageBody: "b", MessageGroupId: "g" }, () => id);
    expect(sent?.MessageDeduplicationId).toMatch(/^[0-9a-f]{64}$/);
  },
);

test.each([undefined, null, "", 42])(
  "a message whose id is %s is refused: all such messages would be one, and a FIFO queue would drop all but the first",
  async (id) => {
    const sent: unknown[] = [];
    const transport = {
      async call(_operation: string, input: object): Promise<Record<string, unknown>> {
        sent.push(...(input as { readonly Entries: readonly unknown[] }).Entries);
        return { Successful: [{ Id: "0", MessageId: "m" }] };
      },
    };
    for (const queueUrl of ["https://sqs/1/q.fifo", "https://sqs/1/q"]) {
      const of = (message: SqsMessage): string => (message.MessageBody === "b" ? "known" : (id as never));
      const messages = ["a", "b"].map((MessageBody) => ({ MessageBody, MessageGroupId: "g" }));
      const results = await bulkSender(sqsTarget({ transport, queueUrl, id: of })).send(messages, rootCall());
      expect(results).toMatchObject([
        { ok: false, error: { code: "ENTRY_INVALID" }, retryable: false },
        { ok: true },
      ]);
    }
    expect(sent).toMatchObject([{ MessageBody: "b" }, { MessageBody: "b" }]);
  },
);

test("contents have one id exactly when all their parts are equal", () => {
  const parts = fc.array(fc.option(fc.string({ maxLength: 3 }), { nil: undefined }), { maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      expect(contentId(...a) === contentId(...b)).toBe(JSON.stringify([a]) === JSON.stringify([b]));
    }),
  );
  expect(contentId("a")).toBe(contentId(new TextEncoder().encode("a")));
});

describe("Kafka", () => {
  async function failsWith(error: object, options: Partial<{ calls: number }> = {}) {
    let calls = 0;
    const producer: KafkaProducer = {
      async send() {
        calls += 1;
        throw Object.assign(new Error("no"), error);
      },
    };
    const clock = manualRuntime();
    const sender = bulkSender(kafkaTarget({ producer, topic: "t" }), { maxAttempts: 3 });
    const results = await clock.run(sender.send([{ value: "v" }], rootCall({ runtime: clock })));
    return { calls, results, ...options };
  }

  test("what the client says cannot be retried is not", async () => {
    const { calls, results } = await failsWith({ name: "KafkaJSProtocolError", retriable: false });
    expect([calls, results]).toMatchObject([1, [{ ok: false, retryable: false }]]);
  });

  test.each([
    ["it says so", { retriable: true }],
    ["it has given up after its own retries", { name: "KafkaJSNumberOfRetriesExceeded", retriable: false }],
    ["it says nothing", {}],
  ])("a request is sent again when %s", async (_name, error) => {
    const { calls, results } = await failsWith(error);
    expect([calls, results]).toMatchObject([3, [{ ok: false, retryable: true }]]);
  });

  test("headers and keys count, and a tombstone has a size", () => {
    const { sizeOf } = kafkaTarget({ producer: { send: async () => [] }, topic: "t" });
    const bare = sizeOf({ value: null });
    expect(sizeOf({ key: "ké", value: null })).toBe(bare + 3);
    expect(sizeOf({ value: "v", headers: { h: "12" } })).toBeGreaterThanOrEqual(bare + 4);
  });

  test("a key decides on the order, then a partition", () => {
    const { orderKey } = kafkaTarget({ producer: { send: async () => [] }, topic: "t" });
    expect(orderKey?.({ key: "a", value: "", partition: 1 })).toBe(
      orderKey?.({ key: Buffer.from("a"), value: "" }),
    );
    expect(orderKey?.({ value: "", partition: 1 })).not.toBe(orderKey?.({ key: "1", value: "" }));
    expect(orderKey?.({ value: "" })).toBeUndefined();
  });
});

test.each([
  ["no key", { PartitionKey: "" }],
  ["a key that is too long", { PartitionKey: "x".repeat(257) }],
  ["a hash key that is no number", { PartitionKey: "k", ExplicitHashKey: "0x1f" }],
  ["a hash key of more than 128 bits", { PartitionKey: "k", ExplicitHashKey: String(2n ** 128n) }],
])(
  "a Kinesis record with %s is refused in its own result, for Kinesis would refuse the whole request",
  async (_name, keys) => {
    const transport = { call: async () => ({ Records: [{ SequenceNumber: "1" }] }) };
    const target = kinesisTarget({ transport, streamName: "s" });
    const Data = Buffer.from("d");
    const records = [
      { Data, ...keys },
      { Data, PartitionKey: "k", ExplicitHashKey: String(2n ** 128n - 1n) },
    ];
    expect(await bulkSender(target).send(records, rootCall())).toMatchObject([
      { error: { code: "ENTRY_INVALID" }, retryable: false },
      { ok: true },
    ]);
  },
);

test("a message that makes SQS or SNS refuse the whole request fails alone", async () => {
  const refusal = { name: "InvalidParameterException", $fault: "client" };
  const transport = {
    async call(_operation: string, input: object): Promise<Record<string, unknown>> {
      const entries = (input as { PublishBatchRequestEntries: { Id: string; Message: string }[] })
        .PublishBatchRequestEntries;
      if (entries.some(({ Message }) => Message === "bad")) throw Object.assign(new Error("no"), refusal);
      return { Successful: entries.map(({ Id, Message }) => ({ Id, MessageId: Message })) };
    },
  };
  const target = snsTarget({ transport, topicArn: "arn:aws:sns:eu-west-1:1:t" });
  const messages = ["a", "b", "bad", "c", "d"].map((Message) => ({ Message }));
  expect(await bulkSender(target).send(messages, rootCall())).toMatchObject([
    { ok: true, id: "a" },
    { ok: true, id: "b" },
    { ok: false, retryable: false, error: refusal },
    { ok: true, id: "c" },
    { ok: true, id: "d" },
  ]);
});

const transport = { call: async () => ({}) };
test.each<[string, () => BulkTarget<never>, RegExp]>([
  ["no queue", () => sqsTarget({ transport, queueUrl: "" }), /queueUrl is missing/],
  ["no transport", () => sqsTarget({ transport: {} as never, queueUrl: "q" }), /sqsTransport/],
  [
    "an id that is no function",
    () => sqsTarget({ transport, queueUrl: "q", id: "x" as never }),
    /id must be/,
  ],
  [
    "more than SQS takes",
    () => sqsTarget({ transport, queueUrl: "q", maxMessageBytes: 2e6 }),
    /maxMessageBytes/,
  ],
  ["no topic", () => snsTarget({ transport, topicArn: undefined as never }), /topicArn is missing/],
  [
    "another order",
    () => kinesisTarget({ transport, streamName: "s", order: "shard" as never }),
    /order must be/,
  ],
  ["no stream", () => firehoseTarget({ transport, deliveryStreamName: "" }), /deliveryStreamName/],
  ["no bus", () => eventBridgeTarget({} as never), /eventBridgeTransport/],
  ["no producer", () => kafkaTarget({ producer: {} as never, topic: "t" }), /connected producer/],
  ["a misspelt option", () => sqsTarget({ transport, queueUrl: "q", ids: 1 } as never), /no option "ids"/],
])("wrong options are refused where they are given: %s", (_name, make, message) => {
  expect(make).toThrow(message);
});
