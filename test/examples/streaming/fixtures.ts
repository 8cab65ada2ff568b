import type { KinesisRecord } from "holdfast/batching";

/** A record of a stream, the n-th of its shard. */
export function kinesisRecord(
  n: number,
  partitionKey: string,
  data: unknown,
  arrivedAtMs = 0,
): KinesisRecord {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  const sequenceNumber = String(5n * 10n ** 55n + BigInt(n));
  return {
    awsRegion: "us-east-1",
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    eventSource: "aws:kinesis",
    eventSourceARN: "arn:aws:kinesis:us-east-1:000000000000:stream/s",
    eventVersion: "1.0",
    invokeIdentityArn: "arn:aws:iam::000000000000:role/r",
    kinesis: {
      approximateArrivalTimestamp: arrivedAtMs / 1_000,
      data: Buffer.from(text).toString("base64"),
      kinesisSchemaVersion: "1.0",
      partitionKey,
      sequenceNumber,
    },
  };
}
