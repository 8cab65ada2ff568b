/** Making, showing and removing streams. Source: Kinesis Data Streams API Reference, each operation's page. */
import type { JsonBody } from "../process/json-protocol.ts";
import { invalid, invalidArgument, optionalInteger, optionalText, requiredText } from "./request-body.ts";
import { openShards, type Shard, type Stream } from "./stream.ts";
import type { Streams } from "./streams.ts";

/** ON_DEMAND begins with four shards. */
export const ON_DEMAND_SHARDS = 4;

export function streamOperations(streams: Streams): Readonly<Record<string, (body: JsonBody) => unknown>> {
  return {
    /** A stream is ACTIVE at once here. */
    CreateStream(body) {
      const name = requiredText(body, "StreamName");
      if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(name))
        throw invalid("StreamName", "must match [a-zA-Z0-9_.-]{1,128}");
      const shardCount = optionalInteger(body, "ShardCount", 1, 10_000);
      const mode = streamMode(body);
      if (mode === "ON_DEMAND" && shardCount !== undefined) {
        throw invalid("ShardCount", "must not be given for an ON_DEMAND stream");
      }
      if (mode === "PROVISIONED" && shardCount === undefined) {
        throw invalid("ShardCount", "must be given for a PROVISIONED stream");
      }
      const maxKiB = optionalInteger(body, "MaxRecordSizeInKiB", 1_024, 10_240);
      streams.create(name, {
        shardCount: shardCount ?? ON_DEMAND_SHARDS,
        onDemand: mode === "ON_DEMAND",
        ...(maxKiB === undefined ? {} : { maxRecordBytes: maxKiB * 1_024 }),
      });
      return {};
    },
    DeleteStream(body) {
      streams.remove(streams.named(body));
      return {};
    },
    DescribeStream(body) {
      const stream = streams.named(body);
      const limit = optionalInteger(body, "Limit", 1, 10_000) ?? 100;
      const after = optionalText(body, "ExclusiveStartShardId");
      const shards = stream.shards.filter(({ id }) => after === undefined || id > after);
      return {
        StreamDescription: {
          ...described(stream),
          Shards: shards.slice(0, limit).map(describedShard),
          HasMoreShards: shards.length > limit,
        },
      };
    },
    DescribeStreamSummary(body) {
      const stream = streams.named(body);
      return {
        StreamDescriptionSummary: {
          ...described(stream),
          OpenShardCount: openShards(stream).length,
          ConsumerCount: 0,
          MaxRecordSizeInKiB: stream.maxRecordBytes / 1_024,
        },
      };
    },
    ListStreams(body) {
      const limit = optionalInteger(body, "Limit", 1, 10_000) ?? 100;
      const after = optionalText(body, "ExclusiveStartStreamName") ?? optionalText(body, "NextToken");
      const found = streams.all().filter(({ name }) => after === undefined || name > after);
      const page = found.slice(0, limit);
      const more = found.length > limit;
      return {
        StreamNames: page.map(({ name }) => name),
        StreamSummaries: page.map((stream) => ({
          StreamName: stream.name,
          StreamARN: stream.arn,
          StreamStatus: "ACTIVE",
          StreamModeDetails: { StreamMode: stream.onDemand ? "ON_DEMAND" : "PROVISIONED" },
          StreamCreationTimestamp: stream.createdAtMs / 1_000,
        })),
        HasMoreStreams: more,
        ...(more ? { NextToken: page.at(-1)?.name } : {}),
      };
    },
    ListShards(body) {
      const token = optionalText(body, "NextToken");
      const [tokenStream, tokenAfter] = token?.split("/") ?? [];
      if (token !== undefined && (body["StreamName"] ?? body["StreamARN"]) !== undefined) {
        throw invalidArgument("NextToken and StreamName cannot be provided together.");
      }
      if ((body["ShardFilter"] ?? undefined) !== undefined) {
        throw invalidArgument("ShardFilter is not served here; list all shards, and choose among them.");
      }
      const stream = streams.named(tokenStream === undefined ? body : { StreamName: tokenStream });
      const limit = optionalInteger(body, "MaxResults", 1, 10_000) ?? 1_000;
      const after = tokenAfter ?? optionalText(body, "ExclusiveStartShardId");
      const found = stream.shards.filter(({ id }) => after === undefined || id > after);
      const page = found.slice(0, limit);
      return {
        Shards: page.map(describedShard),
        ...(found.length > limit ? { NextToken: `${stream.name}/${page.at(-1)?.id}` } : {}),
      };
    },
  };
}

function streamMode(body: JsonBody): "ON_DEMAND" | "PROVISIONED" {
  const details = body["StreamModeDetails"] ?? undefined;
  if (details === undefined) return "PROVISIONED";
  const mode = typeof details === "object" && "StreamMode" in details ? details.StreamMode : undefined;
  if (mode === "ON_DEMAND" || mode === "PROVISIONED") return mode;
  throw invalid("StreamModeDetails.StreamMode", "must be ON_DEMAND or PROVISIONED");
}

function described(stream: Stream) {
  return {
    StreamName: stream.name,
    StreamARN: stream.arn,
    StreamStatus: "ACTIVE",
    StreamModeDetails: { StreamMode: stream.onDemand ? "ON_DEMAND" : "PROVISIONED" },
    RetentionPeriodHours: stream.retentionHours,
    StreamCreationTimestamp: stream.createdAtMs / 1_000,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: "NONE",
  };
}

function describedShard({ id, parentId, adjacentParentId, range, startSequence, closed }: Shard) {
  return {
    ShardId: id,
    ...(parentId === undefined ? {} : { ParentShardId: parentId }),
    ...(adjacentParentId === undefined ? {} : { AdjacentParentShardId: adjacentParentId }),
    HashKeyRange: { StartingHashKey: String(range.start), EndingHashKey: String(range.end) },
    SequenceNumberRange: {
      StartingSequenceNumber: String(startSequence),
      ...(closed === undefined ? {} : { EndingSequenceNumber: String(closed.endSequence) }),
    },
  };
}
