import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, flag, integer, jsonObject, list, oneOf, text } from "../shapes.ts";
import type { Table } from "../stack.ts";
import { type ResourceContext, resourceKind } from "./kind.ts";
import { checkTableKeys } from "./table-keys.ts";
import { tableReturns } from "./table-name.ts";
import { tagList } from "./tags.ts";

const throughput = object({
  ReadCapacityUnits: required(integer({ least: 1 })),
  WriteCapacityUnits: required(integer({ least: 1 })),
});
const keySchema = list(
  object({ AttributeName: required(text()), KeyType: required(oneOf("HASH", "RANGE")) }),
  { least: 1, most: 2 },
);
const projection = object({
  ProjectionType: required(oneOf("ALL", "KEYS_ONLY", "INCLUDE")),
  NonKeyAttributes: optional(list(text(), { least: 1 })),
});
const index = object({
  IndexName: required(
    text({ pattern: /^[A-Za-z0-9_.-]{3,255}$/, hint: "use 3 to 255 letters, digits, . - _" }),
  ),
  KeySchema: required(keySchema),
  Projection: required(projection),
});
const globalIndex = object({
  IndexName: required(
    text({ pattern: /^[A-Za-z0-9_.-]{3,255}$/, hint: "use 3 to 255 letters, digits, . - _" }),
  ),
  KeySchema: required(keySchema),
  Projection: required(projection),
  ProvisionedThroughput: optional(throughput),
  OnDemandThroughput: deployOnly(anything()),
});

/** Source: CloudFormation 'AWS::DynamoDB::Table'. */
export const table = resourceKind({
  type: "AWS::DynamoDB::Table",
  properties: object(
    {
      TableName: optional(
        text({ pattern: /^[A-Za-z0-9_.-]{3,255}$/, hint: "use 3 to 255 letters, digits, . - _" }),
      ),
      KeySchema: required(keySchema),
      AttributeDefinitions: required(
        list(object({ AttributeName: required(text()), AttributeType: required(oneOf("S", "N", "B")) })),
      ),
      BillingMode: optional(oneOf("PAY_PER_REQUEST", "PROVISIONED")),
      ProvisionedThroughput: optional(throughput),
      GlobalSecondaryIndexes: optional(list(globalIndex, { most: 20 })),
      LocalSecondaryIndexes: optional(list(index, { most: 5 })),
      StreamSpecification: optional(
        object({
          StreamViewType: required(oneOf("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")),
        }),
      ),
      TimeToLiveSpecification: optional(
        object({ AttributeName: optional(text()), Enabled: required(flag()) }),
      ),
      SSESpecification: deployOnly(
        object({
          SSEEnabled: required(flag()),
          SSEType: optional(oneOf("KMS")),
          KMSMasterKeyId: optional(text()),
        }),
      ),
      PointInTimeRecoverySpecification: deployOnly(
        object({
          PointInTimeRecoveryEnabled: required(flag()),
          RecoveryPeriodInDays: optional(integer({ least: 1, most: 35 })),
        }),
      ),
      DeletionProtectionEnabled: deployOnly(flag()),
      TableClass: deployOnly(oneOf("STANDARD", "STANDARD_INFREQUENT_ACCESS")),
      OnDemandThroughput: deployOnly(anything()),
      WarmThroughput: deployOnly(anything()),
      ContributorInsightsSpecification: deployOnly(anything()),
      ResourcePolicy: deployOnly(jsonObject()),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::DynamoDB::Table" },
  ),
  returns: tableReturns,
  build(properties, context) {
    const { problems } = context;
    const onDemand = properties.BillingMode === "PAY_PER_REQUEST";
    if (onDemand === (properties.ProvisionedThroughput !== undefined)) {
      const message = onDemand
        ? "an on-demand table has no ProvisionedThroughput; take it out"
        : "BillingMode is PROVISIONED unless said otherwise, which needs ProvisionedThroughput; write BillingMode: PAY_PER_REQUEST, or give it";
      problems.report(context.at(onDemand ? "ProvisionedThroughput" : "BillingMode"), message);
    }
    const time = properties.TimeToLiveSpecification;
    if (time?.Enabled === true && time.AttributeName === undefined) {
      problems.report(
        context.at("TimeToLiveSpecification"),
        "AttributeName is missing; name the attribute with the expiry",
      );
    }
    const globalSecondaryIndexes = properties.GlobalSecondaryIndexes ?? [];
    const localSecondaryIndexes = properties.LocalSecondaryIndexes ?? [];
    const built: Table = {
      ...identityOf(context),
      keySchema: properties.KeySchema,
      attributeDefinitions: properties.AttributeDefinitions,
      globalSecondaryIndexes: globalSecondaryIndexes.map(withoutUndefined),
      localSecondaryIndexes: localSecondaryIndexes.map(withoutUndefined),
      ...(properties.StreamSpecification === undefined
        ? {}
        : { streamViewType: properties.StreamSpecification.StreamViewType }),
      ...(time?.Enabled === true && time.AttributeName !== undefined
        ? { ttlAttribute: time.AttributeName }
        : {}),
    };
    checkTableKeys(built, [...globalSecondaryIndexes, ...localSecondaryIndexes], context);
    return { tables: [built] };
  },
});

function identityOf({ logicalId, name, arn, place }: ResourceContext) {
  return { logicalId, name, arn, place };
}

function withoutUndefined(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (inner === undefined) return [];
      const isObject = typeof inner === "object" && inner !== null && !Array.isArray(inner);
      // Checked on the line above: an object that is no list.
      return [[key, isObject ? withoutUndefined(inner as Record<string, unknown>) : inner]];
    }),
  );
}
