import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import type { Cloud } from "../../../examples/local/cloud.ts";
import { clientConfig } from "../../examples/local/cloud/start-app.ts";

/** A mapping of the template, what goes through it, and what its consumer's documentation promises. */
export interface MappingCase {
  readonly title: string;
  /** The function's logical id, and the queue's where its failures end. */
  readonly function: string;
  readonly dead: string;
  /** Records by their ids, `<lane>-<place>-<fate>`, in the order in which they are sent. */
  readonly records: readonly string[];
  readonly send: (cloud: Cloud, records: readonly string[]) => Promise<void>;
  /** Whether the records of a lane are run one after the other, in order. */
  readonly inOrder: boolean;
  /** Which records that are done come again: none, or those behind a failure of their batch. */
  readonly repeats: "none" | "behind a failure";
  /** Records that are given up without a failure of their own. */
  readonly givenUpAlong?: readonly string[];
}

/** In three lanes: one fails once, one always, both with more behind them; beside them all is well. */
const LANES = [
  "A-0-good",
  "B-0-once",
  "C-0-good",
  "A-1-good",
  "B-1-good",
  "C-1-never",
  "A-2-good",
  "B-2-good",
  "C-2-good",
] as const;
/** Nothing has an order. */
const LOOSE = ["A-0-good", "B-0-once", "C-0-never", "D-0-good", "E-0-good", "F-0-once", "G-0-good"] as const;

const laneOf = (id: string): string => id.slice(0, 1);

export const cases: readonly MappingCase[] = [
  {
    title: "sqsBatch of a standard queue",
    function: "OfStandard",
    dead: "StandardDead",
    records: LOOSE,
    send: (cloud, records) => toQueue(cloud, "Standard", records),
    inOrder: false,
    repeats: "none",
  },
  {
    title: "sqsFifoBatch of a FIFO queue, with poison",
    function: "OfFifo",
    dead: "FifoDead",
    records: LANES,
    send: (cloud, records) => toQueue(cloud, "Fifo", records),
    inOrder: true,
    repeats: "none",
  },
  {
    title: "sqsFifoBatch of a FIFO queue, without",
    function: "OfStrict",
    dead: "StrictDead",
    records: LANES,
    send: (cloud, records) => toQueue(cloud, "Strict", records),
    inOrder: true,
    repeats: "none",
    // Received as often as the one before it.
    givenUpAlong: ["C-2-good"],
  },
  {
    title: "kinesisBatch of a stream",
    function: "OfClicks",
    dead: "ClicksDead",
    records: LANES,
    send: toStream,
    inOrder: true,
    repeats: "behind a failure",
  },
  {
    title: "dynamoStreamBatch of a table's stream",
    function: "OfItems",
    dead: "ItemsDead",
    records: LANES,
    send: toTable,
    inOrder: true,
    repeats: "behind a failure",
  },
  {
    title: "s3Events of a bucket",
    function: "OfUploads",
    dead: "UploadsDead",
    records: LOOSE,
    send: toBucket,
    inOrder: false,
    repeats: "none",
  },
  {
    title: "snsEvents of a topic",
    function: "OfTopic",
    dead: "TopicDead",
    records: LOOSE,
    send: toTopic,
    inOrder: false,
    repeats: "none",
  },
  {
    title: "eventBridgeEvents of a bus",
    function: "OfBus",
    dead: "BusDead",
    records: LOOSE,
    send: toBus,
    inOrder: false,
    repeats: "none",
  },
];

async function toQueue(cloud: Cloud, logicalId: string, records: readonly string[]): Promise<void> {
  const queue = cloud.stacks[0]?.queues.find((one) => one.logicalId === logicalId);
  const Entries = records.map((id) => ({
    Id: id,
    MessageBody: id,
    ...(queue?.fifo === true ? { MessageGroupId: laneOf(id) } : {}),
  }));
  await cloud.clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue?.url, Entries }));
}

async function toStream({ endpoints }: Cloud, records: readonly string[]): Promise<void> {
  const client = new KinesisClient({ ...clientConfig, endpoint: endpoints.kinesis });
  const Records = records.map((id) => ({ Data: Buffer.from(id), PartitionKey: laneOf(id) }));
  await client.send(new PutRecordsCommand({ StreamName: "test-Clicks", Records }));
  client.destroy();
}

/** A lane is an item, and each record a change of it. */
async function toTable({ clients }: Cloud, records: readonly string[]): Promise<void> {
  for (const id of records) {
    const Item = { lane: { S: laneOf(id) }, id: { S: id } };
    await clients.dynamodb.send(new PutItemCommand({ TableName: "test-Items", Item }));
  }
}

async function toBucket({ clients, stacks }: Cloud, records: readonly string[]): Promise<void> {
  const Bucket = stacks[0]?.buckets[0]?.name;
  for (const Key of records) await clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: "-" }));
}

async function toTopic({ endpoints, stacks }: Cloud, records: readonly string[]): Promise<void> {
  const client = new SNSClient({ ...clientConfig, endpoint: endpoints.sns });
  const TopicArn = stacks[0]?.topics[0]?.arn;
  for (const Message of records) await client.send(new PublishCommand({ TopicArn, Message }));
  client.destroy();
}

async function toBus({ endpoints }: Cloud, records: readonly string[]): Promise<void> {
  const client = new EventBridgeClient({ ...clientConfig, endpoint: endpoints.eventbridge });
  const Entries = records.map((id) => ({
    EventBusName: "batches",
    Source: "test",
    DetailType: "Happened",
    Detail: JSON.stringify({ id }),
  }));
  await client.send(new PutEventsCommand({ Entries }));
  client.destroy();
}
