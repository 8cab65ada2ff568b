import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, jsonObject, list, oneOf, text } from "../shapes.ts";
import { arn, resourceKind, type StackIdentity } from "./kind.ts";
import { ruleSchedule } from "./rule-schedule.ts";
import { readTarget, targetFields } from "./rule-target.ts";

/** Source: CloudFormation 'AWS::Events::Rule'. A rule has a pattern, a schedule, or both. */
export const eventRule = resourceKind({
  type: "AWS::Events::Rule",
  properties: object(
    {
      EventPattern: optional(jsonObject()),
      ScheduleExpression: optional(text()),
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
    const { EventPattern, ScheduleExpression } = properties;
    const busName = busNameOf(properties.EventBusName);
    if (EventPattern === undefined && ScheduleExpression === undefined) {
      context.problems.report(
        context.at(),
        "EventPattern or ScheduleExpression is missing; say when the rule acts",
      );
    }
    if (ScheduleExpression !== undefined && busName !== "default") {
      context.problems.report(
        context.at("ScheduleExpression"),
        `only a rule of the default bus can have a schedule, and this one is of ${busName}; take EventBusName out`,
      );
    }
    const enabled = properties.State !== "DISABLED";
    const { logicalId, name, arn: ruleArn, place, problems } = context;
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
      const { RoleArn } = target;
      const about = { id: target.Id, arn: target.Arn, problems: context.problems, at };
      return { ...readTarget(target, about), ...(RoleArn === undefined ? {} : { roleArn: RoleArn }) };
    });
    return {
      rules: [
        {
          logicalId,
          name,
          arn: ruleArn,
          place,
          busName,
          enabled,
          ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
          targets: read,
        },
      ],
      schedules:
        ScheduleExpression === undefined
          ? []
          : ruleSchedule(ScheduleExpression, {
              logicalId,
              name,
              arn: ruleArn,
              place,
              enabled,
              problems,
              expressionPlace: context.at("ScheduleExpression"),
            }),
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
