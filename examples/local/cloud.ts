import { resolve } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { systemClock } from "./clock.ts";
import { notFound, startDelivery } from "./cloud/delivery.ts";
import { startOrchestration } from "./cloud/orchestration.ts";
import { at } from "./cloud/places.ts";
import { type Pending, watchProgress } from "./cloud/progress.ts";
import { startedParts } from "./cloud/started.ts";
import { startDynamoDb } from "./dynamodb/service.ts";
import { compilePattern } from "./eventbridge/pattern.ts";
import { startEventBridge } from "./eventbridge/server.ts";
import { startHttpApi } from "./http-api/server.ts";
import { buildFunctions } from "./lambda/build-functions.ts";
import type { LambdaFaults } from "./lambda/invocation.ts";
import { type Lambda, startLambda } from "./lambda/lambda-service.ts";
import { startQueueMapping } from "./lambda/queue-mapping.ts";
import type { SqsRecord } from "./lambda/sqs-event.ts";
import { sqsFilter } from "./lambda/sqs-filter.ts";
import { startReaper } from "./process/reaper.ts";
import type { Scheduler } from "./scheduler/server.ts";
import { seededRandom } from "./seeded-random.ts";
import type { CloudFact, Running } from "./services.ts";
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
  readonly faults?: LambdaFaults & {
    readonly failEntry?: Parameters<typeof startEventBridge>[0]["failEntry"];
  };
}

export interface Cloud extends Running {
  readonly endpoints: {
    readonly dynamodb: string;
    readonly sqs: string;
    readonly eventbridge: string;
    readonly lambda: string;
    readonly scheduler: string;
    readonly sfn: string;
    /** By `<stack name>/<logical id>`, and by logical id alone (the first stack that has it). */
    readonly httpApis: Readonly<Record<string, string>>;
  };
  readonly clients: { readonly dynamodb: DynamoDBClient; readonly sqs: SQSClient };
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
  /** Work in progress. Messages count in queues that a function consumes; others hold what came to its end. */
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
    serve("sqs", async (arn, payload, attributes) => {
      const queue = queues.find((candidate) => candidate.arn === arn);
      if (queue === undefined) throw notFound(arn);
      await sqs.send(queue.url, payload, attributes);
    });

    const eventBridge = track(
      await startEventBridge({
        buses: stacks.flatMap((stack) => stack.buses),
        rules: stacks.flatMap((stack) => stack.rules),
        deliver,
        clock,
        observe,
        random: seededRandom(options.seed ?? 1),
        ...(options.faults?.failEntry === undefined ? {} : { failEntry: options.faults.failEntry }),
      }),
    );
    serve("events", eventBridge.receive);
    const { scheduler, stepFunctions, invokeApi } = await startOrchestration({
      stacks,
      functions,
      lambda: {
        invoke: (...call) => lambda.invoke(...call),
        invokeAsync: (...call) => lambda.invokeAsync(...call),
      },
      track,
      deliver,
      clock,
      observe,
      random: seededRandom(options.seed ?? 1),
      region,
      dynamodb: dynamodb.client,
      sqs: sqs.client,
      eventbridgeEndpoint: eventBridge.endpoint,
    });
    serve("states", stepFunctions.receive);
    const lambda: Lambda = track(
      startLambda({
        functions,
        ...(await building),
        region,
        serviceEnvironment: {
          AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
          AWS_ENDPOINT_URL_SQS: sqs.endpoint,
          AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge.endpoint,
          AWS_ENDPOINT_URL_LAMBDA: invokeApi.endpoint,
          AWS_ENDPOINT_URL_SCHEDULER: scheduler.endpoint,
          AWS_ENDPOINT_URL_SFN: stepFunctions.endpoint,
        },
        deliver,
        clock,
        observe,
        reaper,
        ...(options.faults === undefined ? {} : { faults: options.faults }),
      }),
    );
    serve("lambda", (arn, payload) => lambda.invokeAsync(arn, payload, { source: "async" }));
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
          ...(options.faults === undefined ? {} : { faults: options.faults }),
        }),
      );
    });
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
      invocations: [lambda.pending, stepFunctions.pending, ...polling.map((mapping) => mapping.pending)],
      deliveries: [eventBridge.pending, scheduler.pending],
      depths: sqs.depths,
      consumed: new Set(
        mappings
          .filter(({ mapping }) => mapping.enabled)
          .map(({ mapping }) => queues.find(({ arn }) => arn === mapping.queueArn)?.name),
      ),
    });

    return {
      endpoints: {
        dynamodb: dynamodb.endpoint,
        sqs: sqs.endpoint,
        eventbridge: eventBridge.endpoint,
        lambda: invokeApi.endpoint,
        scheduler: scheduler.endpoint,
        sfn: stepFunctions.endpoint,
        httpApis,
      },
      clients: { dynamodb: dynamodb.client, sqs: sqs.client },
      stacks,
      notes: dynamodb.missing === undefined ? [] : [dynamodb.missing],
      lambda,
      schedules: scheduler,
      queueDepths: sqs.depths,
      inspectQueue: sqs.inspect,
      ...progress,
      stop,
    };
  } catch (error) {
    // Why it did not start matters more than how it stopped.
    await stop().catch(() => {});
    throw error;
  }
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
