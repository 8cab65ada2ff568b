import { isOfRule, type ScheduleDefinition } from "./definition.ts";

/** One time at which a schedule runs. */
export interface Occurrence {
  readonly definition: ScheduleDefinition;
  readonly scheduledMs: number;
  /** Sixteen hexadecimal digits, the same for every attempt. */
  readonly executionId: string;
  /** Of the notification that is sent when there is no input. */
  readonly eventId: string;
}

/** Scheduler's form of a time: whole seconds. */
export function isoSeconds(epochMs: number): string {
  return `${new Date(Math.floor(epochMs / 1_000) * 1_000).toISOString().slice(0, 19)}Z`;
}

/**
 * What the target gets at an attempt, counted from 1. The keywords are those of EventBridge Scheduler User Guide,
 * 'Adding context attributes in EventBridge Scheduler'.
 */
export function payloadOf(occurrence: Occurrence, attempt: number): string {
  const { definition, scheduledMs, executionId } = occurrence;
  const { input } = definition.target;
  if (input === undefined) return notification(occurrence);
  const values: Readonly<Record<string, string>> = {
    "schedule-arn": definition.arn,
    "scheduled-time": isoSeconds(scheduledMs),
    "execution-id": executionId,
    "attempt-number": String(attempt),
  };
  return input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/**
 * A rule's schedule sends the scheduled event (EventBridge Events Reference, 'Scheduled Events'); a schedule of
 * the Scheduler without Input the like, whose detail is the text `{}`.
 */
function notification({ definition, scheduledMs, eventId }: Occurrence): string {
  const [, , , region, account] = definition.arn.split(":");
  const ofRule = isOfRule(definition);
  return JSON.stringify({
    version: "0",
    id: eventId,
    "detail-type": "Scheduled Event",
    source: ofRule ? "aws.events" : "aws.scheduler",
    account,
    time: isoSeconds(scheduledMs),
    region,
    resources: [definition.arn],
    detail: ofRule ? {} : "{}",
  });
}

/** What goes with the payload: where a service wants more than a text. */
export function attributesOf({ arn, target }: ScheduleDefinition): Record<string, string> | undefined {
  const { messageGroupId, partitionKey, eventBridge } = target;
  if (messageGroupId !== undefined) return { MessageGroupId: messageGroupId };
  if (partitionKey !== undefined) return { PartitionKey: partitionKey };
  if (eventBridge === undefined) return undefined;
  return {
    Source: eventBridge.source,
    DetailType: eventBridge.detailType,
    Resources: JSON.stringify([arn]),
  };
}
