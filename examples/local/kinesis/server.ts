import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { localCredentials } from "../credentials.ts";
import { startBothProtocols } from "../process/both-protocols.ts";
import { jsonListener } from "../process/json-protocol.ts";
import type { CloudClock, Running } from "../services.ts";
import type { DataStream } from "../template/stack.ts";
import { getOperations } from "./get-operations.ts";
import { putOperations } from "./put-operations.ts";
import { reshardOperations } from "./reshard-operations.ts";
import { ON_DEMAND_SHARDS, streamOperations } from "./stream-operations.ts";
import { makeStreams } from "./streams.ts";
import { type WriteLimits, writeLimiter } from "./write-limits.ts";

export interface KinesisOptions {
  /** Those of the templates; others can be made with CreateStream. */
  readonly streams: readonly DataStream[];
  readonly clock: CloudClock;
  readonly region: string;
  readonly accountId: string;
  /** None by default: a shard takes whatever comes. */
  readonly writeLimits?: WriteLimits;
}

export interface Kinesis extends Running {
  /** For AWS_ENDPOINT_URL_KINESIS. */
  readonly endpoint: string;
  /** A client of the wire API; stopped with the service. */
  readonly client: KinesisClient;
  /** Puts one record for another service. */
  put(streamArn: string, data: string, partitionKey: string): Promise<void>;
}

/** Room for 10 MiB as Base64, and 500 partition keys with every character escaped. */
const MAX_BODY_BYTES = 16 * 1_048_576;

/** Starts the Kinesis Data Streams API on a free loopback port, over HTTP/1.1 and HTTP/2. */
export async function startKinesis(options: KinesisOptions): Promise<Kinesis> {
  const { clock, region, accountId } = options;
  const streams = makeStreams({ clock, region, accountId });
  for (const { name, shardCount, retentionHours } of options.streams) {
    const onDemand = shardCount === undefined;
    streams.create(name, { shardCount: shardCount ?? ON_DEMAND_SHARDS, onDemand, retentionHours });
  }
  const api = jsonListener({
    name: "Kinesis",
    version: "1.1",
    target: "Kinesis_20131202",
    operations: {
      ...streamOperations(streams),
      ...reshardOperations(streams, clock),
      ...putOperations(streams, clock, writeLimiter(options.writeLimits, clock)),
      ...getOperations(streams, clock),
    },
    maxBodyBytes: MAX_BODY_BYTES,
    tooLarge: "RequestEntityTooLargeException",
    internal: "InternalFailure",
  });
  const server = await startBothProtocols(api);
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new KinesisClient({
    endpoint,
    region,
    credentials: localCredentials,
    // One connection for all requests; by default the client makes one for each.
    requestHandler: { disableConcurrentStreams: false },
  });
  return {
    endpoint,
    client,
    async put(streamArn, data, partitionKey) {
      await client.send(
        new PutRecordCommand({ StreamARN: streamArn, Data: Buffer.from(data), PartitionKey: partitionKey }),
      );
    },
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}
