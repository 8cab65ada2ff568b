import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { type InvokeApi, startInvokeApi } from "../lambda/invoke-api.ts";
import type { Lambda } from "../lambda/lambda-service.ts";
import { type Scheduler, startScheduler } from "../scheduler/server.ts";
import type { CloudClock, Deliver, Observe } from "../services.ts";
import { type StepFunctions, startStepFunctions } from "../step-functions/server.ts";
import type { LambdaFunction, Stack } from "../template/stack.ts";
import { startServiceCalls } from "./service-calls.ts";
import type { Started } from "./started.ts";

/** What sets functions to work: schedules, state machines, and Lambda's own API. */
export interface Orchestration {
  readonly scheduler: Scheduler;
  readonly stepFunctions: StepFunctions;
  readonly invokeApi: InvokeApi;
}

/**
 * Starts them before there are functions to invoke, because functions are given their addresses. Nobody calls them
 * before that, and the scheduler's timers begin last.
 */
export async function startOrchestration(options: {
  readonly stacks: readonly Stack[];
  readonly functions: readonly LambdaFunction[];
  readonly lambda: Pick<Lambda, "invoke" | "invokeAsync">;
  readonly track: Started["track"];
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly random: () => number;
  readonly region: string;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly eventbridgeEndpoint: string;
  /** Undefined while there are no topics: `sns:publish` then fails. */
  readonly snsEndpoint?: string;
}): Promise<Orchestration> {
  const { stacks, functions, lambda, track } = options;
  const scheduler = track(
    await startScheduler({
      ...options,
      schedules: stacks.flatMap((stack) => stack.schedules),
      groups: stacks.flatMap((stack) => stack.scheduleGroups.map(({ name }) => name)),
      accountId: stacks[0]?.accountId ?? "000000000000",
    }),
  );
  const invokeApi = track(await startInvokeApi({ functions, ...lambda }));
  const { call } = track(startServiceCalls(options));
  const functionArn = (name: string): string => functions.find((fn) => fn.name === name)?.arn ?? name;
  const stepFunctions = track(
    await startStepFunctions({
      ...options,
      machines: stacks.flatMap((stack) => stack.stateMachines),
      invoke: (name, payload) => lambda.invoke(functionArn(name), payload, { source: "states" }),
      call,
    }),
  );
  return { scheduler, stepFunctions, invokeApi };
}
