import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { compilePattern } from "../eventbridge/pattern.ts";
import type { LambdaFaults } from "../lambda/invocation.ts";
import type { Invoke } from "../lambda/stream-mapping/batch-invoke.ts";
import { dynamoDbSource } from "../lambda/stream-mapping/dynamodb-source.ts";
import { streamFilter } from "../lambda/stream-mapping/filter.ts";
import { kinesisSource } from "../lambda/stream-mapping/kinesis-source.ts";
import type { StreamSource } from "../lambda/stream-mapping/source.ts";
import { type RunningStreamMapping, startStreamMapping } from "../lambda/stream-mapping/stream-mapping.ts";
import type { CloudClock, Deliver, Observe } from "../services.ts";
import type { Stack, StreamMapping } from "../template/stack.ts";
import { at } from "./places.ts";

/**
 * Starts the templates' mappings of streams, each with its stream and its function. Once it resolves, what is put
 * into a stream is seen.
 *
 * @throws Error naming the place of a mapping whose stream, function or filter is wrong; those before it are stopped.
 */
export async function startStreamMappings(options: {
  readonly stacks: readonly Stack[];
  readonly kinesis: KinesisClient;
  readonly dynamoDbEndpoint: string;
  readonly region: string;
  readonly invoke: Invoke;
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly faults?: LambdaFaults;
}): Promise<RunningStreamMapping> {
  const { stacks, kinesis, region, invoke, deliver, clock, observe, faults } = options;
  const functions = stacks.flatMap((stack) => stack.functions);
  const tables = stacks.flatMap((stack) => stack.tables);
  const dataStreams = stacks.flatMap((stack) => stack.dataStreams);
  const client = new DynamoDBStreamsClient({
    endpoint: options.dynamoDbEndpoint,
    region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

  async function sourceOf({ source, sourceArn }: StreamMapping): Promise<StreamSource | undefined> {
    if (source === "dynamodb") {
      const table = tables.find(({ arn }) => arn === sourceArn);
      // The template gives out this ARN (GetAtt StreamArn); the endpoint has another, which it is asked for.
      const streamArn = `${sourceArn}/stream/local`;
      return table && dynamoDbSource({ client, tableName: table.name, streamArn, nowMs: clock.now });
    }
    const stream = dataStreams.find(({ arn }) => arn === sourceArn);
    const { retentionHours } = stream ?? { retentionHours: 24 };
    return (
      stream && kinesisSource({ client: kinesis, streamArn: stream.arn, retentionHours, nowMs: clock.now })
    );
  }

  async function start(mapping: StreamMapping): Promise<RunningStreamMapping> {
    try {
      const source = await sourceOf(mapping);
      const fn = functions.find(({ arn }) => arn === mapping.functionArn);
      if (source === undefined || fn === undefined) {
        throw new Error("the mapping's stream or function is not in these templates");
      }
      return await startStreamMapping({
        mapping,
        source,
        functionName: fn.name,
        invoke,
        accepts: streamFilter(mapping.filters, compilePattern),
        deliver,
        clock,
        observe,
        ...(faults === undefined ? {} : { faults }),
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${at(mapping.place)}: ${why}`, { cause: error });
    }
  }

  const running: RunningStreamMapping[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((mapping) => mapping.stop()));
    client.destroy();
  };
  try {
    for (const mapping of stacks.flatMap((stack) => stack.streamMappings)) running.push(await start(mapping));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async pending() {
      const counts = await Promise.all(running.map((mapping) => mapping.pending()));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    stop,
  };
}
