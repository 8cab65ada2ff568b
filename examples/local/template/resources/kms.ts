import { createHash } from "node:crypto";
import { deployOnly, object, optional, required } from "../object-shape.ts";
import { flag, integer, oneOf, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { policyDocument } from "./policy-document.ts";
import { tagList } from "./tags.ts";

/**
 * Source: CloudFormation 'AWS::KMS::Key'. Functions may encrypt with it. What queues, buses and topics hold is not
 * encrypted here; the policy is read to see whether the services that write to them may use the key.
 */
export const kmsKey = resourceKind({
  type: "AWS::KMS::Key",
  properties: object(
    {
      KeyPolicy: required(policyDocument),
      Description: optional(text()),
      Enabled: optional(flag()),
      EnableKeyRotation: optional(flag()),
      RotationPeriodInDays: optional(integer({ least: 90, most: 2_560 })),
      KeySpec: deployOnly(oneOf("SYMMETRIC_DEFAULT")),
      KeyUsage: deployOnly(oneOf("ENCRYPT_DECRYPT")),
      MultiRegion: deployOnly(oneOf("false")),
      PendingWindowInDays: deployOnly(integer({ least: 7, most: 30 })),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::KMS::Key" },
  ),
  returns({ logicalId, stack }) {
    const keyId = keyIdOf(stack.stackName, logicalId);
    const keyArn = arn(stack, "kms", `key/${keyId}`);
    return { name: keyId, arn: keyArn, ref: keyId, attributes: { Arn: keyArn, KeyId: keyId } };
  },
  build(properties, { logicalId, name, place, arn: keyArn }) {
    const { KeyPolicy, Description, EnableKeyRotation, RotationPeriodInDays } = properties;
    return {
      keyPolicies: [{ logicalId, arn: keyArn, keyId: name, document: KeyPolicy }],
      keys: [
        {
          logicalId,
          name,
          arn: keyArn,
          place,
          keyId: name,
          ...(Description === undefined ? {} : { description: Description }),
          enabled: properties.Enabled ?? true,
          ...(EnableKeyRotation === true ? { rotationPeriodDays: RotationPeriodInDays ?? 365 } : {}),
          aliases: [],
        },
      ],
    };
  },
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
    keyAliases: [{ name: AliasName, keyName: TargetKeyId, place }],
    deployOnly: [{ logicalId, type: "AWS::KMS::Alias", place }],
  }),
});

/** A UUID as AWS gives one to a key, but the same in every run. */
function keyIdOf(stackName: string, logicalId: string): string {
  const hex = createHash("sha256").update(`${stackName}/${logicalId}`).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
