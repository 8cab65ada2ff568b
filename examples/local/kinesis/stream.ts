import { evenRanges, type HashRange, holds } from "./hash-range.ts";

export interface StoredRecord {
  readonly sequenceNumber: bigint;
  /** Real milliseconds since the epoch. */
  readonly arrivedAtMs: number;
  readonly partitionKey: string;
  /** Base64. */
  readonly data: string;
  readonly bytes: number;
}

/** A shard. It closes when it is split or merged, and is read to its end after that. */
export interface Shard {
  readonly id: string;
  readonly parentId?: string;
  readonly adjacentParentId?: string;
  readonly range: HashRange;
  readonly startSequence: bigint;
  records: StoredRecord[];
  closed?: { readonly endSequence: bigint; readonly atMs: number };
}

/** A stream's state. Only `stream.ts` and the operations write to it. */
export interface Stream {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly onDemand: boolean;
  readonly retentionHours: number;
  readonly maxRecordBytes: number;
  readonly shards: Shard[];
  shardsMade: number;
  lastSequence: bigint;
}

/** Numbers of 56 digits, as AWS's: compared as texts they compare as numbers. */
const FIRST_SEQUENCE = 49n * 10n ** 54n;

export function makeStream(
  about: Pick<Stream, "name" | "arn" | "createdAtMs" | "onDemand" | "retentionHours" | "maxRecordBytes">,
  shardCount: number,
): Stream {
  const stream: Stream = { ...about, shards: [], shardsMade: 0, lastSequence: FIRST_SEQUENCE };
  for (const range of evenRanges(shardCount)) addShard(stream, range);
  return stream;
}

/** They grow over the whole stream, and so per shard, and from a parent to its children. */
export function nextSequence(stream: Stream): bigint {
  stream.lastSequence += 1n;
  return stream.lastSequence;
}

export function addShard(
  stream: Stream,
  range: HashRange,
  parents: Pick<Shard, "parentId" | "adjacentParentId"> = {},
): Shard {
  const id = `shardId-${String(stream.shardsMade).padStart(12, "0")}`;
  stream.shardsMade += 1;
  const shard: Shard = { id, ...parents, range, startSequence: nextSequence(stream), records: [] };
  stream.shards.push(shard);
  return shard;
}

export function closeShard(stream: Stream, shard: Shard, atMs: number): void {
  shard.closed = { endSequence: nextSequence(stream), atMs };
}

export function openShards(stream: Stream): readonly Shard[] {
  return stream.shards.filter(({ closed }) => closed === undefined);
}

/** Open shards cover every hash key, so there is one. */
export function shardFor(stream: Stream, hashKey: bigint): Shard {
  const shard = openShards(stream).find(({ range }) => holds(range, hashKey));
  if (shard === undefined) throw new Error(`no open shard of ${stream.name} holds the hash key ${hashKey}`);
  return shard;
}

/** Forgets records older than the retention, and closed shards that have been closed for as long. */
export function expire(stream: Stream, nowMs: number, speed: number): void {
  const oldestMs = nowMs - (stream.retentionHours * 3_600_000) / speed;
  for (const shard of stream.shards) {
    const kept = shard.records.findIndex(({ arrivedAtMs }) => arrivedAtMs >= oldestMs);
    if (kept !== 0) shard.records = kept === -1 ? [] : shard.records.slice(kept);
  }
  for (const [index, { closed }] of [...stream.shards.entries()].reverse()) {
    if (closed !== undefined && closed.atMs < oldestMs) stream.shards.splice(index, 1);
  }
}
