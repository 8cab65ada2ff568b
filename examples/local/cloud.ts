import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { systemClock } from "./clock.ts";
import { notFound, startDelivery } from "./cloud/delivery.ts";
import { serviceGates } from "./cloud/gates.ts";
import { at } from "./cloud/places.ts";
import { type Pending, watchProgress } from "./cloud/progress.ts";
import { sqsAttributes } from "./cloud/queue-messages.ts";
import { startedParts } from "./cloud/started.ts";
import { startStreamMappings } from "./cloud/stream-mappings.ts";
import { startDynamoDb } from "./dynamodb/service.ts";
import { compilePattern } from "./eventbridge/pattern.ts";
import { startEventBridge } from "./eventbridge/server.ts";
import type { FaultDecisions } from "./faults/decide.ts";
import type { PassingRequest } from "./faults/gate.ts";
import { startHttpApi } from "./http-api/server.ts";
import { startKinesis } from "./kinesis/server.ts";
import type { WriteLimits } from "./kinesis/write-limits.ts";
import { startKms } from "./kms/server.ts";
import { buildFunctions } from "./lambda/build-functions.ts";
import { startInvokeApi } from "./lambda/invoke-api.ts";
import { type Lambda, startLambda } from "./lambda/lambda-service.ts";
import { startQueueMapping } from "./lambda/queue-mapping.ts";
import type { SqsRecord } from "./lambda/sqs-event.ts";
import { sqsFilter } from "./lambda/sqs-filter.ts";
import { startReaper } from "./process/reaper.ts";
import { startS3 } from "./s3/server.ts";
import { type Scheduler, startScheduler } from "./scheduler/server.ts";
import { seededRandom } from "./seeded-random.ts";
import type { CloudFact, Running, ServiceName } from "./services.ts";
import { startSns } from "./sns/server.ts";
import { type QueueDepth, type QueuedMessage, startSqs } from "./sqs/service.ts";
import { loadTemplate } from "./template/load-template.ts";
import type { LambdaFunction, QueueMapping, Stack } from "./template/stack.ts";

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
}

