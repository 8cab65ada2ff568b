import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";

/** A record to be put. */
export interface Put {
  readonly partitionKey: string;
  readonly data: string;
}

/** A record as the stream keeps it. */
export interface Kept extends Put {
  readonly sequenceNumber: string;
  readonly arrivedAtMs: number;
}

/** PutRecords takes no more. */
const MOST_RECORDS = 500;

/** Puts records into a stream, as many together as may be, or `together`. */
export async function putAll(
  client: KinesisClient,
  streamName: string,
  records: readonly Put[],
  {
    together = MOST_RECORDS,
    between = async () => {},
  }: { together?: number; between?: () => Promise<unknown> } = {},
): Promise<void> {
  for (let from = 0; from < records.length; from += together) {
    const some = records.slice(from, from + together);
    const Records = some.map(({ partitionKey, data }) => ({
      PartitionKey: partitionKey,
      Data: Buffer.from(data),
    }));
    const { FailedRecordCount } = await client.send(
      new PutRecordsCommand({ StreamName: streamName, Records }),
    );
    if (FailedRecordCount !== 0) throw new Error(`${streamName} did not take ${FailedRecordCount} records`);
    await between();
  }
}

/** Everything in a stream, shard by shard, in order. */
export async function readAll(
  client: KinesisClient,
  streamName: string,
): Promise<readonly (readonly Kept[])[]> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: streamName }));
  return Promise.all(Shards.map(({ ShardId = "" }) => readShard(client, streamName, ShardId)));
}

async function readShard(
  client: KinesisClient,
  StreamName: string,
  ShardId: string,
): Promise<readonly Kept[]> {
  const kept: Kept[] = [];
  const opened = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  for (let iterator = opened.ShardIterator; iterator !== undefined; ) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
    const records = page.Records ?? [];
    for (const { PartitionKey, SequenceNumber, Data, ApproximateArrivalTimestamp } of records) {
      kept.push({
        partitionKey: PartitionKey ?? "",
        data: Buffer.from(Data ?? []).toString(),
        sequenceNumber: SequenceNumber ?? "",
        arrivedAtMs: ApproximateArrivalTimestamp?.getTime() ?? 0,
      });
    }
    iterator = records.length === 0 ? undefined : page.NextShardIterator;
  }
  return kept;
}
