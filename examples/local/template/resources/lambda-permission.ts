import { object, optional, required } from "../object-shape.ts";
import { oneOf, text } from "../shapes.ts";
import { byLogicalId, resourceKind } from "./kind.ts";
import { functionArnOf } from "./mapping-fields.ts";

/** Source: CloudFormation 'AWS::Lambda::Permission'. Read to see who may invoke its function. */
export const lambdaPermission = resourceKind({
  type: "AWS::Lambda::Permission",
  properties: object(
    {
      Action: required(oneOf("lambda:InvokeFunction")),
      FunctionName: required(text()),
      Principal: required(text()),
      SourceArn: optional(text()),
      SourceAccount: optional(text()),
    },
    { name: "AWS::Lambda::Permission" },
  ),
  returns: byLogicalId,
  build: (properties, { logicalId, place, stack }) => ({
    permissions: [
      {
        logicalId,
        functionArn: functionArnOf(properties.FunctionName, stack),
        principal: properties.Principal,
        sourceArn: properties.SourceArn,
        ...(properties.SourceAccount === undefined ? {} : { sourceAccount: properties.SourceAccount }),
      },
    ],
    deployOnly: [{ logicalId, type: "AWS::Lambda::Permission", place }],
  }),
});
