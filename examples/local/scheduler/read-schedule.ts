/**
 * The body of CreateSchedule and UpdateSchedule. Source: EventBridge Scheduler API Reference, 'CreateSchedule',
 * 'Target', 'FlexibleTimeWindow', 'RetryPolicy'.
 */
import type { ScheduleDefinition } from "./definition.ts";
import { RequestError } from "./request-error.ts";
import { takesInput } from "./target-input.ts";

type Body = Readonly<Record<string, unknown>>;

/** A service whose API a templated target calls, by the third part of its ARN. */
const targetServices = ["lambda", "sqs", "sns", "events", "states", "kinesis"];

/** @throws RequestError ValidationException naming the field. */
export function readSchedule(
  body: Body,
  about: { readonly name: string; readonly arnOf: (groupName: string, name: string) => string },
): ScheduleDefinition {
  only(body, "", [
    "ActionAfterCompletion",
    "ClientToken",
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
    "Target",
  ]);
  const groupName = text(body, "GroupName", 64) ?? "default";
  const startMs = time(body, "StartDate");
  const endMs = time(body, "EndDate");
  if (startMs !== undefined && endMs !== undefined && endMs <= startMs) {
    throw invalid("EndDate", "it must be after StartDate");
  }
  const description = text(body, "Description", 512);
  const window = required(object(body, "FlexibleTimeWindow"), "FlexibleTimeWindow");
  return {
    name: about.name,
    groupName,
    arn: about.arnOf(groupName, about.name),
    expression: required(text(body, "ScheduleExpression", 256), "ScheduleExpression"),
    timezone: text(body, "ScheduleExpressionTimezone", 50) ?? "UTC",
    enabled: (choice(body, "State", ["ENABLED", "DISABLED"]) ?? "ENABLED") === "ENABLED",
    deleteAfterCompletion: choice(body, "ActionAfterCompletion", ["NONE", "DELETE"]) === "DELETE",
    target: readTarget(required(object(body, "Target"), "Target")),
    ...(description === undefined ? {} : { description }),
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    ...readWindow(window),
  };
}

function readWindow(window: Body): { flexibleWindowMinutes?: number } {
  only(window, "FlexibleTimeWindow.", ["MaximumWindowInMinutes", "Mode"]);
  const mode = required(choice(window, "Mode", ["OFF", "FLEXIBLE"]), "FlexibleTimeWindow.Mode");
  const minutes = integer(window, "MaximumWindowInMinutes", 1, 1_440);
  if ((mode === "FLEXIBLE") !== (minutes !== undefined)) {
    throw invalid(
      "FlexibleTimeWindow",
      "MaximumWindowInMinutes goes with the mode FLEXIBLE, and only with it",
    );
  }
  return minutes === undefined ? {} : { flexibleWindowMinutes: minutes };
}

function readTarget(target: Body): ScheduleDefinition["target"] {
  only(target, "Target.", [
    "Arn",
    "DeadLetterConfig",
    "EventBridgeParameters",
    "Input",
    "KinesisParameters",
    "RetryPolicy",
    "RoleArn",
    "SqsParameters",
  ]);
  const arn = required(text(target, "Arn", 1_600), "Target.Arn");
  const roleArn = required(text(target, "RoleArn", 1_600), "Target.RoleArn");
  if (!/^arn:[^:]+:iam::\d{12}:role\//.test(roleArn)) throw invalid("Target.RoleArn", "it is no role's ARN");
  const service = arn.split(":")[2] ?? "";
  if (!arn.startsWith("arn:") || !targetServices.includes(service)) {
    throw invalid(
      "Target.Arn",
      `this cloud's schedules reach ${targetServices.join(", ")} by a resource's ARN`,
    );
  }
  const input = text(target, "Input", 262_144);
  if (input !== undefined && !takesInput(service, input)) {
    throw invalid("Target.Input", "the target takes JSON only");
  }
  const retry = object(target, "RetryPolicy") ?? {};
  only(retry, "Target.RetryPolicy.", ["MaximumEventAgeInSeconds", "MaximumRetryAttempts"]);
  const deadLetterArn = text(object(target, "DeadLetterConfig") ?? {}, "Arn", 1_600);
  if (deadLetterArn?.endsWith(".fifo") === true) {
    throw invalid("Target.DeadLetterConfig", "a dead-letter queue is a standard queue");
  }
  return {
    arn,
    roleArn,
    maximumRetryAttempts: integer(retry, "MaximumRetryAttempts", 0, 185) ?? 185,
    maximumEventAgeSeconds: integer(retry, "MaximumEventAgeInSeconds", 60, 86_400) ?? 86_400,
    ...(input === undefined ? {} : { input }),
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
    ...readParameters(target, arn, service),
  };
}

function readParameters(target: Body, arn: string, service: string): Partial<ScheduleDefinition["target"]> {
  const messageGroupId = text(object(target, "SqsParameters") ?? {}, "MessageGroupId", 128);
  if (service === "sqs" && arn.endsWith(".fifo") !== (messageGroupId !== undefined)) {
    throw invalid("Target.SqsParameters", "a FIFO queue needs MessageGroupId, another takes none");
  }
  const partitionKey = text(object(target, "KinesisParameters") ?? {}, "PartitionKey", 256);
  if ((service === "kinesis") !== (partitionKey !== undefined)) {
    throw invalid("Target.KinesisParameters", "a stream needs PartitionKey, another target takes none");
  }
  const bus = object(target, "EventBridgeParameters");
  if ((service === "events") !== (bus !== undefined)) {
    throw invalid("Target.EventBridgeParameters", "a bus needs them, another target takes none");
  }
  if (bus !== undefined) {
    const detailType = required(text(bus, "DetailType", 128), "Target.EventBridgeParameters.DetailType");
    const source = required(text(bus, "Source", 256), "Target.EventBridgeParameters.Source");
    if (source.startsWith("aws.")) throw invalid("Target.EventBridgeParameters.Source", "aws. is AWS's own");
    return { eventBridge: { detailType, source } };
  }
  if (messageGroupId !== undefined) return { messageGroupId };
  return partitionKey === undefined ? {} : { partitionKey };
}

function only(body: Body, path: string, known: readonly string[]): void {
  for (const [name, value] of Object.entries(body)) {
    if (value !== undefined && value !== null && !known.includes(name)) {
      throw invalid(`${path}${name}`, `it is not served here; known are ${known.join(", ")}`);
    }
  }
}

function text(body: Body, name: string, most: number): string | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.length > most) {
    throw invalid(name, `it must be a text of at most ${most} characters`);
  }
  return value;
}

function choice<const T extends string>(body: Body, name: string, choices: readonly T[]): T | undefined {
  const value = body[name] ?? undefined;
  const found = choices.find((each) => each === value);
  if (value !== undefined && found === undefined) throw invalid(name, `it must be ${choices.join(" or ")}`);
  return found;
}

function integer(body: Body, name: string, least: number, most: number): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(name, `it must be a whole number from ${least} to ${most}`);
}

/** Times come as epoch seconds. */
function time(body: Body, name: string): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number") throw invalid(name, "it must be a time in seconds since 1970");
  return value * 1_000;
}

function object(body: Body, name: string): Body | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(name, "it must be an object");
  return { ...value };
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw invalid(name, "it must not be null");
  return value;
}

export function invalid(name: string, reason: string): RequestError {
  return new RequestError("ValidationException", `1 validation error detected: ${name}: ${reason}.`);
}
