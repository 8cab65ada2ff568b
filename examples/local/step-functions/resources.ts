/** What a Task state calls. */
export type TaskResource =
  /** A function by its ARN: its input is the task's, its result the task's. */
  | { readonly kind: "function"; readonly arn: string }
  /** Step Functions' own integration with a service: `arn:aws:states:::sqs:sendMessage`. */
  | { readonly kind: "integration"; readonly service: IntegratedService; readonly action: string };

export type IntegratedService = "lambda" | "sqs" | "sns" | "events" | "dynamodb";

const integrations: Readonly<Record<string, readonly string[]>> = {
  lambda: ["invoke"],
  sqs: ["sendMessage"],
  sns: ["publish"],
  events: ["putEvents"],
  dynamodb: ["getItem", "putItem", "updateItem", "deleteItem"],
};

/** Reads a Resource; what is not served here comes back as the reason. */
export function taskResource(resource: string): TaskResource | string {
  if (/^arn:[^:]+:lambda:[^:]*:\d*:function:/.test(resource)) return { kind: "function", arn: resource };
  const [, name = ""] = /^arn:[^:]+:states:::(.+)$/.exec(resource) ?? [];
  const [service = "", action = "", pattern] = name.split(/[:.]/);
  if (pattern !== undefined) {
    return `the integration pattern .${pattern} is not served here; call ${service}:${action} by itself`;
  }
  const actions = Object.hasOwn(integrations, service) ? integrations[service] : undefined;
  if (actions?.includes(action) === true) {
    // The table's keys are the services.
    return { kind: "integration", service: service as IntegratedService, action };
  }
  const served = Object.entries(integrations).flatMap(([of, each]) => each.map((one) => `${of}:${one}`));
  return `${resource} is not served here; name a function, or arn:aws:states::: with ${served.join(", ")}`;
}
