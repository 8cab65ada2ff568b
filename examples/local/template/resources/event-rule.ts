import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, jsonObject, list, oneOf, text } from "../shapes.ts";
import { arn, resourceKind, type StackIdentity } from "./kind.ts";
import { readTarget, targetFields } from "./rule-target.ts";

/** Source: CloudFormation 'AWS::Events::Rule'. A schedule is not served: a rule here has a pattern. */
export const eventRule = resourceKind({
  type: "AWS::Events::Rule",
  properties: object(
    {
      EventPattern: required(jsonObject()),
      EventBusName: optional(text()),
      Name: optional(
        text({ pattern: /^[.A-Za-z0-9_-]{1,64}$/, hint: "use letters, digits, . - _, at most 64" }),
      ),
      State: optional(oneOf("ENABLED", "DISABLED")),
      Targets: optional(
        list(
          object({
            Id: required(
              text({ pattern: /^[.A-Za-z0-9_-]{1,64}$/, hint: "use letters, digits, . - _, at most 64" }),
            ),
            Arn: required(text()),
            RoleArn: optional(text()),
            ...targetFields,
          }),
          { most: 5 },
        ),
      ),
      Description: deployOnly(text()),
      Tags: deployOnly(anything()),
    },
    { name: "AWS::Events::Rule" },
  ),
  returns(naming) {
    const name = naming.name("Name");
    const bus = busNameOf(naming.text("EventBusName"));
    const ruleArn = ruleArnOf(naming.stack, bus, name);
    // On a bus of its own the rule is referred to by both names.
    return {
      name,
      arn: ruleArn,
      ref: bus === "default" ? name : `${bus}|${name}`,
      attributes: { Arn: ruleArn },
    };
  },
  build(properties, context) {
    const targets = properties.Targets ?? [];
    const seen = new Set<string>();
    const read = targets.map((target, index) => {
      const at = (...path: readonly string[]) => context.at("Targets", index, ...path);
      if (seen.has(target.Id)) {
        context.problems.report(at("Id"), `two targets have the id ${target.Id}; give each its own`);
      }
      seen.add(target.Id);
      if (target.RoleArn !== undefined && /:(lambda|sqs|sns):/.test(target.Arn)) {
        context.problems.report(
          at("RoleArn"),
          "a function, queue or topic is reached by its own policy, and a role makes delivery fail; take RoleArn out",
        );
      }
      return readTarget(target, { id: target.Id, arn: target.Arn, problems: context.problems, at });
    });
    return {
      rules: [
        {
          logicalId: context.logicalId,
          name: context.name,
          arn: context.arn,
          place: context.place,
          busName: busNameOf(properties.EventBusName),
          enabled: properties.State !== "DISABLED",
          pattern: properties.EventPattern,
          targets: read,
        },
      ],
    };
  },
});

/** A bus is named or given by its ARN. */
export function busNameOf(nameOrArn: string | undefined): string {
  return nameOrArn === undefined ? "default" : (nameOrArn.split(":event-bus/").at(-1) ?? nameOrArn);
}

export function ruleArnOf(stack: StackIdentity, busName: string, name: string): string {
  return arn(stack, "events", busName === "default" ? `rule/${name}` : `rule/${busName}/${name}`);
}
