import { deployOnly, object } from "../object-shape.ts";
import { jsonObject, list, oneOf, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { tagList } from "./tags.ts";

/** Source: CloudFormation 'AWS::Logs::LogGroup'. */
export const logGroup = resourceKind({
  type: "AWS::Logs::LogGroup",
  properties: object(
    {
      LogGroupName: deployOnly(
        text({ pattern: /^[A-Za-z0-9_./#-]{1,512}$/, hint: "use letters, digits, _ . / # -" }),
      ),
      RetentionInDays: deployOnly(
        oneOf(
          ...["1", "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365", "400", "545", "731"],
          ...["1096", "1827", "2192", "2557", "2922", "3288", "3653"],
        ),
      ),
      KmsKeyId: deployOnly(text()),
      LogGroupClass: deployOnly(oneOf("STANDARD", "INFREQUENT_ACCESS", "DELIVERY")),
      DataProtectionPolicy: deployOnly(jsonObject()),
      FieldIndexPolicies: deployOnly(list(jsonObject())),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::Logs::LogGroup" },
  ),
  returns(naming) {
    const name = naming.name("LogGroupName");
    const groupArn = arn(naming.stack, "logs", `log-group:${name}:*`);
    return { name, arn: groupArn, ref: name, attributes: { Arn: groupArn } };
  },
});
