/**
 * The Events of a function or a state machine, each of which SAM turns into a route, a mapping, a schedule, or a
 * rule or notification with what lets it reach its target.
 *
 * Source: SAM Developer Guide, 'EventSource' and its types.
 */
import { deployOnly, object, optional, required } from "../object-shape.ts";

import { anything, flag, integer, jsonObject, notServed, oneOf, text } from "../shapes.ts";

import { placeWithin, type Syntax } from "../syntax.ts";
import { readBucketEvent, bucketEvent as s3Event } from "./bucket-notifications.ts";
import { busNameOf, ruleArnOf } from "./event-rule.ts";
import type { ResourceContext } from "./kind.ts";
import { mappingFields } from "./mapping-fields.ts";
import { joinParts, type Parts } from "./parts.ts";
import { queueOnlyFields, readQueueMapping } from "./queue-mapping.ts";
import { ruleSchedule } from "./rule-schedule.ts";
import { readTarget, targetFields } from "./rule-target.ts";
import { readSchedule, retryFields, scheduleFields } from "./schedule-fields.ts";
import { readStreamMapping, streamOf, streamOnlyFields } from "./stream-mapping.ts";
import { readSubscription, subscriptionFields } from "./subscription.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY"] as const;

const httpApiEvent = object(
  {
    // SAM makes an API of its own when none is named; here it is named, so that it is seen.
    ApiId: required(text()),
    Method: required(
      text({ pattern: new RegExp(`^(${methods.join("|")})$`, "i"), hint: `write ${methods.join(", ")}` }),
    ),
    Path: required(text({ pattern: /^(\/|\$default$)/, hint: "start it with /" })),
    PayloadFormatVersion: optional(oneOf("2.0")),
    TimeoutInMillis: optional(integer({ least: 50, most: 30_000 })),
    RouteSettings: deployOnly(anything()),
  },
  { name: "an HttpApi event" },
);

const sqsEvent = object(
  { Queue: required(text()), ...mappingFields, ...queueOnlyFields },
  { name: "an SQS event" },
);

const streamEvent = object(
  { Stream: required(text()), ...mappingFields, ...streamOnlyFields },
  { name: "a stream's event" },
);

const ruleEvent = object(
  {
    Pattern: required(jsonObject()),
    EventBusName: optional(text()),
    RuleName: optional(
      text({ pattern: /^[.A-Za-z0-9_-]{1,64}$/, hint: "use letters, digits, . - _, at most 64" }),
    ),
    State: optional(oneOf("ENABLED", "DISABLED")),
    Target: optional(object({ Id: required(text()) })),
    ...targetFields,
  },
  { name: "an EventBridgeRule event" },
);

const snsEvent = object(
  {
    Topic: required(text()),
    ...subscriptionFields,
    // SAM would make a queue between topic and function that no template shows.
    SqsSubscription: optional(notServed("declare the queue, its policy and an SQS event instead")),
  },
  { name: "an SNS event" },
);

const scheduleEvent = object(
  {
    Schedule: required(text()),
    Name: optional(
      text({ pattern: /^[.A-Za-z0-9_-]{1,64}$/, hint: "use letters, digits, . - _, at most 64" }),
    ),
    Enabled: optional(flag()),
    State: optional(oneOf("ENABLED", "DISABLED")),
    Input: targetFields.Input,
    RetryPolicy: targetFields.RetryPolicy,
    DeadLetterConfig: targetFields.DeadLetterConfig,
    Description: deployOnly(text()),
  },
  { name: "a Schedule event" },
);

const scheduleV2Event = object(
  {
    ...scheduleFields,
    Input: optional(text()),
    RetryPolicy: retryFields.RetryPolicy,
    DeadLetterConfig: retryFields.DeadLetterConfig,
    // SAM makes a role when none is named.
    RoleArn: optional(text()),
    OmitName: deployOnly(flag()),
    PermissionsBoundary: deployOnly(text()),
  },
  { name: "a ScheduleV2 event" },
);

const STATE_MACHINE_EVENTS: readonly string[] = ["EventBridgeRule", "Schedule", "ScheduleV2"];

const envelope = object({
  Type: required(
    oneOf("HttpApi", "SQS", "SNS", "S3", "Kinesis", "DynamoDB", "EventBridgeRule", "Schedule", "ScheduleV2"),
  ),
  Properties: required({ read: (node: Syntax) => node }),
});

/** What the events are for. EventBridge reaches a state machine in a role, which SAM makes for its rules. */
export type EventOwner =
  | { readonly kind: "function" }
  | { readonly kind: "state machine"; readonly ruleRoleArn: string };

export function readEvents(context: ResourceContext, owner: EventOwner): Parts {
  const events = context.properties.kind === "map" ? context.properties.entries.get("Events") : undefined;
  if (events === undefined || events.kind === "unknown") return joinParts([]);
  if (events.kind !== "map") {
    context.problems.report(events.place, "expected a map of events");
    return joinParts([]);
  }
  return joinParts([...events.entries].map(([name, node]) => readEvent(name, node, context, owner)));
}

