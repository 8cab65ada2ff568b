/** What a schedule of EventBridge Scheduler may say, the same in AWS::Scheduler::Schedule and in SAM's ScheduleV2. */
import { ExpressionError } from "../../scheduler/expression-error.ts";
import { takesInput } from "../../scheduler/target-input.ts";
import { timeZone } from "../../scheduler/time-zone.ts";
import { deployOnly, object, optional, required } from "../object-shape.ts";
import type { Problems } from "../problems.ts";
import { integer, oneOf, type Read, text } from "../shapes.ts";
import type { Place, Schedule } from "../stack.ts";
import { arn, type StackIdentity } from "./kind.ts";
import { readExpression } from "./rule-schedule.ts";

const scheduleName = text({
  pattern: /^[0-9A-Za-z_.-]{1,64}$/,
  hint: "use letters, digits, - _ ., at most 64",
});
const date = text({
  pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/,
  hint: "write a time in UTC: 2026-11-25T03:00:00Z",
});

export const scheduleFields = {
  Name: optional(scheduleName),
  GroupName: optional(scheduleName),
  ScheduleExpression: required(text()),
  ScheduleExpressionTimezone: optional(text()),
  StartDate: optional(date),
  EndDate: optional(date),
  State: optional(oneOf("ENABLED", "DISABLED")),
  FlexibleTimeWindow: optional(
    object({
      Mode: required(oneOf("OFF", "FLEXIBLE")),
      MaximumWindowInMinutes: optional(integer({ least: 1, most: 1_440 })),
    }),
  ),
  Description: deployOnly(text()),
  KmsKeyArn: deployOnly(text()),
};

export const retryFields = {
  RetryPolicy: optional(
    object({
      MaximumRetryAttempts: optional(integer({ least: 0, most: 185 })),
      MaximumEventAgeInSeconds: optional(integer({ least: 60, most: 86_400 })),
    }),
  ),
  DeadLetterConfig: optional(object({ Arn: required(text()) })),
};

export const scheduleTarget = object(
  {
    Arn: required(text()),
    RoleArn: optional(text()),
    Input: optional(text()),
    ...retryFields,
    SqsParameters: optional(object({ MessageGroupId: required(text()) })),
    KinesisParameters: optional(object({ PartitionKey: required(text()) })),
    EventBridgeParameters: optional(
      object({
        DetailType: required(text()),
        Source: required(text({ pattern: /^(?!aws\.)/, hint: "sources that begin with aws. are AWS's own" })),
      }),
    ),
  },
  { name: "a schedule's target" },
);

const schedule = object(scheduleFields);
type TargetProperties = Partial<Read<typeof scheduleTarget>> & { readonly Arn: string };

/** Fills in the Scheduler's defaults and checks what one schedule by itself can be wrong in. */
export function readSchedule(
  properties: Read<typeof schedule>,
  target: TargetProperties,
  about: {
    readonly logicalId: string;
    readonly name: string;
    readonly stack: StackIdentity;
    readonly problems: Problems;
    readonly place: Place;
    readonly at: (...path: readonly string[]) => Place;
    readonly targetAt: (...path: readonly string[]) => Place;
  },
): Schedule | undefined {
  const { logicalId, name, place, problems, at, targetAt } = about;
  const { StartDate, EndDate, FlexibleTimeWindow } = properties;
  const groupName = properties.GroupName ?? "default";
  const timezone = properties.ScheduleExpressionTimezone ?? "UTC";
  const expression = readExpression(properties.ScheduleExpression, at("ScheduleExpression"), problems);
  checkZone(timezone, at("ScheduleExpressionTimezone"), problems);
  if (StartDate !== undefined && EndDate !== undefined && Date.parse(EndDate) <= Date.parse(StartDate)) {
    problems.report(at("EndDate"), "the schedule ends before it starts; correct StartDate or EndDate");
  }
  const minutes = FlexibleTimeWindow?.MaximumWindowInMinutes;
  if ((FlexibleTimeWindow?.Mode === "FLEXIBLE") !== (minutes !== undefined)) {
    problems.report(
      at("FlexibleTimeWindow"),
      "MaximumWindowInMinutes goes with Mode: FLEXIBLE, and only with it; add it or take it out",
    );
  }
  if (expression === undefined) return undefined;
  return {
    logicalId,
    name,
    arn: arn(about.stack, "scheduler", `schedule/${groupName}/${name}`),
    place,
    groupName,
    expression: properties.ScheduleExpression,
    timezone,
    enabled: properties.State !== "DISABLED",
    target: readTarget(target, problems, targetAt),
    ...(StartDate === undefined ? {} : { startDate: StartDate }),
    ...(EndDate === undefined ? {} : { endDate: EndDate }),
    ...(minutes === undefined ? {} : { flexibleWindowMinutes: minutes }),
  };
}

function readTarget(
  target: TargetProperties,
  problems: Problems,
  at: (...path: readonly string[]) => Place,
): Schedule["target"] {
  const service = target.Arn.split(":")[2] ?? "";
  const messageGroupId = target.SqsParameters?.MessageGroupId;
  const partitionKey = target.KinesisParameters?.PartitionKey;
  const bus = target.EventBridgeParameters;
  const pairs = [
    ["SqsParameters", service === "sqs" && target.Arn.endsWith(".fifo"), messageGroupId, "a FIFO queue"],
    ["KinesisParameters", service === "kinesis", partitionKey, "a stream"],
    ["EventBridgeParameters", service === "events", bus, "a bus"],
  ] as const;
  for (const [property, wanted, given, what] of pairs) {
    if (wanted === (given !== undefined)) continue;
    problems.report(
      at(property),
      wanted ? `${what} as target needs ${property}; add it` : `${property} is for ${what} only; take it out`,
    );
  }
  const { Input } = target;
  if (Input !== undefined && !takesInput(service, Input)) {
    problems.report(at("Input"), "the target takes JSON only; write Input as JSON text");
  }
  return {
    arn: target.Arn,
    maximumRetryAttempts: target.RetryPolicy?.MaximumRetryAttempts ?? 185,
    maximumEventAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
    ...(target.RoleArn === undefined ? {} : { roleArn: target.RoleArn }),
    ...(Input === undefined ? {} : { input: Input }),
    ...(target.DeadLetterConfig === undefined ? {} : { deadLetterArn: target.DeadLetterConfig.Arn }),
    ...(messageGroupId === undefined ? {} : { messageGroupId }),
    ...(partitionKey === undefined ? {} : { partitionKey }),
    ...(bus === undefined ? {} : { eventBridge: { detailType: bus.DetailType, source: bus.Source } }),
  };
}

function checkZone(name: string, place: Place, problems: Problems): void {
  try {
    timeZone(name);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    problems.report(place, error.message);
  }
}
