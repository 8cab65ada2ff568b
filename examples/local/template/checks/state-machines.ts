import { taskResource } from "../../step-functions/resources.ts";
import { isJson, statesOf } from "../../step-functions/states.ts";
import { type CheckedTemplate, functionByArn } from "./checked-template.ts";
import { trusts } from "./trust.ts";

const service = "states.amazonaws.com";

/**
 * What a state machine names outside of itself: its role, and the functions of its tasks.
 * Source: Step Functions Developer Guide, 'How AWS Step Functions works with IAM'. Policies are not judged here.
 */
export function checkStateMachines(template: CheckedTemplate): void {
  const { parts, problems } = template;
  for (const machine of parts.stateMachines) {
    if (!trusts(template, machine.roleArn, service)) {
      problems.report(
        machine.place,
        `the role ${machine.roleArn} does not trust ${service}, so no execution could start; let it assume the role ` +
          "(AssumeRolePolicyDocument)",
      );
    }
    for (const { name, state } of statesOf(machine.definition)) {
      const resource = state["Resource"];
      const read = typeof resource === "string" ? taskResource(resource) : undefined;
      if (read === undefined || typeof read === "string") continue;
      const called = read.kind === "function" ? read.arn : functionIn(state["Parameters"], read.service);
      if (called === undefined || isOfTemplate(template, called)) continue;
      problems.report(
        machine.place,
        `the state ${name} invokes ${called}, which is no function of this template; correct it`,
      );
    }
  }
}

/** A name that is only known when the state runs cannot be judged. */
function functionIn(parameters: unknown, of: string): string | undefined {
  if (of !== "lambda" || !isJson(parameters)) return undefined;
  const name = parameters["FunctionName"];
  return typeof name === "string" ? name : undefined;
}

function isOfTemplate(template: CheckedTemplate, nameOrArn: string): boolean {
  const unqualified = nameOrArn.split(":").slice(0, 7).join(":");
  return (
    functionByArn(template, unqualified) !== undefined ||
    template.parts.functions.some(({ name }) => name === nameOrArn) ||
    // One that could not be read is a problem of its own.
    template.typeOf(unqualified) === "AWS::Serverless::Function"
  );
}
