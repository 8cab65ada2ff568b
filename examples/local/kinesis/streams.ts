import type { JsonBody } from "../process/json-protocol.ts";
import { RequestError } from "../process/request-error.ts";
import type { CloudClock } from "../services.ts";
import { invalidArgument, optionalText } from "./request-body.ts";
import { expire, makeStream, type Shard, type Stream } from "./stream.ts";

/** The streams of the account, as every operation sees them. */
export interface Streams {
  all(): readonly Stream[];
  create(
    name: string,
    given: {
      readonly shardCount: number;
      readonly onDemand?: boolean;
      readonly retentionHours?: number;
      readonly maxRecordBytes?: number;
    },
  ): void;
  remove(stream: Stream): void;
  /** By StreamARN or StreamName, what has expired taken out. @throws RequestError when there is none. */
  named(body: JsonBody): Stream;
  find(name: string): Stream | undefined;
  arnOf(name: string): string;
}

/** 1 MiB, unless UpdateMaxRecordSize says otherwise, which is not served ('Quotas and limits'). */
const MAX_RECORD_BYTES = 1_048_576;

export function makeStreams(options: {
  readonly clock: CloudClock;
  readonly region: string;
  readonly accountId: string;
}): Streams {
  const { clock, region, accountId } = options;
  const streams = new Map<string, Stream>();
  const arnOf = (name: string): string => `arn:aws:kinesis:${region}:${accountId}:stream/${name}`;
  const find = (name: string): Stream | undefined => {
    const stream = streams.get(name);
    if (stream !== undefined) expire(stream, clock.now(), clock.speed);
    return stream;
  };
  return {
    all: () => [...streams.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    create(name, given) {
      if (streams.has(name)) {
        throw new RequestError(
          "ResourceInUseException",
          `Stream ${name} under account ${accountId} already exists.`,
        );
      }
      const about = {
        name,
        arn: arnOf(name),
        createdAtMs: clock.now(),
        onDemand: given.onDemand ?? false,
        retentionHours: given.retentionHours ?? 24,
        maxRecordBytes: given.maxRecordBytes ?? MAX_RECORD_BYTES,
      };
      streams.set(name, makeStream(about, given.shardCount));
    },
    remove: (stream) => void streams.delete(stream.name),
    named(body) {
      const arn = optionalText(body, "StreamARN");
      const name = optionalText(body, "StreamName");
      const fromArn = arn?.split(":stream/")[1];
      if (arn !== undefined && (fromArn === undefined || arnOf(fromArn) !== arn)) {
        throw new RequestError(
          "ResourceNotFoundException",
          `Stream ${arn} under account ${accountId} not found.`,
        );
      }
      if (fromArn !== undefined && name !== undefined && fromArn !== name) {
        throw invalidArgument(`StreamName ${name} is not the stream of StreamARN ${arn}.`);
      }
      const wanted = fromArn ?? name;
      if (wanted === undefined) throw invalidArgument("Either StreamName or StreamARN must be given.");
      const stream = find(wanted);
      if (stream !== undefined) return stream;
      throw new RequestError(
        "ResourceNotFoundException",
        `Stream ${wanted} under account ${accountId} not found.`,
      );
    },
    find,
    arnOf,
  };
}

/** @throws RequestError when the stream has no such shard. */
export function shardNamed(stream: Stream, id: string): Shard {
  const shard = stream.shards.find((candidate) => candidate.id === id);
  if (shard !== undefined) return shard;
  throw new RequestError("ResourceNotFoundException", `Could not find shard ${id} in stream ${stream.name}.`);
}
