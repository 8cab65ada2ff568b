import type {
  DynamoDBRecord,
  DynamoDBStreamEvent as DynamoDBStreamEventOfTypes,
  DynamoDBStreamHandler,
  EventBridgeEvent as EventBridgeEventOfTypes,
  EventBridgeHandler,
  KinesisStreamEvent,
  KinesisStreamHandler,
  KinesisStreamRecord,
  KinesisStreamTumblingWindowEvent,
  MSKEvent,
  S3Event as S3EventOfTypes,
  S3Handler,
  SelfManagedKafkaEvent,
  SNSEvent,
  SNSHandler,
  SQSBatchResponse,
  SQSEvent,
  SQSHandler,
  SQSRecord,
} from "aws-lambda";
import { type Call, deadline, type Fn, type LambdaCall, wrap, wrapHandler } from "holdfast";
import {
  aggregate,
  type BulkResult,
  type BulkTarget,
  bulkSender,
  type Decoder,
  type DynamoDBChange,
  type DynamoDBStreamEvent,
  type DynamoDBStreamRecord,
  dynamoStreamBatch,
  type EventBridgeEvent,
  eventBridgeDetail,
  eventBridgeEvents,
  gzip,
  json,
  type KafkaBatchResponse,
  type KafkaEvent,
  type KafkaRecord,
  type KinesisEvent,
  type KinesisRecord,
  type KinesisWindowEvent,
  kafkaBatch,
  kinesisBatch,
  orNull,
  type RecordCall,
  type S3Event,
  type S3Object,
  type SentEntry,
  type SnsEvent,
  type SqsBatchResponse,
  type SqsEvent,
  type SqsRecord,
  type StandardSchema,
  s3Events,
  snsEvents,
  snsMessage,
  sqsBatch,
  sqsBulk,
  sqsFifoBatch,
  text,
  tumblingWindow,
  unmarshalled,
} from "holdfast/batching";
import { type DynamoDBItem, dynamoDBBatchWriter } from "holdfast/batching/targets/dynamodb";
import { defineEvent, eventDecoder, jsonSchema } from "holdfast/events";
import { expectTypeOf, test } from "vitest";

interface Entry {
  id: string;
  cents: number;
}
async function postEntry(entry: Entry): Promise<{ posted: string }> {
  return { posted: entry.id };
}

test("a batch is a function of an SQS event and a plain call", () => {
  expectTypeOf(sqsBatch(postEntry)).toEqualTypeOf<Fn<SqsEvent, SqsBatchResponse, Call>>();
});

test("a wrapped batch is an SQSHandler of @types/aws-lambda", () => {
  const handler: SQSHandler = wrapHandler(sqsBatch(postEntry), deadline({ reserveMs: 500 }));
  expectTypeOf(handler).toBeFunction();
  const bulk: SQSHandler = wrapHandler(
    sqsBulk(async (entries: readonly Entry[]) => entries.map(() => ({ ok: true }))),
  );
  expectTypeOf(bulk).toBeFunction();
});

test("our SQS types and those of @types/aws-lambda stand for each other", () => {
  expectTypeOf<SQSEvent>().toExtend<SqsEvent>();
  expectTypeOf<SqsEvent>().toExtend<SQSEvent>();
  expectTypeOf<SQSRecord>().toExtend<SqsRecord>();
  expectTypeOf<SqsRecord>().toExtend<SQSRecord>();
  expectTypeOf<SqsBatchResponse>().toEqualTypeOf<SQSBatchResponse>();
  const theirs: Fn<Entry, string, RecordCall<SQSRecord>> = async (_entry, call) => call.record.messageId;
  sqsBatch(theirs);
});

test("the call of a record carries the record", () => {
  sqsBatch(async (entry: Entry, call) => {
    expectTypeOf(call).toEqualTypeOf<RecordCall<SqsRecord>>();
    return entry.cents;
  });
  sqsBatch(wrap(postEntry, deadline({ reserveMs: 1 })));
});

