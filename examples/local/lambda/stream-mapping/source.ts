/** What the mapping must know of a stream, whichever service it belongs to. */

/** One record, ready for an event. */
export interface StreamRecord {
  /** Decimal; grows within a shard. */
  readonly sequenceNumber: string;
  /** Records of one key stay in order, also when a shard is worked on in parallel. */
  readonly orderingKey: string;
  /** Real milliseconds since the epoch. */
  readonly arrivedAtMs: number;
  /** As the function gets it. */
  readonly event: Readonly<Record<string, unknown>>;
  /** As filter patterns see it. */
  readonly filterable: unknown;
  /** Of the event's JSON. */
  readonly bytes: number;
}

/** Reads a shard from where it was opened on. */
export interface ShardReader {
  /** What has come since the last read, in order. `ended`: the shard is closed, and this was its end. */
  read(): Promise<{ readonly records: readonly StreamRecord[]; readonly ended: boolean }>;
}

export type ShardStart = "LATEST" | "TRIM_HORIZON" | { readonly atTimestampSeconds: number };

export interface StreamSource {
  /** Who invokes, for facts: `kinesis:orders`. */
  readonly name: string;
  readonly streamArn: string;
  /** Of the failure record's part about the stream. */
  readonly batchInfoName: "KinesisBatchInfo" | "DDBStreamBatchInfo";
  /** How long the stream keeps a record, in milliseconds of the cloud's time. */
  readonly retentionMs: number;
  /** How often Lambda looks for records, in milliseconds of the cloud's time. */
  readonly pollMs: number;
  listShards(): Promise<readonly { readonly id: string; readonly parentIds: readonly string[] }[]>;
  openShard(shardId: string, start: ShardStart): Promise<ShardReader>;
}

/** An event's size in bytes of JSON, with the comma behind it. */
export function eventBytes(event: Readonly<Record<string, unknown>>): number {
  return Buffer.byteLength(JSON.stringify(event)) + 1;
}
