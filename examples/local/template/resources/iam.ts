/** Nothing asks for permission here; IAM itself judges these on AWS. */
import { deployOnly, object, required } from "../object-shape.ts";
import { integer, list, text } from "../shapes.ts";
import { resourceKind } from "./kind.ts";
import { policyDocument } from "./policy-document.ts";
import { tagList } from "./tags.ts";

const must = { required: true };

/** Source: CloudFormation 'AWS::IAM::Role'. */
export const role = resourceKind({
  type: "AWS::IAM::Role",
  properties: object(
    {
      RoleName: deployOnly(text()),
      AssumeRolePolicyDocument: required(policyDocument),
      Policies: deployOnly(
        list(
          object({ PolicyName: deployOnly(text(), must), PolicyDocument: deployOnly(policyDocument, must) }),
        ),
      ),
      ManagedPolicyArns: deployOnly(list(text())),
      PermissionsBoundary: deployOnly(text()),
      Path: deployOnly(text()),
      Description: deployOnly(text()),
      MaxSessionDuration: deployOnly(integer({ least: 3_600, most: 43_200 })),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::IAM::Role" },
  ),
  returns(naming) {
    const name = naming.name("RoleName");
    const { partition, accountId } = naming.stack;
    const roleArn = `arn:${partition}:iam::${accountId}:role/${name}`;
    return { name, arn: roleArn, ref: name, attributes: { Arn: roleArn, RoleId: name } };
  },
  build: ({ AssumeRolePolicyDocument }, { arn, logicalId, place }) => ({
    roles: [{ arn, trust: AssumeRolePolicyDocument }],
    deployOnly: [{ logicalId, type: "AWS::IAM::Role", place }],
  }),
});

/** Source: CloudFormation 'AWS::IAM::ManagedPolicy'. */
export const managedPolicy = resourceKind({
  type: "AWS::IAM::ManagedPolicy",
  properties: object(
    {
      ManagedPolicyName: deployOnly(text()),
      PolicyDocument: deployOnly(policyDocument, must),
      Description: deployOnly(text()),
      Path: deployOnly(text()),
      Roles: deployOnly(list(text())),
    },
    { name: "AWS::IAM::ManagedPolicy" },
  ),
  returns(naming) {
    const name = naming.name("ManagedPolicyName");
    const { partition, accountId } = naming.stack;
    const policyArn = `arn:${partition}:iam::${accountId}:policy/${name}`;
    return { name, arn: policyArn, ref: policyArn, attributes: { PolicyArn: policyArn } };
  },
});
