import { object, required } from "../object-shape.ts";
import { list, text } from "../shapes.ts";
import { byLogicalId, resourceKind } from "./kind.ts";
import { policyDocument } from "./policy-document.ts";

/** Source: CloudFormation 'AWS::SQS::QueuePolicy'. Read to see who may send to its queues. */
export const queuePolicy = resourceKind({
  type: "AWS::SQS::QueuePolicy",
  properties: object(
    { Queues: required(list(text(), { least: 1 })), PolicyDocument: required(policyDocument) },
    { name: "AWS::SQS::QueuePolicy" },
  ),
  returns: byLogicalId,
  build: (properties, { logicalId, place }) => ({
    queuePolicies: [{ logicalId, queueUrls: properties.Queues, document: properties.PolicyDocument }],
    deployOnly: [{ logicalId, type: "AWS::SQS::QueuePolicy", place }],
  }),
});