test("a decoder gives the input its type when the function does not say it", () => {
  const orderPlaced = defineEvent({
    source: "order.service",
    type: "OrderPlaced",
    version: 1,
    schema: { type: "object", properties: { orderId: { type: "string" } }, required: ["orderId"] },
  });
  sqsBatch(
    async (placed, call) => {
      expectTypeOf(placed.detail.orderId).toBeString();
      expectTypeOf(placed.time).toBeString();
      return call.record.messageId;
    },
    { body: eventDecoder(orderPlaced) },
  );
  sqsBatch(async (body) => body.toUpperCase(), { body: text() });
  sqsBatch(postEntry, { body: json<Entry>() });
});

test("a decoder of something else is refused", () => {
  // @ts-expect-error the function takes entries, and the decoder gives texts
  sqsBatch(postEntry, { body: text() });
  const wrong: Decoder<{ readonly id: number }> = json();
  // @ts-expect-error the id is a number
  sqsBatch(async (entry: Entry, call) => entry.id + call.attempt, { body: wrong });
});

test("a function that needs more than a record's call is refused", () => {
  const needsContext: Fn<Entry, string, LambdaCall> = async (_entry, call) => call.context.awsRequestId;
  // @ts-expect-error a record's call has no context
  sqsBatch(needsContext);
});

test("a bulk function answers with results", () => {
  // @ts-expect-error a bulk function answers with a list
  sqsBulk(async (entries: readonly Entry[]) => entries.length);
  // @ts-expect-error it takes the list, not one
  sqsBulk(postEntry);
});

test("a bulk sender over DynamoDB takes items and fits sqsBulk", () => {
  const sender = bulkSender(
    dynamoDBBatchWriter({ transport: { call: async () => ({}) }, tableName: "Orders", key: ["id"] }),
  );
  expectTypeOf(sender.send).toEqualTypeOf<
    (entries: readonly DynamoDBItem[], call: Call) => Promise<readonly BulkResult[]>
  >();
  sqsBulk((entries: readonly Entry[], call) =>
    sender.send(
      entries.map((entry) => ({ id: { S: entry.id }, cents: { N: String(entry.cents) } })),
      call,
    ),
  );
  sqsBulk(sender.send);
});

test("every source's types and those of @types/aws-lambda stand for each other", () => {
  expectTypeOf<KinesisStreamEvent>().toExtend<KinesisEvent>();
  expectTypeOf<KinesisEvent>().toExtend<KinesisStreamEvent>();
  expectTypeOf<KinesisStreamRecord>().toExtend<KinesisRecord>();
  expectTypeOf<KinesisStreamTumblingWindowEvent>().toExtend<KinesisWindowEvent>();
  expectTypeOf<DynamoDBStreamEventOfTypes>().toExtend<DynamoDBStreamEvent>();
  expectTypeOf<DynamoDBStreamEvent>().toExtend<DynamoDBStreamEventOfTypes>();
  expectTypeOf<DynamoDBRecord>().toExtend<DynamoDBStreamRecord>();
  expectTypeOf<MSKEvent>().toExtend<KafkaEvent>();
  expectTypeOf<SelfManagedKafkaEvent>().toExtend<KafkaEvent>();
  expectTypeOf<S3EventOfTypes>().toExtend<S3Event>();
  expectTypeOf<S3Event>().toExtend<S3EventOfTypes>();
  expectTypeOf<SNSEvent>().toExtend<SnsEvent>();
  expectTypeOf<SnsEvent>().toExtend<SNSEvent>();
  expectTypeOf<EventBridgeEventOfTypes<"OrderPlaced", Entry>>().toExtend<EventBridgeEvent>();
});

test("a wrapped batch is its source's handler of @types/aws-lambda", () => {
  const fifo: SQSHandler = wrapHandler(sqsFifoBatch(postEntry));
  const kinesis: KinesisStreamHandler = wrapHandler(kinesisBatch(postEntry));
  const stream: DynamoDBStreamHandler = wrapHandler(dynamoStreamBatch(async () => {}));
  const s3: S3Handler = wrapHandler(s3Events(async () => {}));
  const sns: SNSHandler = wrapHandler(snsEvents(postEntry));
  const rule: EventBridgeHandler<"OrderPlaced", Entry, void> = wrapHandler(eventBridgeEvents(postEntry));
  for (const handler of [fifo, kinesis, stream, s3, sns, rule]) expectTypeOf(handler).toBeFunction();
  expectTypeOf(kafkaBatch(postEntry)).toEqualTypeOf<Fn<KafkaEvent, KafkaBatchResponse, Call>>();
});

