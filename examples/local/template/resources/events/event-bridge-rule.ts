import { object, optional, required } from "../../object-shape.ts";
import { jsonObject, oneOf, text } from "../../shapes.ts";
import { busNameOf, ruleArnOf } from "../event-rule.ts";
import { targetFields } from "../rule-target.ts";
import { eventType } from "./event-type.ts";
import { ruleName, ruleToOwner } from "./rule-to-owner.ts";

/** Source: SAM Developer Guide, 'EventBridgeRule': a rule with a pattern, and what lets it reach its target. */
export const eventBridgeRule = eventType({
  type: "EventBridgeRule",
  owners: ["function", "state machine"],
  properties: object(
    {
      Pattern: required(jsonObject()),
      EventBusName: optional(text()),
      RuleName: optional(text(ruleName)),
      State: optional(oneOf("ENABLED", "DISABLED")),
      Target: optional(object({ Id: required(text()) })),
      ...targetFields,
    },
    { name: "an EventBridgeRule event" },
  ),
  parts(event, context) {
    const { logicalId, stack, place } = context;
    const busName = busNameOf(event.EventBusName);
    const name = event.RuleName ?? `${stack.stackName}-${logicalId}`;
    const arn = ruleArnOf(stack, busName, name);
    const { targets, permissions } = ruleToOwner(event, arn, context, event.Target?.Id);
    const enabled = event.State !== "DISABLED";
    return {
      rules: [{ logicalId, name, arn, place, busName, enabled, pattern: event.Pattern, targets }],
      permissions,
    };
  },
});
