/** Source: Kinesis Data Streams API Reference, 'SplitShard' and 'MergeShards'. */
import type { JsonBody } from "../process/json-protocol.ts";
import { RequestError } from "../process/request-error.ts";
import type { CloudClock } from "../services.ts";
import { mergeRanges, splitRange } from "./hash-range.ts";
import { invalid, invalidArgument, requiredText } from "./request-body.ts";
import { addShard, closeShard, type Shard, type Stream } from "./stream.ts";
import { type Streams, shardNamed } from "./streams.ts";

export function reshardOperations(
  streams: Streams,
  clock: CloudClock,
): Readonly<Record<string, (body: JsonBody) => unknown>> {
  return {
    SplitShard(body) {
      const stream = provisioned(streams.named(body));
      const parent = openShard(stream, requiredText(body, "ShardToSplit"));
      const text = requiredText(body, "NewStartingHashKey");
      if (!/^(0|[1-9]\d{0,38})$/.test(text))
        throw invalid("NewStartingHashKey", "must match 0|([1-9]\\d{0,38})");
      const ranges = splitRange(parent.range, BigInt(text));
      if (ranges === undefined) {
        throw invalidArgument(
          `NewStartingHashKey ${text} must lie within the shard's range ${parent.range.start} to ${parent.range.end}, after its start.`,
        );
      }
      closeShard(stream, parent, clock.now());
      for (const range of ranges) addShard(stream, range, { parentId: parent.id });
      return {};
    },
    MergeShards(body) {
      const stream = provisioned(streams.named(body));
      const parent = openShard(stream, requiredText(body, "ShardToMerge"));
      const adjacent = openShard(stream, requiredText(body, "AdjacentShardToMerge"));
      const range = mergeRanges(parent.range, adjacent.range);
      if (range === undefined) {
        throw invalidArgument(
          `Shards ${parent.id} and ${adjacent.id} of ${stream.name} are not an adjacent pair.`,
        );
      }
      closeShard(stream, parent, clock.now());
      closeShard(stream, adjacent, clock.now());
      addShard(stream, range, { parentId: parent.id, adjacentParentId: adjacent.id });
      return {};
    },
  };
}

function provisioned(stream: Stream): Stream {
  if (!stream.onDemand) return stream;
  throw new RequestError(
    "ValidationException",
    `Stream ${stream.name} is ON_DEMAND: Kinesis reshards it by itself.`,
  );
}

function openShard(stream: Stream, id: string): Shard {
  const shard = shardNamed(stream, id);
  if (shard.closed === undefined) return shard;
  throw invalidArgument(`Shard ${id} in stream ${stream.name} is closed.`);
}
