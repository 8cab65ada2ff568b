import { deployOnly, object, optional, required } from "../object-shape.ts";
import { jsonObject, oneOf, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { tagList } from "./tags.ts";

/** Source: CloudFormation 'AWS::Events::EventBus'. */
export const eventBus = resourceKind({
  type: "AWS::Events::EventBus",
  properties: object(
    {
      Name: required(
        text({
          pattern: /^(?!default$)[./A-Za-z0-9_-]{1,256}$/,
          hint: "use letters, digits, . - _ and not default",
        }),
      ),
      KmsKeyIdentifier: optional(text()),
      Description: deployOnly(text()),
      DeadLetterConfig: deployOnly(object({ Arn: required(text()) })),
      LogConfig: deployOnly(
        object({
          IncludeDetail: optional(oneOf("NONE", "FULL")),
          Level: optional(oneOf("OFF", "ERROR", "INFO", "TRACE")),
        }),
      ),
      Policy: deployOnly(jsonObject()),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::Events::EventBus" },
  ),
  returns(naming) {
    const name = naming.name("Name");
    const busArn = arn(naming.stack, "events", `event-bus/${name}`);
    return { name, arn: busArn, ref: name, attributes: { Arn: busArn, Name: name } };
  },
  build: ({ KmsKeyIdentifier }, context) => ({
    buses: [{ logicalId: context.logicalId, name: context.name, arn: context.arn, place: context.place }],
    ...(KmsKeyIdentifier === undefined
      ? {}
      : {
          encrypted: [{ arn: context.arn, keyName: KmsKeyIdentifier, place: context.at("KmsKeyIdentifier") }],
        }),
  }),
});
