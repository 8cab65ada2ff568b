import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { localCredentials } from "../credentials.ts";
import type { DynamoDb } from "../dynamodb/service.ts";
import { compilePattern } from "../eventbridge/pattern.ts";
import type { Kinesis } from "../kinesis/server.ts";
import type { Lambda } from "../lambda/lambda-service.ts";
import { dynamoDbSource } from "../lambda/stream-mapping/dynamodb-source.ts";
import { streamFilter } from "../lambda/stream-mapping/filter.ts";
import { kinesisSource } from "../lambda/stream-mapping/kinesis-source.ts";
import type { StreamSource } from "../lambda/stream-mapping/source.ts";
import { type RunningStreamMapping, startStreamMapping } from "../lambda/stream-mapping/stream-mapping.ts";
import type { StreamMapping } from "../template/stack.ts";
import type { AllStacks, Ground } from "./ground.ts";
import { at } from "./places.ts";

/**
 * Starts the templates' mappings of streams, each with its stream and its function. Once it resolves, what is put
 * into a stream is seen.
 *
 * @throws Error naming the place of a mapping whose stream, function or filter is wrong.
 */
export async function startStreamMappings(
  { region, clock, observe, deliver, track, faults }: Ground,
  { streamMappings, tables, dataStreams, functions }: AllStacks,
  {
    dynamodb,
    kinesis,
    lambda,
  }: { readonly dynamodb: DynamoDb; readonly kinesis: Kinesis; readonly lambda: Lambda },
): Promise<readonly RunningStreamMapping[]> {
  const client = new DynamoDBStreamsClient({
    endpoint: dynamodb.endpoint,
    region,
    credentials: localCredentials,
  });
  track({ stop: async () => client.destroy() });

  async function sourceOf({ source, sourceArn }: StreamMapping): Promise<StreamSource | undefined> {
    if (source === "dynamodb") {
      const table = tables.find(({ arn }) => arn === sourceArn);
      // The template gives out this ARN (GetAtt StreamArn); the endpoint has another, which it is asked for.
      const streamArn = `${sourceArn}/stream/local`;
      return table && dynamoDbSource({ client, tableName: table.name, streamArn, nowMs: clock.now });
    }
    const stream = dataStreams.find(({ arn }) => arn === sourceArn);
    if (stream === undefined) return undefined;
    const { arn: streamArn, retentionHours } = stream;
    return kinesisSource({ client: kinesis.client, streamArn, retentionHours, nowMs: clock.now });
  }

  async function start(mapping: StreamMapping): Promise<RunningStreamMapping> {
    const source = await sourceOf(mapping);
    const fn = functions.find(({ arn }) => arn === mapping.functionArn);
    if (source === undefined || fn === undefined) {
      throw new Error("the mapping's stream or function is not in these templates");
    }
    return startStreamMapping({
      mapping,
      source,
      functionName: fn.name,
      invoke: lambda.invoke,
      accepts: streamFilter(mapping.filters, compilePattern),
      deliver,
      clock,
      observe,
      ...(faults === undefined ? {} : { faults }),
    });
  }

  const running: RunningStreamMapping[] = [];
  for (const mapping of streamMappings) {
    try {
      running.push(track(await start(mapping)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${at(mapping.place)}: ${why}`, { cause: error });
    }
  }
  return running;
}