test("decoders hand their type on through every layer", () => {
  const schema: StandardSchema<Entry> = {
    "~standard": { version: 1, vendor: "x", validate: () => ({ issues: [] }) },
  };
  kinesisBatch(
    async (entry, call) => {
      expectTypeOf(entry).toEqualTypeOf<Entry>();
      expectTypeOf(call).toEqualTypeOf<RecordCall<KinesisRecord>>();
    },
    { body: gzip(json(schema)) },
  );
  sqsBatch(async (entry) => expectTypeOf(entry).toEqualTypeOf<Entry>(), { body: snsMessage(json(schema)) });
  sqsBatch(async (entry) => expectTypeOf(entry).toEqualTypeOf<Entry>(), { body: eventBridgeDetail(schema) });
  kafkaBatch(async (entry) => expectTypeOf(entry).toEqualTypeOf<Entry | null>(), {
    body: orNull(json(schema)),
  });
  eventBridgeEvents(async (entry) => expectTypeOf(entry).toEqualTypeOf<Entry>(), { detail: schema });
  const order = jsonSchema({ type: "object", properties: { id: { type: "string" } }, required: ["id"] });
  sqsBatch(async ({ id }) => expectTypeOf(id).toBeString(), { body: json(order) });
});

test("images of a stream have their schema's type, or the one that the caller believes", () => {
  const schema: StandardSchema<Entry> = {
    "~standard": { version: 1, vendor: "x", validate: () => ({ issues: [] }) },
  };
  dynamoStreamBatch(async ({ after }) => expectTypeOf(after).toEqualTypeOf<Entry | undefined>(), {
    item: unmarshalled({ schema }),
  });
  dynamoStreamBatch<Entry>(async (change) => expectTypeOf(change).toEqualTypeOf<DynamoDBChange<Entry>>());
  dynamoStreamBatch(async ({ after }) =>
    expectTypeOf(after).toEqualTypeOf<Readonly<Record<string, unknown>> | undefined>(),
  );
});

test("objects of S3, and records of Kafka, are typed without a decoder", () => {
  s3Events(async (object) => expectTypeOf(object).toEqualTypeOf<S3Object>());
  kafkaBatch(async (_entry: Entry, call) => expectTypeOf(call.record).toEqualTypeOf<KafkaRecord>());
});

test("poison has the record of its source, and only queues count receives", () => {
  sqsBatch(postEntry, {
    poison: {
      to: async ({ record, payload }) => {
        expectTypeOf(record).toEqualTypeOf<SqsRecord>();
        expectTypeOf(payload).toBeString();
      },
      afterReceives: 3,
    },
  });
  // @ts-expect-error a stream counts no receives
  kinesisBatch(postEntry, { poison: { to: async () => {}, afterReceives: 3 } });
});

test("a window infers its state from how it begins", () => {
  tumblingWindow({
    initial: () => ({ cents: 0 }),
    add: (state, entry: Entry) => ({ cents: state.cents + entry.cents }),
    close: async (state, window) => {
      expectTypeOf(state).toEqualTypeOf<{ cents: number }>();
      expectTypeOf(window.id).toBeString();
    },
  });
  tumblingWindow({
    initial: () => ({ cents: 0 }),
    // @ts-expect-error the state has no such member
    add: (state, entry: Entry) => ({ cents: state.total + entry.cents }),
    close: async () => {},
  });
});

test("an aggregate is a function of one input", () => {
  const store = aggregate(async (entries: readonly Entry[]) => entries.map(() => ({ ok: true as const })), {
    maxRecords: 100,
    maxMs: 50,
  });
  expectTypeOf(store).toEqualTypeOf<Fn<Entry, undefined, Call>>();
  sqsBatch(store, { concurrency: 100 });
});

test("a stream gives back the entries that it was given, of their own type", () => {
  const sender = bulkSender({} as BulkTarget<{ readonly body: string }>);
  const entries: readonly { readonly body: string; readonly sequence: number }[] = [];
  const sent = sender.stream(entries, {} as Call);
  expectTypeOf<Awaited<ReturnType<typeof sent.next>>>().toEqualTypeOf<
    IteratorResult<SentEntry<{ readonly body: string; readonly sequence: number }>, undefined>
  >();
});
