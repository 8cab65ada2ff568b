/** Topics are made on deployment only: no rule or function can send to one here. */
import { deployOnly, object, required } from "../object-shape.ts";
import { jsonObject, list, oneOf, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { policyDocument } from "./policy-document.ts";
import { tagList } from "./tags.ts";

const must = { required: true };

/** Source: CloudFormation 'AWS::SNS::Topic'. Made on deployment only: no rule or function can send to it here. */
export const topic = resourceKind({
  type: "AWS::SNS::Topic",
  properties: object(
    {
      TopicName: deployOnly(text()),
      DisplayName: deployOnly(text()),
      KmsMasterKeyId: deployOnly(text()),
      TracingConfig: deployOnly(oneOf("Active", "PassThrough")),
      Subscription: deployOnly(
        list(object({ Endpoint: deployOnly(text(), must), Protocol: deployOnly(text(), must) })),
      ),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::SNS::Topic" },
  ),
  returns(naming) {
    const name = naming.name("TopicName");
    const topicArn = arn(naming.stack, "sns", name);
    return { name, arn: topicArn, ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
  },
});

/** Source: CloudFormation 'AWS::SNS::TopicPolicy'. Read to see who may publish to its topics. */
export const topicPolicy = resourceKind({
  type: "AWS::SNS::TopicPolicy",
  properties: object(
    {
      Topics: required(list(text(), { least: 1 })),
      PolicyDocument: required(policyDocument),
    },
    { name: "AWS::SNS::TopicPolicy" },
  ),
  returns: ({ logicalId }) => ({
    name: logicalId,
    arn: logicalId,
    ref: logicalId,
    attributes: { Id: logicalId },
  }),
  build: (properties, { logicalId, place }) => ({
    topicPolicies: [{ logicalId, topicArns: properties.Topics, document: properties.PolicyDocument }],
    deployOnly: [{ logicalId, type: "AWS::SNS::TopicPolicy", place }],
  }),
});

/** Source: CloudFormation 'AWS::SNS::Subscription'. */
export const subscription = resourceKind({
  type: "AWS::SNS::Subscription",
  properties: object(
    {
      TopicArn: deployOnly(text(), must),
      Endpoint: deployOnly(text(), must),
      // Only what reaches people: a queue or function behind a topic would have to run here.
      Protocol: deployOnly(oneOf("email", "email-json", "sms"), must),
      FilterPolicy: deployOnly(jsonObject()),
    },
    { name: "AWS::SNS::Subscription" },
  ),
  returns(naming) {
    const topicArn = `${naming.text("TopicArn")}:${naming.logicalId}`;
    return { name: naming.logicalId, arn: topicArn, ref: topicArn, attributes: { Arn: topicArn } };
  },
});
