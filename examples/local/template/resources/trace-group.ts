import { deployOnly, object } from "../object-shape.ts";
import { flag, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { tagList } from "./tags.ts";

const must = { required: true };

/** Source: CloudFormation 'AWS::XRay::Group'. */
export const traceGroup = resourceKind({
  type: "AWS::XRay::Group",
  properties: object(
    {
      GroupName: deployOnly(text({ pattern: /^.{1,32}$/, hint: "use at most 32 characters" }), must),
      FilterExpression: deployOnly(text()),
      InsightsConfiguration: deployOnly(
        object({ InsightsEnabled: deployOnly(flag()), NotificationsEnabled: deployOnly(flag()) }),
      ),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::XRay::Group" },
  ),
  returns(naming) {
    const groupArn = arn(naming.stack, "xray", `group/${naming.name("GroupName")}/local`);
    return { name: naming.logicalId, arn: groupArn, ref: groupArn, attributes: { GroupARN: groupArn } };
  },
});
