import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LambdaContext } from "holdfast";
import type { KinesisEvent } from "holdfast/batching";
import { seededRandom } from "../../../examples/local/seeded-random.ts";
import { planUsage } from "../../../examples/streaming/scenario/usage.ts";
import { measure } from "../../harness.ts";

/**
 * Nanoseconds of CPU that the app's own handler takes for an event, of a batch of so many, with the AWS client in front of a table that takes
 * everything. `parsed`: with the JSON of the whole invocation, which the runtime reads before.
 */
export async function consumerNs(
  events: number,
): Promise<{ readonly handler: readonly number[]; readonly parsed: readonly number[] }> {
  const standIn = spawn(process.execPath, [fileURLToPath(new URL("../bulk/stand-in.ts", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const [port] = (await once(standIn.stdout, "data")) as [Buffer];
    const endpoint = `http://127.0.0.1:${Number(port.toString())}`;
    Object.assign(process.env, {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      USAGE_TABLE: "usage",
      DEAD_LETTERS_URL: `${endpoint}/dead`,
    });
    const { handler } = await import("../../../examples/streaming/src/handlers/count-usage.ts");
    const payload = JSON.stringify(eventOf(events));
    const event: KinesisEvent = JSON.parse(payload);
    // Its line for each batch is not this program's output.
    const write = process.stdout.write;
    process.stdout.write = (() => true) as typeof write;
    try {
      const ns = await measure(
        [
          { name: "handler", run: () => handler(event, context()) },
          { name: "parsed", run: () => handler(JSON.parse(payload), context()) },
        ] as const,
        { rounds: 11, roundMs: 100, leastTimes: 1 },
      );
      const perEvent = (samples: readonly number[]): number[] => samples.map((one) => one / events);
      return { handler: perEvent(ns.handler), parsed: perEvent(ns.parsed) };
    } finally {
      process.stdout.write = write;
    }
  } finally {
    standIn.kill();
  }
}

function context(): LambdaContext {
  const endMs = Date.now() + 60_000;
  return {
    functionName: "bench",
    awsRequestId: "00000000-0000-0000-0000-000000000000",
    getRemainingTimeInMillis: () => endMs - Date.now(),
  } as LambdaContext;
}

/** The good events of a plan as one batch of a shard. */
function eventOf(events: number): KinesisEvent {
  const plan = planUsage(events, seededRandom(1));
  const bad = new Set(plan.bad.map(({ data }) => data));
  const good = plan.records.filter(({ data }) => !bad.has(data));
  const eventSourceARN = "arn:aws:kinesis:us-east-1:000000000000:stream/streaming-UsageStream";
  const Records = good.map(({ partitionKey, data }, index) => {
    const sequenceNumber = String(5n * 10n ** 55n + BigInt(index));
    return {
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey,
        sequenceNumber,
        data: Buffer.from(data).toString("base64"),
        approximateArrivalTimestamp: 1_764_061_200.123,
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `shardId-000000000000:${sequenceNumber}`,
      eventName: "aws:kinesis:record",
      invokeIdentityArn: "arn:aws:iam::000000000000:role/local",
      awsRegion: "us-east-1",
      eventSourceARN,
    };
  });
  return { Records };
}
