/** Source: Kinesis Data Streams API Reference, 'GetShardIterator' and 'GetRecords'. */
import type { JsonBody } from "../process/json-protocol.ts";
import { RequestError } from "../process/request-error.ts";
import type { CloudClock } from "../services.ts";
import { invalid, invalidArgument, optionalInteger, optionalText, requiredText } from "./request-body.ts";
import { readIterator, writeIterator } from "./shard-iterator.ts";
import type { Shard, StoredRecord, Stream } from "./stream.ts";
import { type Streams, shardNamed } from "./streams.ts";

const MAX_RECORDS = 10_000;
const MAX_RESPONSE_BYTES = 10 * 1_048_576;

export function getOperations(
  streams: Streams,
  clock: CloudClock,
): Readonly<Record<string, (body: JsonBody) => unknown>> {
  return {
    GetShardIterator(body) {
      const stream = streams.named(body);
      const shard = shardNamed(stream, requiredText(body, "ShardId"));
      return {
        ShardIterator: writeIterator({
          streamName: stream.name,
          streamCreatedAtMs: stream.createdAtMs,
          shardId: shard.id,
          from: positionOf(body, stream, shard, clock.now()),
          issuedAtMs: clock.now(),
        }),
      };
    },
    GetRecords(body) {
      const nowMs = clock.now();
      const limit = readLimit(body);
      const at = readIterator(requiredText(body, "ShardIterator"), nowMs, clock.speed);
      const stream = streams.find(at.streamName);
      if (stream === undefined || stream.createdAtMs !== at.streamCreatedAtMs) {
        throw new RequestError("ResourceNotFoundException", `Stream ${at.streamName} not found.`);
      }
      const shard = shardNamed(stream, at.shardId);
      const start = firstAtLeast(shard.records, at.from);
      const records = firstPage(shard.records, start, limit);
      const left = shard.records[start + records.length];
      const from = left?.sequenceNumber ?? stream.lastSequence + 1n;
      const ended = shard.closed !== undefined && left === undefined;
      return {
        Records: records.map((record) => ({
          SequenceNumber: String(record.sequenceNumber),
          ApproximateArrivalTimestamp: record.arrivedAtMs / 1_000,
          Data: record.data,
          PartitionKey: record.partitionKey,
          EncryptionType: "NONE",
        })),
        ...(ended
          ? { ChildShards: childrenOf(stream, shard) }
          : { NextShardIterator: writeIterator({ ...at, from, issuedAtMs: nowMs }) }),
        MillisBehindLatest:
          left === undefined ? 0 : Math.max(0, Math.round((nowMs - left.arrivedAtMs) * clock.speed)),
      };
    },
  };
}

function readLimit(body: JsonBody): number {
  const limit = body["Limit"];
  if (typeof limit === "number" && limit > MAX_RECORDS) {
    throw invalidArgument(`Limit ${limit} is greater than ${MAX_RECORDS}.`);
  }
  return optionalInteger(body, "Limit", 1, MAX_RECORDS) ?? MAX_RECORDS;
}

/** Where the records from a number on begin. They lie in order, and a shard may have very many. */
function firstAtLeast(records: readonly StoredRecord[], from: bigint): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.sequenceNumber ?? from) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** In order, at least one, up to the number and 10 MB. */
function firstPage(records: readonly StoredRecord[], start: number, limit: number): readonly StoredRecord[] {
  let bytes = 0;
  let end = start;
  for (const most = Math.min(records.length, start + limit); end < most; end += 1) {
    bytes += records[end]?.bytes ?? 0;
    if (end > start && bytes > MAX_RESPONSE_BYTES) break;
  }
  return records.slice(start, end);
}

function positionOf(body: JsonBody, stream: Stream, shard: Shard, nowMs: number): bigint {
  const type = requiredText(body, "ShardIteratorType");
  const tip = stream.lastSequence + 1n;
  switch (type) {
    case "TRIM_HORIZON":
      return 0n;
    case "LATEST":
      return tip;
    case "AT_SEQUENCE_NUMBER":
      return sequenceIn(body, stream, shard);
    case "AFTER_SEQUENCE_NUMBER":
      return sequenceIn(body, stream, shard) + 1n;
    case "AT_TIMESTAMP": {
      const timestamp = body["Timestamp"];
      if (typeof timestamp !== "number")
        throw invalidArgument("Must specify timestamp parameter for iterator of type AT_TIMESTAMP.");
      if (timestamp * 1_000 > nowMs) throw invalidArgument("The timestamp lies in the future.");
      return shard.records.find(({ arrivedAtMs }) => arrivedAtMs >= timestamp * 1_000)?.sequenceNumber ?? tip;
    }
    default:
      throw invalid(
        "ShardIteratorType",
        "must be AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER or TRIM_HORIZON",
      );
  }
}

function sequenceIn(body: JsonBody, stream: Stream, shard: Shard): bigint {
  const text = optionalText(body, "StartingSequenceNumber");
  if (text === undefined)
    throw invalidArgument("Must specify StartingSequenceNumber for this type of iterator.");
  if (!/^(0|[1-9]\d{0,128})$/.test(text))
    throw invalid("StartingSequenceNumber", "must match 0|([1-9]\\d{0,128})");
  const sequence = BigInt(text);
  const last = shard.closed?.endSequence ?? stream.lastSequence;
  if (sequence < shard.startSequence || sequence > last) {
    throw invalidArgument(
      `StartingSequenceNumber ${text} used in GetShardIterator on shard ${shard.id} in stream ${stream.name} is not one of this shard.`,
    );
  }
  return sequence;
}

function childrenOf(stream: Stream, { id }: Shard) {
  return stream.shards
    .filter(({ parentId, adjacentParentId }) => parentId === id || adjacentParentId === id)
    .map((child) => ({
      ShardId: child.id,
      ParentShards: [child.parentId, child.adjacentParentId].filter((parent) => parent !== undefined),
      HashKeyRange: { StartingHashKey: String(child.range.start), EndingHashKey: String(child.range.end) },
    }));
}
