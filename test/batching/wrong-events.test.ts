import { type Call, type Fn, rootCall } from "holdfast";
import {
  dynamoStreamBatch,
  eventBridgeEvents,
  kafkaBatch,
  kinesisBatch,
  s3Events,
  snsEvents,
  sqsBatch,
  sqsFifoBatch,
} from "holdfast/batching";
import { describe, expect, test } from "vitest";
import { streamEvent } from "./fixtures/dynamodb-stream.ts";
import { eventHubsEvent, mskEvent, partitioned, selfManagedKafkaEvent } from "./fixtures/kafka.ts";
import { kinesisEvent } from "./fixtures/kinesis.ts";
import { eventBridgeEvent, s3Event, snsEvent } from "./fixtures/whole-events.ts";
import { sqsEvent } from "./sqs-fixtures.ts";

let runs = 0;
const count = async (): Promise<void> => {
  runs += 1;
};

/** Every source's event, and whose batch it is. */
const events: Readonly<Record<string, unknown>> = {
  "a standard queue": sqsEvent([1]),
  "a FIFO queue": sqsEvent([1], ["a"]),
  Kinesis: kinesisEvent([1]),
  "a DynamoDB stream": streamEvent([1]),
  MSK: mskEvent(partitioned([1], [0])),
  "a self-managed Kafka": selfManagedKafkaEvent(partitioned([1], [0])),
  "Event Hubs": eventHubsEvent(partitioned([1], [0])),
  S3: s3Event(["1"]),
  SNS: snsEvent([1]),
  EventBridge: eventBridgeEvent(1),
  "an HTTP API": { version: "2.0", requestContext: {}, body: "{}" },
  nobody: {},
};

const batches: readonly [string, Fn<never, unknown, Call>, readonly string[], RegExp][] = [
  ["sqsBatch", sqsBatch(count), ["a standard queue", "a FIFO queue"], /Expected an SQS event/],
  ["sqsFifoBatch", sqsFifoBatch(count), ["a FIFO queue"], /Expected an SQS event of a FIFO queue/],
  ["kinesisBatch", kinesisBatch(count), ["Kinesis"], /Expected a Kinesis event/],
  [
    "dynamoStreamBatch",
    dynamoStreamBatch(count),
    ["a DynamoDB stream"],
    /Expected an event of a DynamoDB stream/,
  ],
  ["kafkaBatch", kafkaBatch(count), ["MSK", "a self-managed Kafka", "Event Hubs"], /Expected a Kafka event/],
  ["s3Events", s3Events(count), ["S3"], /Expected an event of an S3 notification/],
  ["snsEvents", snsEvents(count), ["SNS"], /Expected an SNS event/],
  ["eventBridgeEvents", eventBridgeEvents(count), ["EventBridge"], /Expected an EventBridge event/],
];

describe.each(batches)("%s", (_name, batch, own, expected) => {
  test.each(Object.entries(events))(
    "given an event of %s runs it, or names what it expected",
    async (from, event) => {
      runs = 0;
      const answer = batch(event as never, rootCall());
      if (own.includes(from)) {
        await answer;
        expect(runs).toBe(1);
      } else {
        await expect(answer).rejects.toMatchObject({
          code: "WRONG_EVENT",
          message: expect.stringMatching(expected),
        });
        expect(runs).toBe(0);
      }
    },
  );

  test.each([null, undefined, 5, "text", []])("given %j it names what it expected", async (event) => {
    await expect(batch(event as never, rootCall())).rejects.toMatchObject({ code: "WRONG_EVENT" });
  });
});

test.each<[string, Fn<never, unknown, Call>, unknown]>([
  ["Kinesis", kinesisBatch(count), { Records: [{ kinesis: { data: "" } }] }],
  ["DynamoDB", dynamoStreamBatch(count), { Records: [{ eventName: "INSERT", dynamodb: { Keys: {} } }] }],
  ["DynamoDB without its part", dynamoStreamBatch(count), { Records: [{ eventName: "INSERT" }] }],
  ["Kafka", kafkaBatch(count), mskEvent({ "t-0": [{ topic: "t", partition: 0 } as never] })],
  ["S3", s3Events(count), { Records: [{ s3: { bucket: { name: "b" } } }] }],
  ["SNS", snsEvents(count), { Records: [{ Sns: { Message: "" } }] }],
])("a record of %s without its identifier is refused before anything runs", async (_name, batch, event) => {
  runs = 0;
  await expect(batch(event as never, rootCall())).rejects.toThrow(/record 0 has no identifier/);
  expect(runs).toBe(0);
});

test("what came is named, without a word of its contents", async () => {
  await expect(kinesisBatch(count)(s3Event(["secret"]) as never, rootCall())).rejects.toThrow(
    /record 0 came from aws:s3/,
  );
  await expect(kafkaBatch(count)(sqsEvent([1]) as never, rootCall())).rejects.toThrow(
    /what came are records of aws:sqs/,
  );
  await expect(sqsBatch(count)(mskEvent({}) as never, rootCall())).rejects.toThrow(
    /what came is an event of aws:kafka/,
  );
});

test("a FIFO message without a group is refused: its order is unknown", async () => {
  const [record] = sqsEvent([1], ["a"]).Records;
  const event = { Records: [{ ...record, attributes: {} }] };
  await expect(sqsFifoBatch(count)(event as never, rootCall())).rejects.toThrow(
    /record 0 has no MessageGroupId/,
  );
});

test("Kafka's records that are no lists are refused", async () => {
  await expect(kafkaBatch(count)(mskEvent({ "t-0": {} as never }), rootCall())).rejects.toThrow(
    /Expected a Kafka/,
  );
});
