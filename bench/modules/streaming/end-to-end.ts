import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { type Cloud, startCloud } from "../../../examples/local/cloud.ts";
import { localCredentials } from "../../../examples/local/credentials.ts";
import { tableByKey } from "../../../examples/local/run/tables.ts";
import { percentile } from "../../../examples/local/run/tally.ts";
import { seededRandom } from "../../../examples/local/seeded-random.ts";
import type { CloudFact } from "../../../examples/local/services.ts";
import { planPayments } from "../../../examples/streaming/scenario/payments.ts";
import { putAll } from "../../../examples/streaming/scenario/stream.ts";
import { planUsage, wronglyCounted } from "../../../examples/streaming/scenario/usage.ts";

/** A minute's wait takes a second. */
const SPEED = 60;
const PAYMENTS = 1_000;
const PAYMENTS_TOGETHER = 5;
const PAYMENT_PUTS_EVERY_MS = 20;

/** How usage is batched. */
export interface Batching {
  readonly batchSize: number;
  readonly windowSeconds: number;
}

/** What one run of the app's own template came to, with nothing going wrong. */
export interface EndToEnd {
  readonly events: number;
  /** From the first event put until all are counted, and what of it was putting alone. */
  readonly tookMs: number;
  readonly puttingMs: number;
  readonly invocations: number;
  /** Sum over the invocations, as Lambda sees them. */
  readonly inFunctionsMs: number;
  /** CPU of this process: the producer, the local Kinesis, the mapping and Lambda. */
  readonly cloudCpuMs: number;
}

/** Counts usage from a stream of two shards, each in two lanes. */
export async function countUsage(events: number, { batchSize, windowSeconds }: Batching): Promise<EndToEnd> {
  let invocations = 0;
  let inFunctionsMs = 0;
  const observe = (fact: CloudFact): void => {
    if (fact.type !== "invoke-end") return;
    invocations += 1;
    inFunctionsMs += fact.durationMs;
  };
  const parameters = { UsageBatchSize: String(batchSize), UsageWindowSeconds: String(windowSeconds) };
  return withCloud(parameters, observe, async (cloud, kinesis) => {
    const stream = "streaming-UsageStream";
    const random = seededRandom(1);
    // Environments start, and compile what they run.
    await putAll(kinesis, stream, planUsage(4_000, random).records);
    await cloud.idle();
    const plan = planUsage(events, random);
    const before = await tableByKey(cloud.clients.dynamodb, stackOf(cloud), "UsageTable");
    invocations = 0;
    inFunctionsMs = 0;
    const cpu = process.cpuUsage();
    const beganMs = performance.now();
    await putAll(kinesis, stream, plan.records);
    const puttingMs = performance.now() - beganMs;
    await cloud.idle();
    const tookMs = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(cpu);
    const after = await tableByKey(cloud.clients.dynamodb, stackOf(cloud), "UsageTable");
    const counted = new Map(
      [...after].map(([key, item]) => [key, { ...item, ...added(item, before.get(key)) }]),
    );
    const wrong = wronglyCounted(plan, counted);
    if (wrong.length > 0) throw new Error(`The run counted wrongly, so it measured nothing: ${wrong[0]}`);
    return { events, tookMs, puttingMs, invocations, inFunctionsMs, cloudCpuMs: (user + system) / 1_000 };
  });
}

type Item = ReturnType<typeof tableByKey> extends Promise<ReadonlyMap<string, infer I>> ? I : never;

/** What has come since the warm-up. */
function added(item: Item, before: Item | undefined) {
  const more = (name: string) => ({ N: String(Number(item[name]?.N) - Number(before?.[name]?.N ?? 0)) });
  return { events: more("events"), units: more("units") };
}

/** From a payment's arrival in the stream to its alert, in milliseconds: the median, and what 95 % do not exceed. */
export async function alertLatency(): Promise<{ readonly p50Ms: number; readonly p95Ms: number }> {
  return withCloud(
    {},
    () => {},
    async (cloud, kinesis) => {
      const stream = "streaming-PaymentStream";
      await putAll(kinesis, stream, planPayments(200, Date.now(), seededRandom(2)).records);
      await wait(2_000);
      const beganMs = Date.now();
      await putAll(kinesis, stream, planPayments(PAYMENTS, Date.now(), seededRandom(3)).records, {
        together: PAYMENTS_TOGETHER,
        between: () => wait(PAYMENT_PUTS_EVERY_MS),
      });
      await cloud.idle();
      const alerts = await tableByKey(cloud.clients.dynamodb, stackOf(cloud), "AlertsTable");
      const latencies = [...alerts.values()]
        .map(({ arrivedAtMs, raisedAtMs }) => ({ from: Number(arrivedAtMs?.N), to: Number(raisedAtMs?.N) }))
        .filter(({ from }) => from >= beganMs)
        .map(({ from, to }) => to - from);
      return { p50Ms: percentile(latencies, 0.5), p95Ms: percentile(latencies, 0.95) };
    },
  );
}

async function withCloud<R>(
  parameters: Readonly<Record<string, string>>,
  observe: (fact: CloudFact) => void,
  measure: (cloud: Cloud, kinesis: KinesisClient) => Promise<R>,
): Promise<R> {
  const buildDir = await mkdtemp(join(tmpdir(), "holdfast-bench-"));
  try {
    const cloud = await startCloud({
      stacks: [
        {
          file: fileURLToPath(new URL("../../../examples/streaming/template.yaml", import.meta.url)),
          name: "streaming",
          parameters: {
            UsageShards: "2",
            PaymentShards: "2",
            FunctionTimeout: "4",
            PaymentWindowSeconds: "300",
            ...parameters,
          },
        },
      ],
      buildDir,
      speed: SPEED,
      observe,
    });
    const kinesis = new KinesisClient({
      endpoint: cloud.endpoints.kinesis,
      region: stackOf(cloud).region,
      credentials: localCredentials,
      requestHandler: { disableConcurrentStreams: false },
    });
    try {
      return await measure(cloud, kinesis);
    } finally {
      kinesis.destroy();
      await cloud.stop();
    }
  } finally {
    await rm(buildDir, { recursive: true, force: true });
  }
}

function stackOf({ stacks: [stack] }: Cloud) {
  if (stack === undefined) throw new Error("the template made no stack");
  return stack;
}
