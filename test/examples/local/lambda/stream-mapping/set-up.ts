import { PutRecordCommand } from "@aws-sdk/client-kinesis";
import { expect } from "vitest";
import { compilePattern } from "../../../../../examples/local/eventbridge/pattern.ts";
import { type Kinesis, startKinesis } from "../../../../../examples/local/kinesis/server.ts";
import type { InvokeResult, LambdaFaults } from "../../../../../examples/local/lambda/invocation.ts";
import { limits } from "../../../../../examples/local/lambda/limits.ts";
import { streamFilter } from "../../../../../examples/local/lambda/stream-mapping/filter.ts";
import { kinesisSource } from "../../../../../examples/local/lambda/stream-mapping/kinesis-source.ts";
import {
  type RunningStreamMapping,
  startStreamMapping,
} from "../../../../../examples/local/lambda/stream-mapping/stream-mapping.ts";
import type { CloudFact } from "../../../../../examples/local/services.ts";
import type { StreamMapping } from "../../../../../examples/local/template/stack.ts";
import { accountId, place, realClock, region } from "../fixtures.ts";

export const functionArn = `arn:aws:lambda:${region}:${accountId}:function:consume`;
export const streamArn = `arn:aws:kinesis:${region}:${accountId}:stream/orders`;
export const queueArn = `arn:aws:sqs:${region}:${accountId}:dead`;

export const ok = (payload: unknown = null): InvokeResult => ({
  status: "ok",
  requestId: "r",
  payload: JSON.stringify(payload),
});
export const failed: InvokeResult = { status: "error", requestId: "r", kind: "error", payload: "{}" };
export const throttled: InvokeResult = { status: "throttled", requestId: "r", message: "Rate Exceeded." };

export interface KinesisEventRecord {
  readonly kinesis: { readonly sequenceNumber: string; readonly partitionKey: string; readonly data: string };
  readonly eventID: string;
}

export interface StreamEvent {
  readonly Records: readonly KinesisEventRecord[];
  readonly [more: string]: unknown;
}

export interface Invocation {
  readonly values: readonly string[];
  readonly event: StreamEvent;
  readonly attempt: number | undefined;
}

export interface SetUp {
  readonly kinesis: Kinesis;
  readonly mapping: RunningStreamMapping;
  readonly invocations: Invocation[];
  readonly facts: CloudFact[];
  readonly delivered: { readonly arn: string; readonly body: unknown; readonly attributes: unknown }[];
  put(value: string, partitionKey?: string): Promise<string>;
  /** Until the mapping says that nothing is left. */
  settled(): Promise<void>;
  values(): string[];
  stop(): Promise<void>;
}

export function mappingOf(over: Partial<StreamMapping> = {}): StreamMapping {
  return {
    logicalId: "Mapping",
    source: "kinesis",
    sourceArn: streamArn,
    functionArn,
    enabled: true,
    startingPosition: "TRIM_HORIZON",
    batchSize: 100,
    windowSeconds: 0,
    parallelizationFactor: 1,
    bisectOnFunctionError: false,
    maximumRetryAttempts: -1,
    maximumRecordAgeSeconds: -1,
    tumblingWindowSeconds: 0,
    reportBatchItemFailures: false,
    filters: [],
    place,
    ...over,
  };
}

const running: SetUp[] = [];

/** A stream, records in it, and a mapping to a function that answers as told. */
export async function setUp(
  given: {
    readonly answer?: (
      invocation: Invocation,
      call: number,
      stream: Kinesis,
    ) => InvokeResult | Promise<InvokeResult>;
    readonly mapping?: Partial<StreamMapping>;
    readonly before?: readonly string[];
    readonly shards?: number;
    readonly speed?: number;
    readonly faults?: LambdaFaults;
    readonly deliverFails?: boolean;
    readonly prepare?: (kinesis: Kinesis) => Promise<void>;
  } = {},
): Promise<SetUp> {
  const clock = realClock(given.speed ?? 1_000);
  const kinesis = await startKinesis({
    streams: [
      {
        logicalId: "Orders",
        name: "orders",
        arn: streamArn,
        place,
        shardCount: given.shards ?? 1,
        retentionHours: 24,
      },
    ],
    clock,
    region,
    accountId,
  });
  const invocations: Invocation[] = [];
  const facts: CloudFact[] = [];
  const delivered: SetUp["delivered"] = [];
  const put = async (value: string, PartitionKey = "k"): Promise<string> => {
    const { SequenceNumber = "" } = await kinesis.client.send(
      new PutRecordCommand({ StreamName: "orders", Data: Buffer.from(value), PartitionKey }),
    );
    return SequenceNumber;
  };
  for (const value of given.before ?? []) await put(value);
  await given.prepare?.(kinesis);
  const settings = mappingOf(given.mapping);
  const mapping = await startStreamMapping({
    mapping: settings,
    source: kinesisSource({ client: kinesis.client, streamArn, retentionHours: 24, nowMs: clock.now }),
    functionName: "consume",
    invoke: async (arn, payload, how) => {
      expect(arn).toBe(functionArn);
      expect(how.source).toBe("kinesis:orders");
      expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(limits.syncPayloadBytes);
      // The mapping writes it; the tests look at the shape.
      const event = JSON.parse(payload) as StreamEvent;
      const values = event.Records.map(({ kinesis: { data } }) => Buffer.from(data, "base64").toString());
      const invocation = { values, event, attempt: how.attempt };
      invocations.push(invocation);
      return (given.answer ?? (() => ok()))(invocation, invocations.length, kinesis);
    },
    accepts: streamFilter(settings.filters, compilePattern),
    deliver: async (arn, payload, attributes) => {
      if (given.deliverFails === true) throw new Error("no such queue");
      delivered.push({ arn, body: JSON.parse(payload), attributes });
    },
    clock,
    observe: (fact) => void facts.push(fact),
    ...(given.faults === undefined ? {} : { faults: given.faults }),
  });
  const made: SetUp = {
    kinesis,
    mapping,
    invocations,
    facts,
    delivered,
    put,
    async settled() {
      const until = Date.now() + 5_000;
      while ((await mapping.pending()) > 0) {
        if (Date.now() > until) throw new Error(`still ${await mapping.pending()} pending`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    values: () => invocations.flatMap(({ values }) => values),
    async stop() {
      await mapping.stop();
      await kinesis.stop();
    },
  };
  running.push(made);
  return made;
}

export async function stopAll(): Promise<void> {
  for (const { stop } of running.splice(0)) await stop();
}
