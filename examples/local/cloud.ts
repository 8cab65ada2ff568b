import { resolve } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { systemClock } from "./clock.ts";
import { startDelivery } from "./cloud/delivery.ts";
import { serviceGates } from "./cloud/gates.ts";
import { allStacks, type Ground, withEnvironment } from "./cloud/ground.ts";
import { startHttpApis } from "./cloud/http-apis.ts";
import { type Pending, watchProgress } from "./cloud/progress.ts";
import { consumedQueues, startQueueMappings } from "./cloud/queue-mappings.ts";
import { checkSharedNames } from "./cloud/shared-names.ts";
import { startServices } from "./cloud/start-services.ts";
import { startedParts } from "./cloud/started.ts";
import { startStreamMappings } from "./cloud/stream-mappings.ts";
import type { FaultDecisions } from "./faults/decide.ts";
import type { PassingRequest } from "./faults/gate.ts";
import type { WriteLimits } from "./kinesis/write-limits.ts";
import { buildFunctions } from "./lambda/build-functions.ts";
import { type Lambda, startLambda } from "./lambda/lambda-service.ts";
import { startReaper } from "./process/reaper.ts";
import type { Scheduler } from "./scheduler/server.ts";
import type { CloudFact, Running, ServiceName } from "./services.ts";
import { type QueueDepth, type QueuedMessage, startSqs } from "./sqs/service.ts";
import { loadTemplate } from "./template/load-template.ts";
import type { Stack } from "./template/stack.ts";

/** A template to run. */
export interface StackSource {
  /** Path of the SAM `template.yaml`. */
  readonly file: string;
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Environment variables for every function of the stack, over the template's own: stand-ins, endpoints. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface CloudOptions {
  readonly stacks: readonly StackSource[];
  /** Folder for the built functions; made when missing. */
  readonly buildDir: string;
  /** How many times as fast as on AWS deliveries wait; 1 by default. */
  readonly speed?: number;
  /** Of the cloud's own chance (jitter); 1 by default. */
  readonly seed?: number;
  readonly region?: string;
  /** Told everything that happens. What it throws is ignored. */
  readonly observe?: (fact: CloudFact) => void;
  /** Told when a service ends by itself. The cloud is of no use any more, and must still be stopped. */
  readonly onFailure?: (error: Error) => void;
  /** What a Kinesis shard takes in a second of the cloud's time (AWS: 1,000 records, 1 MiB); no limit by default. */
  readonly kinesisWriteLimits?: WriteLimits;
  /** What goes wrong on purpose; nothing by default. */
  readonly faults?: FaultDecisions;
  /** Services whose requests from functions are kept, for checks to look at. */
  readonly keepRequestsOf?: readonly ServiceName[];
  /** Processes at most for one function; `startLambda`'s few by default. */
  readonly maxEnvironments?: number;
}

export interface Cloud extends Running {
  readonly endpoints: Readonly<Record<ServiceName, string>> & {
    /** By `<stack name>/<logical id>`, and by logical id alone (the first stack that has it). */
    readonly httpApis: Readonly<Record<string, string>>;
  };
  /** Of the services that every scenario looks into; a client of another is made from its endpoint. */
  readonly clients: {
    readonly dynamodb: DynamoDBClient;
    readonly s3: S3Client;
    readonly sqs: SQSClient;
  };
  readonly stacks: readonly Stack[];
  /** What this machine's services lack, in sentences for the user. */
  readonly notes: readonly string[];
  readonly lambda: Pick<Lambda, "invoke" | "invokeAsync">;
  /** Runs a schedule now, so that a nightly one needs no night. */
  readonly schedules: Pick<Scheduler, "fire">;
  /** Every queue's depth at one moment. */
  queueDepths(): Promise<readonly QueueDepth[]>;
  /** The messages of a queue, without receiving them. */
  inspectQueue(name: string): Promise<readonly QueuedMessage[]>;
  /** What functions sent to a service whose requests are kept, in order. */
  requestsTo(service: ServiceName): readonly PassingRequest[];
  /** Work in progress. Messages and records count that a function consumes; others hold what came to its end. */
  pending(): Promise<Pending>;
  /** Resolves once nothing is pending; rejects when that takes longer than `timeoutMs` (real; no limit by default), or when it is stopped. */
  idle(timeoutMs?: number): Promise<void>;
}

