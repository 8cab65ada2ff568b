import type { ResourceContext } from "./kind.ts";

/** Names that Lambda sets itself. Source: Lambda Developer Guide, 'Defined runtime environment variables'. */
const reserved = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

/** Lambda's limit for all names and values together ('Lambda quotas'). */
const maximumBytes = 4_096;

export function checkEnvironment(
  variables: Readonly<Record<string, string>>,
  context: ResourceContext,
): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(variables)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    const place = context.at("Environment", "Variables", name);
    if (reserved.has(name)) {
      context.problems.report(place, `${name} is set by Lambda itself and refused here; choose another name`);
    } else if (!/^[A-Za-z]\w+$/.test(name)) {
      context.problems.report(
        place,
        `${name} is no name of a variable; use letters, digits and _, a letter first`,
      );
    }
  }
  if (bytes > maximumBytes) {
    context.problems.report(
      context.at("Environment", "Variables"),
      `the variables are ${bytes} bytes together and Lambda takes ${maximumBytes}; move some elsewhere`,
    );
  }
}
