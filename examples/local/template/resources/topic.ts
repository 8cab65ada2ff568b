import { deployOnly, object, optional, required } from "../object-shape.ts";
import { flag, list, oneOf, text } from "../shapes.ts";
import { arn, byLogicalId, resourceKind } from "./kind.ts";
import { policyDocument } from "./policy-document.ts";
import { protocols, readSubscription } from "./subscription.ts";
import { tagList } from "./tags.ts";

/** Source: CloudFormation 'AWS::SNS::Topic'; limits from the SNS API Reference, 'CreateTopic'. */
export const topic = resourceKind({
  type: "AWS::SNS::Topic",
  properties: object(
    {
      TopicName: optional(
        text({ pattern: /^[A-Za-z0-9_-]+(\.fifo)?$/, hint: "use letters, digits, - and _, at most 256" }),
      ),
      DisplayName: optional(text()),
      FifoTopic: optional(flag()),
      ContentBasedDeduplication: optional(flag()),
      KmsMasterKeyId: optional(text()),
      Subscription: optional(list(object({ Endpoint: required(text()), Protocol: required(protocols) }))),
      FifoThroughputScope: deployOnly(oneOf("Topic")),
      SignatureVersion: deployOnly(oneOf("1", "2")),
      TracingConfig: deployOnly(oneOf("Active", "PassThrough")),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::SNS::Topic" },
  ),
  returns(naming) {
    const suffix = naming.text("FifoTopic") === "true" ? ".fifo" : "";
    const made = `${naming.stack.stackName}-${naming.logicalId}${suffix}`;
    const name = naming.text("TopicName") ?? made;
    const topicArn = arn(naming.stack, "sns", name);
    return { name, arn: topicArn, ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
  },
  build(properties, context) {
    const { name, logicalId, problems, place } = context;
    const fifo = properties.FifoTopic ?? false;
    if (fifo !== name.endsWith(".fifo")) {
      const message = fifo
        ? `the name "${name}" of a FIFO topic must end in .fifo; add it`
        : `the name "${name}" ends in .fifo but the topic is none; set FifoTopic: true or change the name`;
      problems.report(context.at("TopicName"), message);
    }
    if (name.length > 256) {
      problems.report(
        context.at("TopicName"),
        `the name "${name}" is longer than 256 characters; shorten it`,
      );
    }
    if (!fifo && properties.ContentBasedDeduplication === true) {
      problems.report(
        context.at("ContentBasedDeduplication"),
        "only a FIFO topic can deduplicate; set FifoTopic: true or take this out",
      );
    }
    const { DisplayName, KmsMasterKeyId } = properties;
    return {
      topics: [
        {
          logicalId,
          name,
          arn: context.arn,
          place,
          fifo,
          contentBasedDeduplication: properties.ContentBasedDeduplication ?? false,
          ...(DisplayName === undefined ? {} : { displayName: DisplayName }),
        },
      ],
      subscriptions: (properties.Subscription ?? []).flatMap((written, index) => {
        const id = `${logicalId}Subscription${index + 1}`;
        return readSubscription(written, {
          logicalId: id,
          arn: `${context.arn}:${id}`,
          topicArn: context.arn,
          problems,
          at: (...path) => context.at("Subscription", index, ...path),
        });
      }),
      ...(KmsMasterKeyId === undefined
        ? {}
        : {
            encrypted: [{ arn: context.arn, keyName: KmsMasterKeyId, place: context.at("KmsMasterKeyId") }],
          }),
    };
  },
});

/** Source: CloudFormation 'AWS::SNS::TopicPolicy'. Read to see who may publish to its topics. */
export const topicPolicy = resourceKind({
  type: "AWS::SNS::TopicPolicy",
  properties: object(
    { Topics: required(list(text(), { least: 1 })), PolicyDocument: required(policyDocument) },
    { name: "AWS::SNS::TopicPolicy" },
  ),
  returns: byLogicalId,
  build: (properties, { logicalId, place }) => ({
    topicPolicies: [{ logicalId, topicArns: properties.Topics, document: properties.PolicyDocument }],
    deployOnly: [{ logicalId, type: "AWS::SNS::TopicPolicy", place }],
  }),
});
