import { randomUUID } from "node:crypto";
import { type DynamoDb, startDynamoDb } from "../dynamodb/service.ts";
import { compilePattern } from "../eventbridge/pattern.ts";
import { type EventBridge, startEventBridge } from "../eventbridge/server.ts";
import { type Kinesis, startKinesis } from "../kinesis/server.ts";
import type { WriteLimits } from "../kinesis/write-limits.ts";
import { startKms } from "../kms/server.ts";
import { startInvokeApi } from "../lambda/invoke-api.ts";
import type { Lambda } from "../lambda/lambda-service.ts";
import { type S3, startS3 } from "../s3/server.ts";
import { type Scheduler, startScheduler } from "../scheduler/server.ts";
import { seededRandom } from "../seeded-random.ts";
import type { Observe, ServiceName } from "../services.ts";
import { startSns } from "../sns/server.ts";
import type { Sqs } from "../sqs/service.ts";
import { startStepFunctions } from "../step-functions/server.ts";
import { notFound } from "./delivery.ts";
import type { AllStacks, Ground } from "./ground.ts";
import { sqsAttributes } from "./queue-messages.ts";
import { startServiceCalls } from "./service-calls.ts";

/** The services that functions reach over the wire. */
export interface Services {
  readonly endpoints: Readonly<Record<ServiceName, string>>;
  readonly dynamodb: DynamoDb;
  readonly eventBridge: EventBridge;
  readonly kinesis: Kinesis;
  readonly s3: S3;
  readonly scheduler: Scheduler;
  /** Each says what it has under way: deliveries, and executions of state machines. */
  readonly deliveries: readonly (() => number)[];
  readonly executions: () => number;
}

/**
 * Starts every service but SQS, whose address the templates hold, and Lambda, whose functions are given the
 * addresses of these: what they ask of it is asked when it is there.
 */
export async function startServices(
  ground: Ground,
  all: AllStacks,
  options: {
    readonly sqs: Sqs;
    readonly lambda: Pick<Lambda, "invoke" | "invokeAsync">;
    /** S3 keeps its bodies in it. */
    readonly directory: string;
    readonly kinesisWriteLimits?: WriteLimits | undefined;
    readonly onFailure: (error: Error) => void;
  },
): Promise<Services> {
  const { region, accountId, clock, observe, deliver, serve, track, faults } = ground;
  const { sqs, lambda } = options;

  const dynamodb = track(await startDynamoDb({ reaper: ground.reaper, region, onEnd: options.onFailure }));
  await dynamodb.createTables(all.tables);
  await sqs.createQueues(all.queues);
  const queueUrl = (arn: string): string => {
    const queue = all.queues.find((candidate) => candidate.arn === arn);
    if (queue === undefined) throw notFound(arn);
    return queue.url;
  };
  serve("sqs", async (arn, payload, { MessageGroupId: groupId, ...attributes } = {}) =>
    sqs.send(queueUrl(arn), payload, attributes, groupId === undefined ? {} : { groupId }),
  );

  const sns = track(
    await startSns({
      topics: all.topics,
      subscriptions: all.subscriptions,
      sendToQueue: async (arn, { body, attributes, ...order }) =>
        sqs.send(queueUrl(arn), body, sqsAttributes(attributes), order),
      deliver,
      compilePattern,
      clock,
      observe,
    }),
  );
  serve("sns", async (arn, payload, attributes) => sns.publish(arn, payload, attributes));

  const kms = track(await startKms({ keys: all.keys, region, accountId, clock }));

  const { kinesisWriteLimits: writeLimits } = options;
  const kinesis = track(
    await startKinesis({
      streams: all.dataStreams,
      clock,
      region,
      accountId,
      ...(writeLimits === undefined ? {} : { writeLimits }),
    }),
  );
  serve("kinesis", (arn, payload, { PartitionKey = randomUUID() } = {}) =>
    kinesis.put(arn, payload, PartitionKey),
  );

  const eventBridge = track(
    await startEventBridge({
      buses: all.buses,
      rules: all.rules,
      deliver,
      clock,
      observe,
      random: seededRandom(ground.seed),
      failEntry: () => refusedEntry(faults?.entry(), observe),
    }),
  );
  serve("events", eventBridge.receive);

  const scheduler = track(
    await startScheduler({
      schedules: all.schedules,
      groups: all.scheduleGroups.map(({ name }) => name),
      deliver,
      clock,
      observe,
      random: seededRandom(ground.seed),
      region,
      accountId,
    }),
  );

  const s3 = track(
    await startS3({
      directory: options.directory,
      region,
      accountId,
      clock,
      observe,
      deliver,
      hasFunction: (arn) => all.functions.some((fn) => fn.arn === arn),
      putEvent: async (event) => eventBridge.putServiceEvent(event),
    }),
  );
  serve("s3", s3.receive);

  const invokeApi = track(await startInvokeApi({ functions: all.functions, ...lambda }));
  const { call } = track(
    startServiceCalls({
      dynamodb: dynamodb.client,
      sqs: sqs.client,
      eventbridgeEndpoint: eventBridge.endpoint,
      snsEndpoint: sns.endpoint,
      region,
    }),
  );
  const functionArn = (name: string): string => all.functions.find((fn) => fn.name === name)?.arn ?? name;
  const stepFunctions = track(
    await startStepFunctions({
      machines: all.stateMachines,
      invoke: (name, payload) => lambda.invoke(functionArn(name), payload, { source: "states" }),
      call,
      clock,
      observe,
    }),
  );
  serve("states", stepFunctions.receive);

  return {
    endpoints: {
      dynamodb: dynamodb.endpoint,
      dynamodb_streams: dynamodb.endpoint,
      eventbridge: eventBridge.endpoint,
      kinesis: kinesis.endpoint,
      kms: kms.endpoint,
      lambda: invokeApi.endpoint,
      s3: s3.endpoint,
      scheduler: scheduler.endpoint,
      sfn: stepFunctions.endpoint,
      sns: sns.endpoint,
      sqs: sqs.endpoint,
    },
    dynamodb,
    eventBridge,
    kinesis,
    s3,
    scheduler,
    deliveries: [eventBridge.pending, s3.pending, scheduler.pending, sns.pending],
    executions: stepFunctions.pending,
  };
}

function refusedEntry(
  code: string | undefined,
  observe: Observe,
): { code: string; message: string } | undefined {
  if (code === undefined) return undefined;
  observe({ type: "entry-refused", code });
  return { code, message: "Rate exceeded (a fault of the run)." };
}
