import type { SQSBatchResponse, SQSEvent, SQSHandler, SQSRecord } from "aws-lambda";
import { type Call, deadline, type Fn, type LambdaCall, wrap, wrapHandler } from "holdfast";
import {
  type BulkResult,
  bulkSender,
  type Decoder,
  json,
  type RecordCall,
  type SqsBatchResponse,
  type SqsEvent,
  type SqsRecord,
  sqsBatch,
  sqsBulk,
  text,
} from "holdfast/batching";
import { type DynamoDBItem, dynamoDBBatchWriter } from "holdfast/batching/targets/dynamodb";
import { defineEvent, eventDecoder } from "holdfast/events";
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
