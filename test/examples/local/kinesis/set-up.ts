import { KinesisClient } from "@aws-sdk/client-kinesis";
import {
  type Kinesis,
  type KinesisOptions,
  startKinesis,
} from "../../../../examples/local/kinesis/server.ts";
import { type ManualClock, manualClock } from "../eventbridge/manual-clock.ts";

export interface SetUp {
  readonly kinesis: Kinesis;
  /** As its makers deliver it: with its own default request handler. */
  readonly client: KinesisClient;
  readonly clock: ManualClock;
}

const running: SetUp[] = [];

/** Starts a Kinesis on a clock that stands still, with a stream `orders` of two shards. */
export async function setUp(options: Partial<KinesisOptions> = {}, speed = 1): Promise<SetUp> {
  const clock = manualClock(speed);
  const place = { file: "template.yaml", line: 1, path: "Resources.Orders" };
  const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
  const kinesis = await startKinesis({
    streams: [{ logicalId: "Orders", name: "orders", arn, place, shardCount: 2, retentionHours: 24 }],
    clock,
    region: "eu-west-1",
    accountId: "123456789012",
    ...options,
  });
  const client = new KinesisClient({
    endpoint: kinesis.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
  });
  const made = { kinesis, client, clock };
  running.push(made);
  return made;
}

export async function stopAll(): Promise<void> {
  for (const { kinesis, client } of running.splice(0)) {
    client.destroy();
    await kinesis.stop();
  }
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const read = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);
