/**
 * What goes to the on-failure destination (AWS pages 'Retain discarded batch records for a Kinesis Data Streams event
 * source' and '… for a DynamoDB event source'): where the records are, not the records. S3 alone gets these as well: the
 * event as JSON text within the JSON.
 */
import { randomUUID } from "node:crypto";
import type { InvokeResult } from "../invocation.ts";
import type { StreamRecord, StreamSource } from "./source.ts";

export type DiscardCondition = "RetryAttemptsExhausted" | "RecordAgeExceeded";

export interface Discarded {
  readonly records: readonly StreamRecord[];
  readonly condition: DiscardCondition;
  readonly invocations: number;
  /** Undefined when the function never ran with them. */
  readonly last?: InvokeResult;
}

export function failureRecord(
  source: StreamSource,
  about: {
    readonly functionArn: string;
    readonly shardId: string;
    readonly nowMs: number;
    readonly toS3: boolean;
  },
  { records, condition, invocations, last }: Discarded,
): string {
  const [first, end] = [records[0], records.at(-1)];
  // DynamoDB's stamps are in whole seconds.
  const instant = (ms = 0): string => {
    const text = new Date(ms).toISOString();
    return source.batchInfoName === "DDBStreamBatchInfo" ? text.replace(/\.\d{3}Z$/, "Z") : text;
  };
  const ran = last?.status === "ok" || last?.status === "error" ? last : undefined;
  return JSON.stringify({
    requestContext: {
      requestId: last?.requestId || randomUUID(),
      functionArn: about.functionArn,
      condition,
      approximateInvokeCount: invocations,
    },
    ...(ran === undefined
      ? {}
      : {
          responseContext: {
            statusCode: 200,
            executedVersion: "$LATEST",
            functionError: ran.status === "error" ? "Unhandled" : null,
          },
        }),
    version: "1.0",
    timestamp: new Date(about.nowMs).toISOString(),
    [source.batchInfoName]: {
      shardId: about.shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: end?.sequenceNumber,
      approximateArrivalOfFirstRecord: instant(first?.arrivedAtMs),
      approximateArrivalOfLastRecord: instant(end?.arrivedAtMs),
      batchSize: records.length,
      streamArn: source.streamArn,
    },
    ...(about.toS3 ? { payload: JSON.stringify({ Records: records.map(({ event }) => event) }) } : {}),
  });
}

/** The name of the object in a bucket: `aws/lambda/<mapping>/<shard>/2026/11/25/2026-11-25T12.30.00-<UUID>`. */
export function failureKey(mappingId: string, shardId: string, nowMs: number): string {
  const [day = "", time = ""] = new Date(nowMs).toISOString().split("T");
  const at = `${day}T${time.slice(0, 8).replaceAll(":", ".")}`;
  return `aws/lambda/${mappingId}/${shardId}/${day.replaceAll("-", "/")}/${at}-${randomUUID()}`;
}
