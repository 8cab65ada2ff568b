import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, flag, oneOf, text } from "../shapes.ts";
import { resourceKind } from "./kind.ts";
import { tableReturns } from "./table-name.ts";

const primitiveTypes = { String: "S", Number: "N", Binary: "B" } as const;

/** Source: SAM 'AWS::Serverless::SimpleTable'. On demand unless it says otherwise; the key is `id` by default. */
export const simpleTable = resourceKind({
  type: "AWS::Serverless::SimpleTable",
  properties: object(
    {
      TableName: optional(
        text({ pattern: /^[A-Za-z0-9_.-]{3,255}$/, hint: "use 3 to 255 letters, digits, . - _" }),
      ),
      PrimaryKey: optional(
        object({ Name: optional(text()), Type: required(oneOf("String", "Number", "Binary")) }),
      ),
      ProvisionedThroughput: deployOnly(anything()),
      PointInTimeRecoverySpecification: deployOnly(object({ PointInTimeRecoveryEnabled: required(flag()) })),
      SSESpecification: deployOnly(anything()),
      Tags: deployOnly(anything()),
    },
    { name: "AWS::Serverless::SimpleTable" },
  ),
  returns: tableReturns,
  build({ PrimaryKey }, { logicalId, name, arn, place }) {
    const AttributeName = PrimaryKey?.Name ?? "id";
    return {
      tables: [
        {
          logicalId,
          name,
          arn,
          place,
          keySchema: [{ AttributeName, KeyType: "HASH" }],
          attributeDefinitions: [
            { AttributeName, AttributeType: primitiveTypes[PrimaryKey?.Type ?? "String"] },
          ],
          globalSecondaryIndexes: [],
          localSecondaryIndexes: [],
        },
      ],
    };
  },
});
