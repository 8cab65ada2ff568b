/**
 * What EventBridge would drop in silence: an event for a target that it may not reach.
 *
 * Source: EventBridge User Guide, 'Using resource-based policies for Amazon EventBridge' and 'Using
 * dead-letter queues to process undelivered events'.
 */
import { allows } from "../resources/policy-document.ts";
import type { Place, Rule, RuleTarget } from "../stack.ts";
import { type CheckedTemplate, checkArn, queueByArn } from "./checked-template.ts";
import { checkKey } from "./keys.ts";

const service = "events.amazonaws.com";
const eventBridge = { service, serviceName: "EventBridge" };
const targetTypes = {
  "AWS::Serverless::Function": "a function",
  "AWS::SQS::Queue": "a queue",
  "AWS::Events::EventBus": "a bus",
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
  for (const { arn, keyName, place } of parts.encrypted) {
    if (template.typeOf(arn) === "AWS::Events::EventBus")
      checkKey(template, { ...eventBridge, keyName, sourceArn: arn, encryptedArn: arn, place });
  }
}

function checkTarget(template: CheckedTemplate, rule: Rule, target: RuleTarget): void {
  const { place } = target;
  if (!checkArn(template, target.arn, targetTypes, place)) return;
  switch (template.typeOf(target.arn)) {
    case "AWS::SQS::Queue":
      checkQueue(template, rule, target.arn, place, "target");
      break;
    case "AWS::Serverless::Function": {
      const permitted = template.parts.permissions.some(
        ({ functionArn, principal, sourceArn }) =>
          functionArn === target.arn &&
          principal === service &&
          (sourceArn === undefined || sourceArn === rule.arn),
      );
      if (!permitted) {
        template.problems.report(
          place,
          `${rule.logicalId} may not invoke this function, so EventBridge would drop the event; add an ` +
            `AWS::Lambda::Permission for ${service} with SourceArn ${rule.logicalId}.Arn`,
        );
      }
      break;
    }
  }
  if (target.deadLetterArn === undefined) return;
  if (!checkArn(template, target.deadLetterArn, { "AWS::SQS::Queue": "a queue" }, place)) return;
  checkQueue(template, rule, target.deadLetterArn, place, "dead-letter queue");
}

function checkQueue(
  template: CheckedTemplate,
  rule: Rule,
  queueArn: string,
  place: Place,
  role: "target" | "dead-letter queue",
): void {
  const queue = queueByArn(template, queueArn);
  if (queue === undefined) return;
  const { parts, problems, stack } = template;
  if (queue.fifo) {
    problems.report(
      place,
      `${queue.logicalId} is a FIFO queue, which a rule cannot use as ${role} here; use a standard one`,
    );
  }
  const question = { service, sourceArn: rule.arn, accountId: stack.accountId, action: "sqs:SendMessage" };
  const permitted = parts.queuePolicies.some(
    ({ queueUrls, document }) =>
      queueUrls.includes(queue.url) && allows(document, { ...question, resourceArn: queueArn }),
  );
  if (!permitted) {
    problems.report(
      place,
      `${rule.logicalId} may not send to its ${role} ${queue.logicalId}, so EventBridge would drop the event; add an ` +
        `AWS::SQS::QueuePolicy that allows ${service} sqs:SendMessage on it`,
    );
  }
  const encrypted = parts.encrypted.find(({ arn }) => arn === queueArn);
  if (encrypted === undefined) return;
  const { keyName, place: keyPlace } = encrypted;
  checkKey(template, {
    ...eventBridge,
    keyName,
    sourceArn: rule.arn,
    encryptedArn: queueArn,
    place: keyPlace,
  });
}
