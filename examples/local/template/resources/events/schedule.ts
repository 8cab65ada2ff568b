import { deployOnly, object, optional, required } from "../../object-shape.ts";
import { flag, oneOf, text } from "../../shapes.ts";
import { ruleArnOf } from "../event-rule.ts";
import { ruleSchedule } from "../rule-schedule.ts";
import { targetFields } from "../rule-target.ts";
import { eventType } from "./event-type.ts";
import { ruleName, ruleToOwner } from "./rule-to-owner.ts";

/** Source: SAM Developer Guide, 'Schedule': a rule with a schedule, and what lets it reach its target. */
export const schedule = eventType({
  type: "Schedule",
  owners: ["function", "state machine"],
  properties: object(
    {
      Schedule: required(text()),
      Name: optional(text(ruleName)),
      Enabled: optional(flag()),
      State: optional(oneOf("ENABLED", "DISABLED")),
      Input: targetFields.Input,
      RetryPolicy: targetFields.RetryPolicy,
      DeadLetterConfig: targetFields.DeadLetterConfig,
      Description: deployOnly(text()),
    },
    { name: "a Schedule event" },
  ),
  parts(event, context) {
    const { logicalId, stack, problems, place, at } = context;
    const name = event.Name ?? `${stack.stackName}-${logicalId}`;
    const arn = ruleArnOf(stack, "default", name);
    const enabled = event.State === undefined ? (event.Enabled ?? true) : event.State === "ENABLED";
    const own = { logicalId, name, arn, place, enabled };
    const target = { ...event, InputPath: undefined, InputTransformer: undefined };
    const { targets, permissions } = ruleToOwner(target, arn, context);
    return {
      rules: [{ ...own, busName: "default", targets }],
      schedules: ruleSchedule(event.Schedule, { ...own, problems, expressionPlace: at("Schedule") }),
      permissions,
    };
  },
});