function readEvent(name: string, node: Syntax, context: ResourceContext, owner: EventOwner): Partial<Parts> {
  const { problems, stack } = context;
  const read = envelope.read(node, problems);
  if (read === undefined) return {};
  const logicalId = `${context.logicalId}${name}`;
  const at = (...path: readonly (string | number)[]) => placeWithin(read.Properties, ...path);
  const mapping = { logicalId, functionArn: context.arn, problems, place: node.place, at };
  const role = owner.kind === "function" ? {} : { roleArn: owner.ruleRoleArn };
  const targetId = `${logicalId}${owner.kind === "function" ? "LambdaTarget" : "StepFunctionsTarget"}`;
  const permissionFor = (ruleArn: string): Parts["permissions"] =>
    owner.kind === "function"
      ? [{ functionArn: context.arn, principal: "events.amazonaws.com", sourceArn: ruleArn }]
      : [];
  if (owner.kind === "state machine" && !STATE_MACHINE_EVENTS.includes(read.Type)) {
    problems.report(
      node.place,
      `a state machine has no event of type ${read.Type} here; use EventBridgeRule, Schedule or ScheduleV2`,
    );
    return {};
  }
  switch (read.Type) {
    case "HttpApi": {
      const event = httpApiEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const route = {
        method: event.Method.toUpperCase(),
        path: event.Path,
        functionArn: context.arn,
        timeoutMs: event.TimeoutInMillis ?? 30_000,
        place: node.place,
      };
      return { routes: [{ apiId: event.ApiId, route, apiPlace: at("ApiId") }] };
    }
    case "SQS": {
      const event = sqsEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const about = { ...mapping, sourceArn: event.Queue };
      return { queueMappings: [readQueueMapping(event, about)] };
    }
    case "Kinesis":
    case "DynamoDB": {
      const event = streamEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const stream = streamOf(event.Stream);
      if (stream?.source !== read.Type.toLowerCase()) {
        const wanted = read.Type === "Kinesis" ? "a stream's Arn" : "a table's StreamArn";
        problems.report(
          at("Stream"),
          `${event.Stream} is no source of a ${read.Type} event; name ${wanted} with !GetAtt`,
        );
        return {};
      }
      return { streamMappings: [readStreamMapping(event, { ...mapping, ...stream })] };
    }
    case "SNS": {
      const event = snsEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const about = { logicalId, arn: `${event.Topic}:${logicalId}`, topicArn: event.Topic, problems, at };
      return {
        subscriptions: readSubscription({ ...event, Endpoint: context.arn, Protocol: "lambda" }, about),
        permissions: [{ functionArn: context.arn, principal: "sns.amazonaws.com", sourceArn: event.Topic }],
      };
    }
    case "Schedule": {
      const event = scheduleEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const ruleName = event.Name ?? `${stack.stackName}-${logicalId}`;
      const ruleArn = ruleArnOf(stack, "default", ruleName);
      const enabled = event.State === undefined ? (event.Enabled ?? true) : event.State === "ENABLED";
      const own = { logicalId, name: ruleName, arn: ruleArn, place: node.place, enabled };
      const target = { ...event, InputPath: undefined, InputTransformer: undefined };
      const about = { id: targetId, arn: context.arn, problems, at };
      return {
        rules: [{ ...own, busName: "default", targets: [{ ...readTarget(target, about), ...role }] }],
        schedules: ruleSchedule(event.Schedule, { ...own, problems, expressionPlace: at("Schedule") }),
        permissions: permissionFor(ruleArn),
      };
    }
    case "ScheduleV2": {
      const event = scheduleV2Event.read(read.Properties, problems);
      if (event === undefined) return {};
      const name = event.Name ?? `${stack.stackName}-${logicalId}`;
      const about = { logicalId, name, stack, problems, place: node.place, at, targetAt: at };
      const target = { ...event, Arn: context.arn, RoleArn: event.RoleArn };
      const schedule = readSchedule(event, target, about);
      return schedule === undefined ? {} : { schedules: [schedule] };
    }
    case "EventBridgeRule": {
      const event = ruleEvent.read(read.Properties, problems);
      if (event === undefined) return {};
      const busName = busNameOf(event.EventBusName);
      const ruleName = event.RuleName ?? `${stack.stackName}-${logicalId}`;
      const arn = ruleArnOf(stack, busName, ruleName);
      const id = event.Target?.Id ?? targetId;
      return {
        rules: [
          {
            logicalId,
            name: ruleName,
            arn,
            place: node.place,
            busName,
            enabled: event.State !== "DISABLED",
            pattern: event.Pattern,
            targets: [{ ...readTarget(event, { id, arn: context.arn, problems, at }), ...role }],
          },
        ],
        permissions: permissionFor(arn),
      };
    }
    case "S3": {
      const event = s3Event.read(read.Properties, problems);
      if (event === undefined) return {};
      const notifications = readBucketEvent(event, { logicalId, functionArn: context.arn, problems, at });
      // SAM names the account and no bucket, which would be a circle.
      const permission = {
        logicalId: `${logicalId}Permission`,
        functionArn: context.arn,
        principal: "s3.amazonaws.com",
        sourceArn: undefined,
        sourceAccount: stack.accountId,
      };
      const bucketEvent = {
        permissionId: permission.logicalId,
        functionArn: context.arn,
        bucketName: event.Bucket,
        bucketPlace: at("Bucket"),
        notifications,
      };
      return { bucketEvents: [bucketEvent], permissions: [permission] };
    }
  }
}