export interface Cloud extends Running {
  readonly endpoints: Readonly<Record<Exclude<ServiceName, "sfn">, string>> & {
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
  /** Resolves once nothing is pending; rejects when that takes longer than `timeoutMs` (real; no limit by default). */
  idle(timeoutMs?: number): Promise<void>;
}

/**
 * Runs templates on this machine. The only place where the services meet: each is given what it needs from the
 * others. What was started is stopped in reverse order, also when a later part does not start.
 *
 * @throws TemplateError, BuildError or an Error naming the place of what cannot be run.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const region = options.region ?? "us-east-1";
  const clock = systemClock(options.speed);
  const { faults } = options;
  const { track, stop } = startedParts();
  const { deliver, serve } = startDelivery();
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
    const reaper = track(startReaper());
    reaper.watchFolder(resolve(options.buildDir));
    const sqs = track(await startSqs({ region }));
    const stacks = options.stacks.map((source) => {
      const stack = loadTemplate(source.file, {
        name: source.name,
        region,
        sqsEndpoint: sqs.endpoint,
        speed: clock.speed,
        ...(source.parameters === undefined ? {} : { parameters: source.parameters }),
      });
      return { ...stack, functions: stack.functions.map((fn) => withEnvironment(fn, source.environment)) };
    });
    const functions = stacks.flatMap((stack) => stack.functions);
    const queues = stacks.flatMap((stack) => stack.queues);
    const mappings = stacks
      .flatMap((stack) => stack.queueMappings)
      .map((mapping) => ({ mapping, accepts: filterOf(mapping) }));

    const building = buildFunctions(functions, options.buildDir);
    building.catch(() => {});
    const dynamodb = track(
      await startDynamoDb({ reaper, region, onEnd: (error) => options.onFailure?.(error) }),
    );
    await dynamodb.createTables(stacks.flatMap((stack) => stack.tables));
    await sqs.createQueues(queues, clock);
    const queueUrl = (arn: string): string => {
      const queue = queues.find((candidate) => candidate.arn === arn);
      if (queue === undefined) throw notFound(arn);
      return queue.url;
    };
    serve("sqs", async (arn, payload, { MessageGroupId: groupId, ...attributes } = {}) =>
      sqs.send(queueUrl(arn), payload, attributes, groupId === undefined ? {} : { groupId }),
    );

    const sns = track(
      await startSns({
        topics: stacks.flatMap((stack) => stack.topics),
        subscriptions: stacks.flatMap((stack) => stack.subscriptions),
        sendToQueue: async (arn, { body, attributes, ...order }) =>
          sqs.send(queueUrl(arn), body, sqsAttributes(attributes), order),
        deliver,
        compilePattern,
        clock,
        observe,
      }),
    );
    serve("sns", async (arn, payload, attributes) => sns.publish(arn, payload, attributes));
    const kms = track(
      await startKms({
        keys: stacks.flatMap((stack) => stack.keys),
        region,
        accountId: stacks[0]?.accountId ?? "000000000000",
        clock,
      }),
    );

    const kinesis = track(
      await startKinesis({
        streams: stacks.flatMap((stack) => stack.dataStreams),
        clock,
        region,
        accountId: stacks[0]?.accountId ?? "000000000000",
        ...(options.kinesisWriteLimits === undefined ? {} : { writeLimits: options.kinesisWriteLimits }),
      }),
    );
    serve("kinesis", (arn, payload, attributes) =>
      kinesis.put(arn, payload, attributes?.["PartitionKey"] ?? randomUUID()),
    );

    const eventBridge = track(
      await startEventBridge({
        buses: stacks.flatMap((stack) => stack.buses),
        rules: stacks.flatMap((stack) => stack.rules),
        deliver,
        clock,
        observe,
        random: seededRandom(options.seed ?? 1),
        ...(faults === undefined ? {} : { failEntry: () => refusedEntry(faults.entry()) }),
      }),
    );
    serve("events", eventBridge.receive);
    const scheduler = track(
      await startScheduler({
        schedules: stacks.flatMap((stack) => stack.schedules),
        groups: stacks.flatMap((stack) => stack.scheduleGroups.map(({ name }) => name)),
        deliver,
        clock,
        observe,
        random: seededRandom(options.seed ?? 1),
        region,
        accountId: stacks[0]?.accountId ?? "000000000000",
      }),
    );
    const invokeApi = track(
      await startInvokeApi({
        functions,
        // Functions are given its address, so it stands before they do; who calls it earlier is not there yet.
        invoke: (...call) => lambda.invoke(...call),
        invokeAsync: (...call) => lambda.invokeAsync(...call),
      }),
    );
    const s3 = track(
      await startS3({
        directory: options.buildDir,
        region,
        accountId: stacks[0]?.accountId ?? "000000000000",
        clock,
        observe,
        deliver,
        hasFunction: (arn) => functions.some((fn) => fn.arn === arn),
        putEvent: async (event) => eventBridge.putServiceEvent(event),
      }),
    );
    const endpoints = {
      dynamodb: dynamodb.endpoint,
      eventbridge: eventBridge.endpoint,
      dynamodb_streams: dynamodb.endpoint,
      kinesis: kinesis.endpoint,
      kms: kms.endpoint,
      lambda: invokeApi.endpoint,
      s3: s3.endpoint,
      scheduler: scheduler.endpoint,
      sns: sns.endpoint,
      sqs: sqs.endpoint,
    };
    const { environmentFor, requestsTo } = serviceGates({
      faults,
      keepRequestsOf: options.keepRequestsOf ?? [],
      observe,
      track,
    });
    const lambda: Lambda = track(
      startLambda({
        functions,
        ...(await building),
        region,
        serviceEnvironment: await environmentFor(endpoints),
        deliver,
        clock,
        observe,
        reaper,
        ...(faults === undefined ? {} : { faults }),
      }),
    );
    serve("lambda", (arn, payload) => lambda.invokeAsync(arn, payload, { source: "async" }));
    // Once everyone is there who can be told: a queue or topic gets its test event now.
    await s3.createBuckets(
      stacks
        .flatMap((stack) => stack.buckets)
        .map(({ notifications: targets, eventBridge, ...bucket }) => ({
          ...bucket,
          notifications: { targets, eventBridge },
        })),
    );
    const polling = mappings.map(({ mapping, accepts }) => {
      const queue = queues.find(({ arn }) => arn === mapping.queueArn);
      const fn = functions.find(({ arn }) => arn === mapping.functionArn);
      if (queue === undefined || fn === undefined) {
        throw new Error(`${at(mapping.place)}: the mapping's queue or function is not in these templates`);
      }
      return track(
        startQueueMapping({
          mapping,
          queue,
          client: sqs.client,
          functionName: fn.name,
          invoke: lambda.invoke,
          accepts,
          clock,
          observe,
          maxPollers: lambda.maxEnvironments,
          ...(faults === undefined ? {} : { faults }),
        }),
      );
    });
    const streaming = track(
      await startStreamMappings({
        stacks,
        kinesis: kinesis.client,
        dynamoDbEndpoint: dynamodb.endpoint,
        region,
        invoke: lambda.invoke,
        deliver,
        clock,
        observe,
        ...(options.faults === undefined ? {} : { faults: options.faults }),
      }),
    );
    const httpApis: Record<string, string> = {};
    for (const stack of stacks) {
      for (const api of stack.httpApis) {
        const invoke = (arn: string, payload: string) => lambda.invoke(arn, payload, { source: "http" });
        const { accountId } = stack;
        const server = track(await startHttpApi({ api, invoke, clock, observe, accountId, region }));
        httpApis[`${stack.name}/${api.logicalId}`] = server.endpoint;
        httpApis[api.logicalId] ??= server.endpoint;
      }
    }

    scheduler.begin();
    const progress = watchProgress({
      clock,
      facts: () => facts,
      invocations: [lambda.pending, ...polling.map((mapping) => mapping.pending)],
      deliveries: [eventBridge.pending, s3.pending, scheduler.pending, sns.pending],
      streams: [streaming.pending],
      depths: sqs.depths,
      consumed: new Set(
        mappings
          .filter(({ mapping }) => mapping.enabled)
          .map(({ mapping }) => queues.find(({ arn }) => arn === mapping.queueArn)?.name),
      ),
    });

    return {
      endpoints: { ...endpoints, httpApis },
      clients: { dynamodb: dynamodb.client, s3: s3.client, sqs: sqs.client },
      stacks,
      notes: dynamodb.missing === undefined ? [] : [dynamodb.missing],
      lambda,
      schedules: scheduler,
      queueDepths: sqs.depths,
      inspectQueue: sqs.inspect,
      requestsTo,
      ...progress,
      stop,
    };
  } catch (error) {
    // Why it did not start matters more than how it stopped.
    await stop().catch(() => {});
    throw error;
  }
}

function refusedEntry(code: string | undefined): { code: string; message: string } | undefined {
  return code === undefined ? undefined : { code, message: "Rate exceeded (a fault of the run)." };
}

function withEnvironment(fn: LambdaFunction, more: Readonly<Record<string, string>> = {}): LambdaFunction {
  return { ...fn, environment: { ...fn.environment, ...more } };
}

/** What the function of a mapping is to see. A wrong filter names its line. */
function filterOf({ filters, place }: QueueMapping): (record: SqsRecord) => boolean {
  try {
    return sqsFilter(filters, compilePattern);
  } catch (error) {
    throw new Error(`${at(place)}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
