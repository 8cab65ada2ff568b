/**
 * What EventBridge would drop in silence: an event for a target that it may not reach.
 *
 * Source: EventBridge User Guide, 'Using resource-based policies for Amazon EventBridge' and 'Using
 * dead-letter queues to process undelivered events'.
 */
import type { Place, Rule, RuleTarget } from "../stack.ts";
import {
  checkFunctionAccess,
  checkKeyAccess,
  checkQueueAccess,
  checkTopicAccess,
  type Sender,
} from "./access.ts";
import { type CheckedTemplate, checkArn, queueByArn, topicByArn } from "./checked-template.ts";
import { trusts } from "./trust.ts";

const service = { service: "events.amazonaws.com", serviceName: "EventBridge", what: "the event" };
const targetTypes = {
  "AWS::Serverless::Function": "a function",
  "AWS::SQS::Queue": "a queue",
  "AWS::SNS::Topic": "a topic",
  "AWS::Events::EventBus": "a bus",
  "AWS::Serverless::StateMachine": "a state machine",
  "AWS::StepFunctions::StateMachine": "a state machine",
};

export function checkRules(template: CheckedTemplate): void {
  const { parts, problems } = template;
  for (const rule of parts.rules) {
    if (rule.busName !== "default" && !parts.buses.some(({ name }) => name === rule.busName)) {
      problems.report(
        rule.place,
        `there is no bus ${rule.busName} in this template; declare it, or correct EventBusName`,
      );
    }
    for (const target of rule.targets) checkTarget(template, rule, target);
  }
  for (const { arn, logicalId } of parts.buses) {
    checkKeyAccess(template, { ...service, logicalId, arn }, arn);
  }
}

function checkTarget(template: CheckedTemplate, rule: Rule, target: RuleTarget): void {
  const { place } = target;
  const sender: Sender = { ...service, logicalId: rule.logicalId, arn: rule.arn };
  if (!checkArn(template, target.arn, targetTypes, place)) return;
  switch (template.typeOf(target.arn)) {
    case "AWS::SQS::Queue":
      checkQueue(template, sender, target.arn, place, "target");
      break;
    case "AWS::Serverless::Function":
      checkFunctionAccess(template, sender, target.arn, place);
      break;
    case "AWS::SNS::Topic":
      checkTopic(template, sender, target.arn, place);
      break;
    case "AWS::Serverless::StateMachine":
    case "AWS::StepFunctions::StateMachine":
      checkRole(template, rule, target);
      break;
  }
  if (target.deadLetterArn === undefined) return;
  if (!checkArn(template, target.deadLetterArn, { "AWS::SQS::Queue": "a queue" }, place)) return;
  checkQueue(template, sender, target.deadLetterArn, place, "dead-letter queue");
}

/** A state machine has no policy of its own: EventBridge starts it in a role. */
function checkRole(template: CheckedTemplate, rule: Rule, { roleArn, place }: RuleTarget): void {
  if (roleArn === undefined) {
    template.problems.report(
      place,
      `${rule.logicalId} needs a role to start this state machine, so EventBridge would refuse the target; add RoleArn`,
    );
  } else if (!trusts(template, roleArn, service.service)) {
    template.problems.report(
      place,
      `the role ${roleArn} does not trust ${service.service}, so EventBridge would drop the event; let it assume the role`,
    );
  }
}

function checkQueue(
  template: CheckedTemplate,
  sender: Sender,
  queueArn: string,
  place: Place,
  role: "target" | "dead-letter queue",
): void {
  const queue = queueByArn(template, queueArn);
  if (queue?.fifo === true) {
    template.problems.report(
      place,
      `${queue.logicalId} is a FIFO queue, which a rule cannot use as ${role} here; use a standard one`,
    );
  }
  checkQueueAccess(template, sender, queueArn, role, place);
}

function checkTopic(template: CheckedTemplate, sender: Sender, topicArn: string, place: Place): void {
  const topic = topicByArn(template, topicArn);
  if (topic?.fifo === true) {
    template.problems.report(
      place,
      `${topic.logicalId} is a FIFO topic, which EventBridge cannot publish to; use a standard one`,
    );
  }
  checkTopicAccess(template, sender, topicArn, place);
}
