import { object, optional, required } from "../../object-shape.ts";
import { notServed, text } from "../../shapes.ts";
import { readSubscription, subscriptionFields } from "../subscription.ts";
import { eventType } from "./event-type.ts";

/** Source: SAM Developer Guide, 'SNS': a subscription of the function, and the topic's permission to invoke it. */
export const sns = eventType({
  type: "SNS",
  properties: object(
    {
      Topic: required(text()),
      ...subscriptionFields,
      // SAM would make a queue between topic and function that no template shows.
      SqsSubscription: optional(notServed("declare the queue, its policy and an SQS event instead")),
    },
    { name: "an SNS event" },
  ),
  parts(event, { logicalId, ownerArn, problems, at }) {
    const about = { logicalId, arn: `${event.Topic}:${logicalId}`, topicArn: event.Topic, problems, at };
    return {
      subscriptions: readSubscription({ ...event, Endpoint: ownerArn, Protocol: "lambda" }, about),
      permissions: [{ functionArn: ownerArn, principal: "sns.amazonaws.com", sourceArn: event.Topic }],
    };
  },
});
