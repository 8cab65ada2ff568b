import {
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import {
  eventBytes,
  type ShardReader,
  type ShardStart,
  type StreamRecord,
  type StreamSource,
} from "./source.ts";

/** A Kinesis data stream as a mapping's source (AWS page 'Using Lambda to process records from Amazon Kinesis Data Streams'). */
export function kinesisSource(options: {
  readonly client: KinesisClient;
  readonly streamArn: string;
  readonly retentionHours: number;
  readonly nowMs: () => number;
}): StreamSource {
  const { client, streamArn, nowMs } = options;

  async function iteratorOf(
    ShardId: string,
    position: Pick<
      GetShardIteratorCommandInput,
      "ShardIteratorType" | "StartingSequenceNumber" | "Timestamp"
    >,
  ): Promise<string | undefined> {
    const asked = new GetShardIteratorCommand({ StreamARN: streamArn, ShardId, ...position });
    return (await client.send(asked)).ShardIterator;
  }

  function iteratorAt(shardId: string, start: ShardStart): Promise<string | undefined> {
    return iteratorOf(
      shardId,
      typeof start === "string"
        ? { ShardIteratorType: start }
        : { ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(start.atTimestampSeconds * 1_000) },
    );
  }

  async function openShard(shardId: string, start: ShardStart): Promise<ShardReader> {
    let readAtMs = nowMs();
    let iterator = await iteratorAt(shardId, start);
    let last: string | undefined;
    async function read(ShardIterator: string): ReturnType<ShardReader["read"]> {
      const beganAtMs = nowMs();
      const page = await client.send(new GetRecordsCommand({ StreamARN: streamArn, ShardIterator }));
      const records = (page.Records ?? []).map((record) => streamRecord(record, shardId, streamArn));
      last = records.at(-1)?.sequenceNumber ?? last;
      readAtMs = beganAtMs;
      iterator = page.NextShardIterator;
      return { records, ended: iterator === undefined };
    }

    /** Behind what was read last, or where the reading began. */
    function again(): Promise<string | undefined> {
      if (last === undefined) {
        return iteratorAt(shardId, start === "LATEST" ? { atTimestampSeconds: readAtMs / 1_000 } : start);
      }
      return iteratorOf(shardId, {
        ShardIteratorType: "AFTER_SEQUENCE_NUMBER",
        StartingSequenceNumber: last,
      });
    }

    return {
      async read() {
        if (iterator === undefined) return { records: [], ended: true };
        try {
          return await read(iterator);
        } catch (error) {
          // Nobody read for five minutes, which may be short on this clock.
          if (!(error instanceof ExpiredIteratorException)) throw error;
          iterator = await again();
          return iterator === undefined ? { records: [], ended: true } : read(iterator);
        }
      },
    };
  }

  return {
    name: `kinesis:${streamArn.split("/").at(-1)}`,
    streamArn,
    batchInfoName: "KinesisBatchInfo",
    retentionMs: options.retentionHours * 3_600_000,
    pollMs: 1_000,
    async listShards() {
      const shards = [];
      let NextToken: string | undefined;
      do {
        const page = await client.send(
          new ListShardsCommand(NextToken === undefined ? { StreamARN: streamArn } : { NextToken }),
        );
        for (const { ShardId = "", ParentShardId, AdjacentParentShardId } of page.Shards ?? []) {
          const parentIds = [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined);
          shards.push({ id: ShardId, parentIds });
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return shards;
    },
    openShard,
  };
}

function streamRecord(record: KinesisRecord, shardId: string, streamArn: string): StreamRecord {
  const { SequenceNumber: sequenceNumber = "", PartitionKey: partitionKey = "" } = record;
  const arrivedAtMs = record.ApproximateArrivalTimestamp?.getTime() ?? 0;
  const bytes = Buffer.from(record.Data ?? []);
  const [, , , awsRegion, accountId] = streamArn.split(":");
  const kinesis = {
    kinesisSchemaVersion: "1.0",
    partitionKey,
    sequenceNumber,
    data: bytes.toString("base64"),
    approximateArrivalTimestamp: arrivedAtMs / 1_000,
  };
  const event = {
    kinesis,
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: `arn:aws:iam::${accountId}:role/local`,
    awsRegion,
    eventSourceARN: streamArn,
  };
  return {
    sequenceNumber,
    orderingKey: partitionKey,
    arrivedAtMs,
    event,
    // Patterns see the data alone, as JSON ('Using event filtering with a Kinesis event source'). Without patterns nobody asks.
    get filterable() {
      return { data: jsonObject(bytes.toString("utf8")) };
    },
    bytes: eventBytes(event),
  };
}

/** Null for what is no JSON object: a pattern for `data` never matches it. */
function jsonObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
