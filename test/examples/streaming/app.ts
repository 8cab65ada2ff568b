import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { systemClock } from "../../../examples/local/clock.ts";
import { startDynamoDb } from "../../../examples/local/dynamodb/service.ts";
import type { RequestVerdict } from "../../../examples/local/faults/decide.ts";
import { type PassingRequest, startGate } from "../../../examples/local/faults/gate.ts";
import { startReaper } from "../../../examples/local/process/reaper.ts";
import { type Item, tableByKey } from "../../../examples/local/run/tables.ts";
import { startS3 } from "../../../examples/local/s3/server.ts";
import { type QueuedMessage, startSqs } from "../../../examples/local/sqs/service.ts";
import { loadTemplate } from "../../../examples/local/template/load-template.ts";
import { readArchive } from "../../../examples/streaming/scenario/archive.ts";
import type { Archived } from "../../../examples/streaming/scenario/check-payments.ts";

type Decide = (request: PassingRequest) => RequestVerdict | undefined;

/** The tables, queues and the bucket that the template names, for handlers that run in this process. */
export interface App {
  /** What happens to requests to DynamoDB, SQS and S3; nothing, unless it is set. */
  fate: Decide;
  /** The environment that the template gives to a function: to be called before its handler is loaded. */
  environmentOf(logicalId: string): void;
  table(logicalId: string): Promise<ReadonlyMap<string, Item>>;
  /** What has come into a queue since it was last asked. */
  newMessages(logicalId: string): Promise<readonly QueuedMessage[]>;
  archive(): Promise<Archived>;
  stop(): Promise<void>;
}

export async function startApp(): Promise<App> {
  const stops: (() => Promise<unknown>)[] = [];
  const started = <R extends { stop(): Promise<void> }>(running: R): R => {
    stops.push(() => running.stop());
    return running;
  };
  const region = "us-east-1";
  const accountId = "000000000000";
  const clock = systemClock();
  const directory = await mkdtemp(join(tmpdir(), "streaming-"));
  stops.push(() => rm(directory, { recursive: true, force: true }));
  const sqs = started(await startSqs({ region, accountId, clock }));
  const dynamodb = started(await startDynamoDb({ reaper: started(startReaper()), region }));
  const s3 = started(
    await startS3({
      directory,
      region,
      accountId,
      clock,
      observe: () => {},
      deliver: async () => {},
      putEvent: async () => {},
    }),
  );
  const decide: Decide = (request) => app.fate(request);
  const gates = {
    DYNAMODB: started(
      await startGate({ service: "dynamodb", target: dynamodb.endpoint, decide, keepBodies: true }),
    ),
    SQS: started(await startGate({ service: "sqs", target: sqs.endpoint, decide })),
    S3: started(await startGate({ service: "s3", target: s3.endpoint, decide })),
  };
  const stack = loadTemplate("examples/streaming/template.yaml", {
    name: "streaming",
    region,
    // Functions send through the gate.
    sqsEndpoint: gates.SQS.endpoint,
  });
  await sqs.createQueues(stack.queues);
  await dynamodb.createTables(stack.tables);
  await s3.createBuckets(
    stack.buckets.map(({ notifications: targets, eventBridge, ...more }) => ({
      ...more,
      notifications: { targets, eventBridge },
    })),
  );
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  for (const [service, { endpoint }] of Object.entries(gates))
    vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, endpoint);
  const read = new Map<string, number>();

  const app: App = {
    fate: () => undefined,
    environmentOf(logicalId) {
      const { environment = {} } = stack.functions.find((fn) => fn.logicalId === logicalId) ?? {};
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, String(value));
    },
    table: (logicalId) => tableByKey(dynamodb.client, stack, logicalId),
    async newMessages(logicalId) {
      const name = stack.queues.find((queue) => queue.logicalId === logicalId)?.name ?? logicalId;
      const all = await sqs.inspect(name);
      const some = all.slice(read.get(name) ?? 0);
      read.set(name, all.length);
      return some;
    },
    archive: () => readArchive(s3.client, stack.buckets[0]?.name ?? ""),
    async stop() {
      vi.unstubAllEnvs();
      for (const stop of stops.reverse()) await stop();
    },
  };
  return app;
}
