import { isBucketName } from "../../s3/bucket-name.ts";
import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, flag, list, oneOf, text } from "../shapes.ts";
import { lifecycleConfiguration, readLifecycle } from "./bucket-lifecycle.ts";
import { notificationConfiguration, readNotifications } from "./bucket-notifications.ts";
import { byLogicalId, resourceKind } from "./kind.ts";
import { policyDocument } from "./policy-document.ts";
import { tagList } from "./tags.ts";

const encryption = object({
  ServerSideEncryptionConfiguration: required(
    list(
      object({
        BucketKeyEnabled: optional(flag()),
        BlockedEncryptionTypes: optional(anything()),
        ServerSideEncryptionByDefault: optional(
          object({
            SSEAlgorithm: required(oneOf("AES256", "aws:kms", "aws:kms:dsse")),
            KMSMasterKeyID: optional(text()),
          }),
        ),
      }),
      { least: 1, most: 1 },
    ),
  ),
});

/**
 * Source: CloudFormation 'AWS::S3::Bucket'. Replication, object lock and websites would change what a program meets
 * here, so they are not served.
 */
export const bucket = resourceKind({
  type: "AWS::S3::Bucket",
  properties: object(
    {
      BucketName: optional(text()),
      VersioningConfiguration: optional(object({ Status: required(oneOf("Enabled", "Suspended")) })),
      LifecycleConfiguration: optional(lifecycleConfiguration),
      NotificationConfiguration: optional(notificationConfiguration),
      AccelerateConfiguration: deployOnly(
        object({ AccelerationStatus: required(oneOf("Enabled", "Suspended")) }),
      ),
      AnalyticsConfigurations: deployOnly(anything()),
      BucketEncryption: deployOnly(encryption),
      CorsConfiguration: deployOnly(anything()),
      IntelligentTieringConfigurations: deployOnly(anything()),
      InventoryConfigurations: deployOnly(anything()),
      LoggingConfiguration: deployOnly(anything()),
      MetricsConfigurations: deployOnly(anything()),
      OwnershipControls: deployOnly(
        object({
          Rules: required(
            list(
              object({
                ObjectOwnership: required(
                  oneOf("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"),
                ),
              }),
              { least: 1, most: 1 },
            ),
          ),
        }),
      ),
      PublicAccessBlockConfiguration: deployOnly(
        object({
          BlockPublicAcls: optional(flag()),
          BlockPublicPolicy: optional(flag()),
          IgnorePublicAcls: optional(flag()),
          RestrictPublicBuckets: optional(flag()),
        }),
      ),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::S3::Bucket" },
  ),
  returns(naming) {
    // A name that CloudFormation makes is lower case, and cut where it would be too long.
    const made = `${naming.stack.stackName}-${naming.logicalId}`.toLowerCase().slice(0, 63);
    const name = naming.text("BucketName") ?? made;
    const { region, urlSuffix, partition } = naming.stack;
    const bucketArn = `arn:${partition}:s3:::${name}`;
    return {
      name,
      arn: bucketArn,
      ref: name,
      attributes: {
        Arn: bucketArn,
        DomainName: `${name}.s3.${urlSuffix}`,
        RegionalDomainName: `${name}.s3.${region}.${urlSuffix}`,
        DualStackDomainName: `${name}.s3.dualstack.${region}.${urlSuffix}`,
      },
    };
  },
  build(properties, context) {
    const { logicalId, name, arn, place, problems } = context;
    if (!isBucketName(name)) {
      problems.report(
        context.at("BucketName"),
        `"${name}" is no name for a bucket; use 3 to 63 lower-case letters, digits, - and ., a letter or digit at ` +
          "both ends, and none of the prefixes and suffixes that S3 keeps for itself",
      );
    }
    const versioning = properties.VersioningConfiguration?.Status;
    const lifecycle = properties.LifecycleConfiguration;
    const notifications = properties.NotificationConfiguration;
    return {
      buckets: [
        {
          logicalId,
          name,
          arn,
          place,
          ...(versioning === undefined ? {} : { versioning }),
          lifecycle:
            lifecycle === undefined
              ? []
              : readLifecycle(lifecycle, {
                  problems,
                  at: (...path) => context.at("LifecycleConfiguration", "Rules", ...path),
                }),
          notifications:
            notifications === undefined
              ? []
              : readNotifications(notifications, {
                  problems,
                  at: (...path) => context.at("NotificationConfiguration", ...path),
                }),
          eventBridge: notifications?.EventBridgeConfiguration?.EventBridgeEnabled ?? false,
        },
      ],
    };
  },
});

/** Source: CloudFormation 'AWS::S3::BucketPolicy'. Nothing enforces it here. */
export const bucketPolicy = resourceKind({
  type: "AWS::S3::BucketPolicy",
  properties: object(
    {
      Bucket: deployOnly(text(), { required: true }),
      PolicyDocument: deployOnly(policyDocument, { required: true }),
    },
    { name: "AWS::S3::BucketPolicy" },
  ),
  returns: byLogicalId,
});
