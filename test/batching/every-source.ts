import type { Call, Fn } from "holdfast";
import {
  type BatchOptions,
  dynamoStreamBatch,
  eventBridgeEvents,
  kafkaBatch,
  kinesisBatch,
  type RecordCall,
  s3Events,
  snsEvents,
  sqsBatch,
  sqsFifoBatch,
} from "holdfast/batching";
import { streamEvent } from "./fixtures/dynamodb-stream.ts";
import { mskEvent, partitioned } from "./fixtures/kafka.ts";
import { kinesisEvent } from "./fixtures/kinesis.ts";
import { eventBridgeEvent, s3Event, snsEvent } from "./fixtures/whole-events.ts";
import { sqsEvent } from "./sqs-fixtures.ts";

/** The work on one record, which knows its place in the batch. */
export type ByIndex = (index: number, call: RecordCall<unknown>) => Promise<unknown>;

/** A source as the contract sees it: records are numbers, lanes are 0 to 3. */
export interface SourceUnderTest {
  readonly name: string;
  readonly stopsAt: "none" | "lane" | "shard";
  /** Records that one event can have. */
  readonly maxRecords: number;
  readonly batch: (work: ByIndex, options: Options) => Fn<never, unknown, Call>;
  /** An event of records whose lanes these are, and in which order it has them. */
  readonly event: (lanes: readonly number[]) => {
    readonly event: unknown;
    readonly order: readonly number[];
  };
  /** Which records the source sends again after this answer, or this rejection. */
  readonly comesAgain: (outcome: Outcome, order: readonly number[]) => readonly number[];
}

export type Options = Pick<BatchOptions<never>, "concurrency" | "marginMs">;
export type Outcome = { readonly response: unknown } | { readonly error: unknown };

const inOrder = (lanes: readonly number[]): readonly number[] => [...lanes.keys()];
const named = (lanes: readonly number[]): readonly string[] => lanes.map((lane) => `lane-${lane}`);

function failuresIn<Id>(outcome: Outcome): readonly Id[] {
  if (!("response" in outcome)) throw outcome.error;
  const { batchItemFailures } = outcome.response as { batchItemFailures: { itemIdentifier: Id }[] };
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

function eachOf(outcome: Outcome): readonly number[] {
  return failuresIn<string>(outcome).map((id) => Number(id.slice(2)));
}

/** Lambda's own rule: the lowest reported is the checkpoint. */
function fromLowest(
  identifiers: readonly string[],
): (outcome: Outcome, order: readonly number[]) => readonly number[] {
  return (outcome, order) => {
    const reported = failuresIn<string>(outcome).map((id) => identifiers.indexOf(id));
    return reported.length === 0 ? [] : order.slice(Math.min(...reported));
  };
}

const numbers = inOrder(Array.from({ length: 100 }, () => 0));

function wholeEvent(outcome: Outcome, order: readonly number[]): readonly number[] {
  return "error" in outcome ? order : [];
}

function byPartition(
  outcome: Outcome,
  order: readonly number[],
  lanes: readonly number[],
): readonly number[] {
  const failures = failuresIn<{ partition: string; offset: number }>(outcome);
  return failures.flatMap(({ partition, offset }) => {
    const lane = Number(partition.slice("orders.v1-".length));
    return order.filter((index) => lanes[index] === lane).slice(offset - 100);
  });
}

function kafkaUnderTest(): SourceUnderTest {
  let lanesOfEvent: readonly number[] = [];
  return {
    name: "kafkaBatch",
    stopsAt: "lane",
    maxRecords: 30,
    batch: (work, options) => kafkaBatch((index: number, call) => work(index, call), options) as never,
    event(lanes) {
      lanesOfEvent = lanes;
      const order = inOrder(lanes);
      const records = partitioned(order, lanes);
      const listed = Object.values(records).flatMap((list) =>
        list.map(({ value }) => Number(Buffer.from(value ?? "", "base64").toString())),
      );
      return { event: mskEvent(records), order: listed };
    },
    comesAgain: (outcome, order) => byPartition(outcome, order, lanesOfEvent),
  };
}

export const sources: readonly SourceUnderTest[] = [
  {
    name: "sqsBatch, standard",
    stopsAt: "none",
    maxRecords: 30,
    batch: (work, options) => sqsBatch((index: number, call) => work(index, call), options) as never,
    event: (lanes) => ({ event: sqsEvent(inOrder(lanes)), order: inOrder(lanes) }),
    comesAgain: eachOf,
  },
  {
    name: "sqsBatch, FIFO",
    stopsAt: "lane",
    maxRecords: 30,
    batch: (work, options) => sqsBatch((index: number, call) => work(index, call), options) as never,
    event: (lanes) => ({ event: sqsEvent(inOrder(lanes), named(lanes)), order: inOrder(lanes) }),
    comesAgain: eachOf,
  },
  {
    name: "sqsFifoBatch",
    stopsAt: "lane",
    maxRecords: 30,
    batch: (work, options) => sqsFifoBatch((index: number, call) => work(index, call), options) as never,
    event: (lanes) => ({ event: sqsEvent(inOrder(lanes), named(lanes)), order: inOrder(lanes) }),
    comesAgain: eachOf,
  },
  {
    name: "kinesisBatch",
    stopsAt: "shard",
    maxRecords: 30,
    batch: (work, options) => kinesisBatch((index: number, call) => work(index, call), options) as never,
    event: (lanes) => ({ event: kinesisEvent(inOrder(lanes), named(lanes)), order: inOrder(lanes) }),
    comesAgain: fromLowest(kinesisEvent(numbers).Records.map(({ kinesis }) => kinesis.sequenceNumber)),
  },
  {
    name: "dynamoStreamBatch",
    stopsAt: "shard",
    maxRecords: 30,
    batch: (work, options) =>
      dynamoStreamBatch<{ body: string }>(
        (change, call) => work(Number(change.after?.body), call),
        options,
      ) as never,
    event: (lanes) => ({ event: streamEvent(inOrder(lanes), named(lanes)), order: inOrder(lanes) }),
    comesAgain: fromLowest(
      streamEvent(numbers).Records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? ""),
    ),
  },
  kafkaUnderTest(),
  {
    name: "s3Events",
    stopsAt: "none",
    maxRecords: 30,
    batch: (work, options) => s3Events(({ key }, call) => work(Number(key), call), options) as never,
    event: (lanes) => ({ event: s3Event(inOrder(lanes).map(String)), order: inOrder(lanes) }),
    comesAgain: wholeEvent,
  },
  {
    name: "snsEvents",
    stopsAt: "none",
    maxRecords: 30,
    batch: (work, options) => snsEvents((index: number, call) => work(index, call), options) as never,
    event: (lanes) => ({ event: snsEvent(inOrder(lanes)), order: inOrder(lanes) }),
    comesAgain: wholeEvent,
  },
  {
    name: "eventBridgeEvents",
    stopsAt: "none",
    maxRecords: 1,
    batch: (work, { marginMs }) =>
      eventBridgeEvents(
        (index: number, call) => work(index, call),
        marginMs === undefined ? {} : { marginMs },
      ) as never,
    event: () => ({ event: eventBridgeEvent(0), order: [0] }),
    comesAgain: wholeEvent,
  },
];
