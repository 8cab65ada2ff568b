import { RequestError } from "../process/request-error.ts";
import { invalidArgument } from "./request-body.ts";

/** A place in a shard: everything from this sequence number on has not been read. */
export interface ShardIterator {
  readonly streamName: string;
  /** Tells a stream from a later one of the same name. */
  readonly streamCreatedAtMs: number;
  readonly shardId: string;
  readonly from: bigint;
  /** Real milliseconds since the epoch. */
  readonly issuedAtMs: number;
}

/** Five minutes of the cloud's time (Kinesis API, 'GetShardIterator'). */
const VALID_MS = 300_000;

export function writeIterator({ from, ...rest }: ShardIterator): string {
  return Buffer.from(JSON.stringify({ ...rest, from: String(from) })).toString("base64");
}

/** @throws RequestError for what is no iterator of ours, and for one that has expired. */
export function readIterator(token: string, nowMs: number, speed: number): ShardIterator {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(token, "base64").toString("utf8"));
  } catch {
    throw invalidArgument("Invalid ShardIterator.");
  }
  if (typeof fields !== "object" || fields === null) throw invalidArgument("Invalid ShardIterator.");
  const { streamName, streamCreatedAtMs, shardId, from, issuedAtMs }: Readonly<Record<string, unknown>> = {
    ...fields,
  };
  if (
    typeof streamName !== "string" ||
    typeof streamCreatedAtMs !== "number" ||
    typeof shardId !== "string" ||
    typeof from !== "string" ||
    !/^\d+$/.test(from) ||
    typeof issuedAtMs !== "number"
  ) {
    throw invalidArgument("Invalid ShardIterator.");
  }
  const ageMs = (nowMs - issuedAtMs) * speed;
  if (ageMs > VALID_MS) {
    throw new RequestError(
      "ExpiredIteratorException",
      `Iterator expired. The iterator is ${Math.round(ageMs / 1000)} seconds old, which exceeds the maximum of 300 seconds.`,
    );
  }
  return { streamName, streamCreatedAtMs, shardId, from: BigInt(from), issuedAtMs };
}
