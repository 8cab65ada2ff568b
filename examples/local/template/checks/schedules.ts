/**
 * What EventBridge Scheduler refuses, or could never deliver.
 *
 * Source: EventBridge Scheduler User Guide, 'Setting up the execution role' and 'Configuring a schedule's
 * dead-letter queue in EventBridge Scheduler'. What a role's policies allow is not judged here.
 */
import type { Schedule } from "../stack.ts";
import { type CheckedTemplate, checkArn, queueByArn } from "./checked-template.ts";
import { trusts } from "./trust.ts";

const service = "scheduler.amazonaws.com";
const targetTypes = {
  "AWS::Serverless::Function": "a function",
  "AWS::SQS::Queue": "a queue",
  "AWS::SNS::Topic": "a topic",
  "AWS::Events::EventBus": "a bus",
  "AWS::Serverless::StateMachine": "a state machine",
  "AWS::StepFunctions::StateMachine": "a state machine",
  "AWS::Kinesis::Stream": "a stream",
};

export function checkSchedules(template: CheckedTemplate): void {
  for (const schedule of template.parts.schedules) {
    // A rule's schedule has the rule as its target, and is checked with it.
    if (!schedule.arn.includes(":rule/")) checkSchedule(template, schedule);
  }
}

function checkSchedule(template: CheckedTemplate, { place, groupName, target }: Schedule): void {
  const { parts, problems, stack } = template;
  const { arn, roleArn, deadLetterArn } = target;
  if (groupName !== "default" && !parts.scheduleGroups.some(({ name }) => name === groupName)) {
    problems.report(
      place,
      `there is no schedule group ${groupName} in this template; declare it, or correct GroupName`,
    );
  }
  const defaultBus = `arn:${stack.partition}:events:${stack.region}:${stack.accountId}:event-bus/default`;
  if (arn !== defaultBus) checkArn(template, arn, targetTypes, place);
  const queue = queueByArn(template, arn);
  if (queue?.fifo === true && !queue.contentBasedDeduplication) {
    problems.report(
      place,
      `the Scheduler gives messages no deduplication id; set ContentBasedDeduplication: true on ${queue.logicalId}`,
    );
  }
  if (roleArn !== undefined && !trusts(template, roleArn, service)) {
    problems.report(
      place,
      `the role ${roleArn} does not trust ${service}, so the schedule could not be made; let it assume the role ` +
        "(AssumeRolePolicyDocument)",
    );
  }
  if (deadLetterArn === undefined) return;
  if (!checkArn(template, deadLetterArn, { "AWS::SQS::Queue": "a queue" }, place)) return;
  if (queueByArn(template, deadLetterArn)?.fifo === true) {
    problems.report(place, "a schedule's dead-letter queue must be a standard queue, and this one is FIFO");
  }
}
