import { object, optional, required } from "../object-shape.ts";
import type { Problems } from "../problems.ts";
import { flag, jsonObject, oneOf, type Read, text } from "../shapes.ts";
import type { Place, Subscription } from "../stack.ts";
import { resourceKind } from "./kind.ts";

/** Queues and functions are served; what reaches people, or leaves this cloud, is AWS's alone. */
export const protocols = oneOf("sqs", "lambda", "email", "email-json", "sms", "https");

/** What a subscription may say, the same in AWS::SNS::Subscription and in SAM's SNS event. */
export const subscriptionFields = {
  FilterPolicy: optional(jsonObject()),
  FilterPolicyScope: optional(oneOf("MessageAttributes", "MessageBody")),
  RedrivePolicy: optional(object({ deadLetterTargetArn: required(text()) })),
};

const fields = object({
  ...subscriptionFields,
  Endpoint: required(text()),
  Protocol: required(protocols),
  RawMessageDelivery: optional(flag()),
});

/** Source: CloudFormation 'AWS::SNS::Subscription'. */
export const subscription = resourceKind({
  type: "AWS::SNS::Subscription",
  properties: object(
    {
      TopicArn: required(text()),
      Endpoint: required(text()),
      Protocol: required(protocols),
      RawMessageDelivery: optional(flag()),
      ...subscriptionFields,
    },
    { name: "AWS::SNS::Subscription" },
  ),
  returns(naming) {
    const arn = `${naming.text("TopicArn")}:${naming.logicalId}`;
    return { name: naming.logicalId, arn, ref: arn, attributes: { Arn: arn } };
  },
  build(properties, context) {
    const { logicalId, place, problems, arn, at } = context;
    const about = { logicalId, arn, topicArn: properties.TopicArn, problems, at };
    const subscriptions = readSubscription(properties, about);
    const served = properties.Protocol === "sqs" || properties.Protocol === "lambda";
    return {
      subscriptions,
      deployOnly: served ? [] : [{ logicalId, type: "AWS::SNS::Subscription", place }],
    };
  },
});

/** Fills in SNS's defaults. None when there is nothing to run here. Source: SNS API Reference, 'Subscribe'. */
export function readSubscription(
  properties: Partial<Read<typeof fields>> & Pick<Read<typeof fields>, "Endpoint" | "Protocol">,
  about: {
    readonly logicalId: string;
    readonly arn: string;
    readonly topicArn: string;
    readonly problems: Problems;
    readonly at: (...path: readonly string[]) => Place;
  },
): readonly Subscription[] {
  const { Endpoint, Protocol, FilterPolicy, RedrivePolicy } = properties;
  if (Protocol !== "sqs" && Protocol !== "lambda") return [];
  if (!Endpoint.startsWith("arn:")) {
    about.problems.report(about.at("Endpoint"), `${Endpoint} is no ARN; write !GetAtt <its name>.Arn`);
  }
  if (Protocol === "lambda" && properties.RawMessageDelivery === true) {
    about.problems.report(
      about.at("RawMessageDelivery"),
      "a function gets no raw messages; take this out, or subscribe a queue",
    );
  }
  if (FilterPolicy === undefined && properties.FilterPolicyScope !== undefined) {
    about.problems.report(
      about.at("FilterPolicyScope"),
      "there is no FilterPolicy that this could be the scope of; add one, or take this out",
    );
  }
  return [
    {
      logicalId: about.logicalId,
      arn: about.arn,
      topicArn: about.topicArn,
      protocol: Protocol,
      endpointArn: Endpoint,
      rawMessageDelivery: properties.RawMessageDelivery ?? false,
      ...(FilterPolicy === undefined ? {} : { filterPolicy: FilterPolicy }),
      filterPolicyScope: properties.FilterPolicyScope ?? "MessageAttributes",
      ...(RedrivePolicy === undefined ? {} : { deadLetterArn: RedrivePolicy.deadLetterTargetArn }),
      place: about.at(),
    },
  ];
}
