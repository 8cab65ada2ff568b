import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  type _Record as DynamoDbRecord,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import {
  eventBytes,
  type ShardReader,
  type ShardStart,
  type StreamRecord,
  type StreamSource,
} from "./source.ts";

/**
 * A table's stream as a mapping's source (AWS page 'Using AWS Lambda with Amazon DynamoDB').
 *
 * The stream has its own ARN at the endpoint; functions are told the one that the template gave out.
 *
 * @throws Error when the table has no stream.
 */
export async function dynamoDbSource(options: {
  readonly client: DynamoDBStreamsClient;
  readonly tableName: string;
  /** What the template's GetAtt says. */
  readonly streamArn: string;
  readonly nowMs: () => number;
}): Promise<StreamSource> {
  const { client, tableName, streamArn, nowMs } = options;
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: tableName }));
  const StreamArn = Streams.at(-1)?.StreamArn;
  if (StreamArn === undefined)
    throw new Error(`table ${tableName} has no stream; give it a StreamSpecification`);

  async function openShard(ShardId: string, start: ShardStart): Promise<ShardReader> {
    if (typeof start !== "string") throw new Error("a DynamoDB stream cannot be read from a time on");
    const opened = await client.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: start }),
    );
    let iterator = opened.ShardIterator;
    return {
      async read() {
        if (iterator === undefined) return { records: [], ended: true };
        const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
        iterator = page.NextShardIterator;
        const records = (page.Records ?? [])
          .filter(changesSomething)
          .map((record) => streamRecord(record, streamArn, nowMs()));
        return { records, ended: iterator === undefined };
      },
    };
  }

  return {
    name: `dynamodb:${tableName}`,
    streamArn,
    batchInfoName: "DDBStreamBatchInfo",
    retentionMs: 24 * 3_600_000,
    pollMs: 250,
    async listShards() {
      const shards = [];
      let after: string | undefined;
      do {
        const page = await client.send(
          new DescribeStreamCommand({
            StreamArn,
            ...(after === undefined ? {} : { ExclusiveStartShardId: after }),
          }),
        );
        for (const { ShardId = "", ParentShardId } of page.StreamDescription?.Shards ?? []) {
          shards.push({ id: ShardId, parentIds: ParentShardId === undefined ? [] : [ParentShardId] });
        }
        after = page.StreamDescription?.LastEvaluatedShardId;
      } while (after !== undefined);
      return shards;
    },
    openShard,
  };
}

/** A write that changes nothing has no record on AWS ('Change data capture for DynamoDB Streams'); here it may have one. */
function changesSomething({ dynamodb }: DynamoDbRecord): boolean {
  const { OldImage, NewImage } = dynamodb ?? {};
  return OldImage === undefined || NewImage === undefined || !isDeepStrictEqual(OldImage, NewImage);
}

function streamRecord(record: DynamoDbRecord, streamArn: string, nowMs: number): StreamRecord {
  const {
    ApproximateCreationDateTime,
    SequenceNumber: sequenceNumber = "",
    Keys,
    ...rest
  } = record.dynamodb ?? {};
  const createdAtMs = ApproximateCreationDateTime?.getTime() ?? nowMs;
  const event = {
    // Unique over all streams, as on AWS; the numbers served here begin with each table again.
    eventID: createHash("md5").update(`${streamArn} ${sequenceNumber}`).digest("hex"),
    eventName: record.eventName,
    eventVersion: record.eventVersion ?? "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: streamArn.split(":")[3],
    dynamodb: wireForm({
      ApproximateCreationDateTime: createdAtMs / 1_000,
      Keys,
      ...rest,
      SequenceNumber: sequenceNumber,
    }),
    eventSourceARN: streamArn,
  };
  return {
    sequenceNumber,
    orderingKey: JSON.stringify(
      Object.entries(Keys ?? {})
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(wireForm),
    ),
    // The stamp is in whole seconds: taken as late as it can be, so that no record seems older than it is.
    arrivedAtMs: Math.min(nowMs, createdAtMs + 999),
    event,
    filterable: event,
    bytes: eventBytes(event),
  };
}

/** Binary values as Base64, as they stand in JSON. */
function wireForm(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(wireForm);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, wireForm(inner)]));
}
