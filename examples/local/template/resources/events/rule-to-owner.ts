import type { RuleTarget } from "../../stack.ts";
import type { Parts } from "../parts.ts";
import { readTarget } from "../rule-target.ts";
import type { EventContext } from "./event-type.ts";

/** What of a rule reaches its target: a function lets the rule in, a state machine is started in a role. */
export function ruleToOwner(
  event: Parameters<typeof readTarget>[0],
  ruleArn: string,
  { logicalId, owner, ownerArn, problems, at }: EventContext,
  targetId?: string,
): { readonly targets: readonly RuleTarget[]; readonly permissions: Parts["permissions"] } {
  const isFunction = owner.kind === "function";
  const id = targetId ?? `${logicalId}${isFunction ? "LambdaTarget" : "StepFunctionsTarget"}`;
  const target = readTarget(event, { id, arn: ownerArn, problems, at });
  return isFunction
    ? {
        targets: [target],
        permissions: [{ functionArn: ownerArn, principal: "events.amazonaws.com", sourceArn: ruleArn }],
      }
    : { targets: [{ ...target, roleArn: owner.ruleRoleArn }], permissions: [] };
}

/** Of a rule that an event names itself. */
export const ruleName = { pattern: /^[.A-Za-z0-9_-]{1,64}$/, hint: "use letters, digits, . - _, at most 64" };
