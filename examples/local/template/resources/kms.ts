import { deployOnly, object, required } from "../object-shape.ts";
import { flag, integer, oneOf, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { policyDocument } from "./policy-document.ts";
import { tagList } from "./tags.ts";

/**
 * Source: CloudFormation 'AWS::KMS::Key'. Nothing is encrypted here; the policy is read to see whether the
 * services that write to an encrypted queue or bus may use the key.
 */
export const kmsKey = resourceKind({
  type: "AWS::KMS::Key",
  properties: object(
    {
      KeyPolicy: required(policyDocument),
      Description: deployOnly(text()),
      Enabled: deployOnly(flag()),
      EnableKeyRotation: deployOnly(flag()),
      RotationPeriodInDays: deployOnly(integer({ least: 90, most: 2_560 })),
      KeySpec: deployOnly(oneOf("SYMMETRIC_DEFAULT")),
      KeyUsage: deployOnly(oneOf("ENCRYPT_DECRYPT")),
      MultiRegion: deployOnly(flag()),
      PendingWindowInDays: deployOnly(integer({ least: 7, most: 30 })),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::KMS::Key" },
  ),
  returns({ logicalId, stack }) {
    const keyArn = arn(stack, "kms", `key/${logicalId}`);
    return { name: logicalId, arn: keyArn, ref: logicalId, attributes: { Arn: keyArn, KeyId: logicalId } };
  },
  build: ({ KeyPolicy }, { logicalId, place, arn: keyArn }) => ({
    keyPolicies: [{ arn: keyArn, keyId: logicalId, document: KeyPolicy }],
    deployOnly: [{ logicalId, type: "AWS::KMS::Key", place }],
  }),
});

/** Source: CloudFormation 'AWS::KMS::Alias'. */
export const kmsAlias = resourceKind({
  type: "AWS::KMS::Alias",
  properties: object(
    {
      AliasName: required(
        text({ pattern: /^alias\/(?!aws\/)[\w/-]{1,250}$/, hint: "start it with alias/, not alias/aws/" }),
      ),
      TargetKeyId: required(text()),
    },
    { name: "AWS::KMS::Alias" },
  ),
  returns(naming) {
    const name = naming.name("AliasName");
    return { name, arn: arn(naming.stack, "kms", name), ref: name, attributes: {} };
  },
  build: ({ AliasName, TargetKeyId }, { logicalId, place }) => ({
    keyAliases: [{ name: AliasName, keyName: TargetKeyId }],
    deployOnly: [{ logicalId, type: "AWS::KMS::Alias", place }],
  }),
});