/**
 * Runs templates on this machine. What was started is stopped in reverse order, also when a later part does not start.
 *
 * @throws TemplateError, BuildError or an Error naming the place of what cannot be run.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { stop, track } = startedParts();
  let facts = 0;
  const observe = (fact: CloudFact): void => {
    facts += 1;
    try {
      options.observe?.(fact);
    } catch {
      // A listener's failure is its own.
    }
  };
  try {
    return await startParts(options, { track, observe, facts: () => facts, stop });
  } catch (error) {
    // Why it did not start matters more than how it stopped.
    await stop().catch(() => {});
    throw error;
  }
}

async function startParts(
  options: CloudOptions,
  base: Pick<Ground, "track" | "observe"> & Pick<Cloud, "stop"> & { readonly facts: () => number },
): Promise<Cloud> {
  const { track, observe, facts, stop } = base;
  const region = options.region ?? "us-east-1";
  const clock = systemClock(options.speed);
  const reaper = track(startReaper());
  reaper.watchFolder(resolve(options.buildDir));
  const { faults, maxEnvironments } = options;
  const accountId = "000000000000";
  const sqs = track(await startSqs({ region, accountId, clock }));
  const stacks = options.stacks.map((source) =>
    readStack(source, { region, accountId, speed: clock.speed, sqsEndpoint: sqs.endpoint }),
  );
  checkSharedNames(stacks);
  const all = allStacks(stacks);
  const building = buildFunctions(all.functions, options.buildDir);
  building.catch(() => {});

  const ground: Ground = {
    region,
    accountId,
    clock,
    observe,
    ...startDelivery(),
    track,
    reaper,
    seed: options.seed ?? 1,
    ...(faults === undefined ? {} : { faults }),
  };
  const services = await startServices(ground, all, {
    sqs,
    lambda: {
      invoke: (...call) => lambda.invoke(...call),
      invokeAsync: (...call) => lambda.invokeAsync(...call),
    },
    directory: options.buildDir,
    kinesisWriteLimits: options.kinesisWriteLimits,
    onFailure: (error) => options.onFailure?.(error),
  });
  const { dynamodb, kinesis, s3, scheduler, endpoints } = services;
  const gates = serviceGates({ faults, keepRequestsOf: options.keepRequestsOf ?? [], observe, track });
  const serviceEnvironment = await gates.environmentFor(endpoints);
  const lambda: Lambda = track(
    startLambda({
      functions: all.functions.map(gates.led),
      ...(await building),
      region,
      serviceEnvironment,
      deliver: ground.deliver,
      clock,
      observe,
      reaper,
      ...(faults === undefined ? {} : { faults }),
      ...(maxEnvironments === undefined ? {} : { maxEnvironments }),
    }),
  );
  ground.serve("lambda", (arn, payload) => lambda.invokeAsync(arn, payload, { source: "async" }));

  // Once everyone is there who can be told: a queue or topic gets its test event now.
  await s3.createBuckets(
    all.buckets.map(({ notifications: targets, eventBridge, ...bucket }) => ({
      ...bucket,
      notifications: { targets, eventBridge },
    })),
  );
  const polling = startQueueMappings(ground, all, { sqs, lambda });
  const streaming = await startStreamMappings(ground, all, { dynamodb, kinesis, lambda });
  const httpApis = await startHttpApis(ground, stacks, lambda);
  scheduler.begin();

  const { pending, idle } = track(
    watchProgress({
      clock,
      facts,
      invocations: [lambda.pending, services.executions, ...polling.map((mapping) => mapping.pending)],
      deliveries: services.deliveries,
      streams: streaming.map((mapping) => mapping.pending),
      depths: sqs.depths,
      consumed: consumedQueues(all),
    }),
  );
  return {
    endpoints: { ...endpoints, httpApis },
    clients: { dynamodb: dynamodb.client, s3: s3.client, sqs: sqs.client },
    stacks,
    notes: dynamodb.missing === undefined ? [] : [dynamodb.missing],
    lambda,
    schedules: scheduler,
    queueDepths: sqs.depths,
    inspectQueue: sqs.inspect,
    requestsTo: gates.requestsTo,
    pending,
    idle,
    stop,
  };
}

function readStack(
  { file, name, parameters, environment }: StackSource,
  served: {
    readonly region: string;
    readonly accountId: string;
    readonly speed: number;
    readonly sqsEndpoint: string;
  },
): Stack {
  const stack = loadTemplate(file, {
    name,
    ...served,
    ...(parameters === undefined ? {} : { parameters }),
  });
  return { ...stack, functions: stack.functions.map((fn) => withEnvironment(fn, environment)) };
}
