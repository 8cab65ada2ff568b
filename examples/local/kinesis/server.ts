import { randomUUID } from "node:crypto";
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { type Listener, startBothProtocols } from "../process/both-protocols.ts";
import { readBody } from "../process/http-server.ts";
import type { CloudClock, Running } from "../services.ts";
import type { DataStream } from "../template/stack.ts";
import { getOperations } from "./get-operations.ts";
import { putOperations } from "./put-operations.ts";
import type { Body } from "./request-body.ts";
import { RequestError } from "./request-error.ts";
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
  const served: Operations = {
    ...streamOperations(streams),
    ...reshardOperations(streams, clock),
    ...putOperations(streams, clock, writeLimiter(options.writeLimits, clock)),
    ...getOperations(streams, clock),
  };
  const server = await startBothProtocols((request, response) => void answer(served, request, response));
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new KinesisClient({
    endpoint,
    region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
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

type Operations = Readonly<Record<string, (body: Body) => unknown>>;

async function answer(
  served: Operations,
  request: Parameters<Listener>[0],
  response: Parameters<Listener>[1],
): Promise<void> {
  const send = (status: number, value: unknown): void => {
    response.statusCode = status;
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.setHeader("x-amzn-requestid", randomUUID());
    response.end(JSON.stringify(value));
  };
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === "too-large")
      throw new RequestError("RequestEntityTooLargeException", "The request is too large.");
    const operation = operationOf(served, request.method, request.headers["x-amz-target"]);
    const result = operation(parseBody(body));
    send(200, result);
  } catch (error) {
    if (error instanceof RequestError) return send(400, { __type: error.code, message: error.message });
    send(500, { __type: "InternalFailure", message: error instanceof Error ? error.message : String(error) });
  }
}

function operationOf(
  served: Operations,
  method: string | undefined,
  target: string | readonly string[] | undefined,
): (body: Body) => unknown {
  const [, name] = /^Kinesis_20131202\.(\w+)$/.exec(String(target)) ?? [];
  if (method !== "POST" || name === undefined) {
    throw new RequestError(
      "UnknownOperationException",
      "This is Kinesis: POST with the header X-Amz-Target: Kinesis_20131202.<Operation>.",
    );
  }
  const operation = Object.hasOwn(served, name) ? served[name] : undefined;
  if (operation !== undefined) return operation;
  throw new RequestError(
    "UnknownOperationException",
    `Kinesis's ${name} is not served here. Served: ${Object.keys(served).join(", ")}.`,
  );
}

function parseBody(body: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(body === "" ? "{}" : body);
  } catch {
    throw new RequestError("SerializationException", "The body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RequestError("SerializationException", "The body is not a JSON object.");
  }
  return { ...value };
}
