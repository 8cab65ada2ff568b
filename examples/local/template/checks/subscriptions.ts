/**
 * What SNS would refuse, or drop in silence, between a topic and what is subscribed to it.
 *
 * Source: SNS Developer Guide, 'Subscribing an Amazon SQS queue to an Amazon SNS topic', 'Message delivery for FIFO
 * topics' and 'Dead-letter queues'.
 */
import type { Subscription, Topic } from "../stack.ts";
import { checkFunctionAccess, checkQueueAccess, type Sender } from "./access.ts";
import { type CheckedTemplate, checkArn, queueByArn, topicByArn } from "./checked-template.ts";

const queueType = { "AWS::SQS::Queue": "a queue" };

export function checkSubscriptions(template: CheckedTemplate): void {
  const taken = new Map<string, string>();
  for (const subscription of template.parts.subscriptions) {
    const { topicArn, endpointArn, logicalId, place } = subscription;
    const other = taken.get(`${topicArn} ${endpointArn}`);
    if (other !== undefined) {
      // Made twice, it is one subscription on AWS, with the attributes of either.
      template.problems.report(place, `${other} subscribes the same to the same topic; keep one of them`);
    }
    taken.set(`${topicArn} ${endpointArn}`, logicalId);
    if (!checkArn(template, topicArn, { "AWS::SNS::Topic": "a topic" }, place)) continue;
    const topic = topicByArn(template, topicArn);
    if (topic !== undefined) checkSubscription(template, subscription, topic);
  }
}

function checkSubscription(template: CheckedTemplate, subscription: Subscription, topic: Topic): void {
  const { endpointArn, deadLetterArn, place } = subscription;
  const sender: Sender = {
    service: "sns.amazonaws.com",
    serviceName: "SNS",
    logicalId: topic.logicalId,
    arn: topic.arn,
    what: "the message",
  };
  if (subscription.protocol === "lambda") {
    checkFunction(template, sender, subscription, topic);
  } else if (checkArn(template, endpointArn, queueType, place)) {
    const queue = queueByArn(template, endpointArn);
    if (queue?.fifo === true && !topic.fifo) {
      template.problems.report(
        place,
        `${queue.logicalId} is a FIFO queue, which no standard topic delivers to; make ${topic.logicalId} a FIFO ` +
          "topic, or subscribe a standard queue",
      );
    }
    checkQueueAccess(template, sender, endpointArn, "subscriber", place);
  }
  if (deadLetterArn === undefined || !checkArn(template, deadLetterArn, queueType, place)) return;
  const letters = queueByArn(template, deadLetterArn);
  if (letters !== undefined && letters.fifo !== topic.fifo) {
    const kind = topic.fifo ? "FIFO" : "standard";
    template.problems.report(
      place,
      `the dead-letter queue of a ${kind} topic's subscription must be a ${kind} queue, and ${letters.logicalId} is ` +
        "none; change one",
    );
  }
  checkQueueAccess(template, sender, deadLetterArn, "dead-letter queue", place);
}

function checkFunction(
  template: CheckedTemplate,
  sender: Sender,
  { endpointArn, place }: Subscription,
  topic: Topic,
): void {
  if (!checkArn(template, endpointArn, { "AWS::Serverless::Function": "a function" }, place)) return;
  if (topic.fifo) {
    template.problems.report(
      place,
      `${topic.logicalId} is a FIFO topic, which delivers to queues only; subscribe a queue, and give the function ` +
        "that queue as an event",
    );
  }
  checkFunctionAccess(template, sender, endpointArn, place);
}
