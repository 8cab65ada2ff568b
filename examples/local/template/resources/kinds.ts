/** Every resource type that this cloud knows. Another one is a problem of the template, never ignored. */
import { alarm, compositeAlarm } from "./alarm.ts";
import { bucket, bucketPolicy } from "./bucket.ts";
import { dataStream } from "./data-stream.ts";
import { eventBus } from "./event-bus.ts";
import { eventRule } from "./event-rule.ts";
import { eventSourceMapping } from "./event-source-mapping.ts";
import { managedPolicy, role } from "./iam.ts";
import type { ResourceKind } from "./kind.ts";
import { kmsAlias, kmsKey } from "./kms.ts";
import { lambdaPermission } from "./lambda-permission.ts";
import { logGroup } from "./log-group.ts";
import { queue } from "./queue.ts";
import { queuePolicy } from "./queue-policy.ts";
import { schedule, scheduleGroup } from "./schedule.ts";
import { serverlessFunction } from "./serverless-function.ts";
import { serverlessHttpApi } from "./serverless-http-api.ts";
import { simpleTable } from "./simple-table.ts";
import { serverlessStateMachine, stepFunctionsStateMachine } from "./state-machine.ts";
import { subscription } from "./subscription.ts";
import { table } from "./table.ts";
import { topic, topicPolicy } from "./topic.ts";
import { traceGroup } from "./trace-group.ts";

const kinds: ReadonlyMap<string, ResourceKind> = new Map(
  [
    serverlessFunction,
    serverlessHttpApi,
    simpleTable,
    table,
    queue,
    queuePolicy,
    bucket,
    bucketPolicy,
    dataStream,
    eventBus,
    eventRule,
    eventSourceMapping,
    schedule,
    scheduleGroup,
    serverlessStateMachine,
    stepFunctionsStateMachine,
    lambdaPermission,
    kmsKey,
    kmsAlias,
    role,
    managedPolicy,
    topic,
    topicPolicy,
    subscription,
    logGroup,
    alarm,
    compositeAlarm,
    traceGroup,
  ].map((kind) => [kind.type, kind]),
);

export function kindOf(type: string): ResourceKind | undefined {
  return kinds.get(type);
}

export function knownTypes(): readonly string[] {
  return [...kinds.keys()].sort();
}
