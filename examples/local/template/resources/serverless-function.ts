import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, flag, integer, list, mapOf, oneOf, text } from "../shapes.ts";
import { readEvents } from "./events/read-events.ts";
import { readBuild } from "./function-build.ts";
import { checkEnvironment } from "./function-environment.ts";
import { functionPolicies } from "./function-policies.ts";
import { arn, resourceKind } from "./kind.ts";
import { joinParts, type Parts } from "./parts.ts";
import { tagMap } from "./tags.ts";

/** The destination of an asynchronous invocation's record. SAM makes one when none is named; here it is named. */
const destination = object({
  Type: required(oneOf("SQS", "SNS", "Lambda", "EventBridge")),
  Destination: required(text()),
});

/** Source: SAM 'AWS::Serverless::Function'; limits from the Lambda Developer Guide, 'Lambda quotas'. */
export const serverlessFunction = resourceKind({
  type: "AWS::Serverless::Function",
  properties: object(
    {
      FunctionName: optional(
        text({
          pattern: /^[A-Za-z0-9_-]{1,64}$/,
          hint: "use letters, digits, - and _, at most 64 characters",
        }),
      ),
      CodeUri: required(text()),
      Handler: required(
        text({ pattern: /^[^\s.][^\s]*\.[A-Za-z_$][\w$]*$/, hint: "write file.export: place-order.handler" }),
      ),
      Runtime: required(oneOf("nodejs24.x", "nodejs22.x")),
      Timeout: optional(integer({ least: 1, most: 900 })),
      MemorySize: optional(integer({ least: 128, most: 10_240 })),
      Environment: optional(object({ Variables: optional(mapOf(text())) })),
      ReservedConcurrentExecutions: optional(integer({ least: 0 })),
      EventInvokeConfig: optional(
        object({
          MaximumRetryAttempts: optional(integer({ least: 0, most: 2 })),
          MaximumEventAgeInSeconds: optional(integer({ least: 60, most: 21_600 })),
          DestinationConfig: optional(
            object({ OnFailure: optional(destination), OnSuccess: optional(destination) }),
          ),
        }),
      ),
      DeadLetterQueue: optional(object({ Type: required(oneOf("SQS", "SNS")), TargetArn: required(text()) })),
      LoggingConfig: optional(
        object({
          LogFormat: optional(oneOf("JSON", "Text")),
          LogGroup: deployOnly(text()),
          ApplicationLogLevel: deployOnly(oneOf("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")),
          SystemLogLevel: deployOnly(oneOf("DEBUG", "INFO", "WARN")),
        }),
      ),
      Events: optional(anything()),
      Architectures: deployOnly(list(oneOf("arm64", "x86_64"), { least: 1, most: 1 })),
      Description: deployOnly(text()),
      EphemeralStorage: deployOnly(object({ Size: required(integer({ least: 512, most: 10_240 })) })),
      KmsKeyArn: deployOnly(text()),
      Layers: deployOnly(list(text(), { most: 5 })),
      PackageType: deployOnly(oneOf("Zip")),
      PermissionsBoundary: deployOnly(text()),
      Policies: deployOnly(functionPolicies),
      PropagateTags: deployOnly(flag()),
      RecursiveLoop: deployOnly(oneOf("Allow", "Terminate")),
      Role: deployOnly(text()),
      RolePath: deployOnly(text()),
      Tags: deployOnly(tagMap),
      Tracing: deployOnly(oneOf("Active", "PassThrough", "Disabled")),
      VpcConfig: deployOnly(
        object({
          SecurityGroupIds: required(list(text(), { most: 5 })),
          SubnetIds: required(list(text(), { most: 16 })),
        }),
      ),
    },
    { name: "AWS::Serverless::Function" },
  ),
  // SAM puts these into the function's role, which is made first, and into mappings and rules, made after it.
  separate: {
    Policies: "before",
    EventInvokeConfig: "before",
    DeadLetterQueue: "before",
    Events: "after",
  },
  returns(naming) {
    const name = naming.name("FunctionName");
    const functionArn = arn(naming.stack, "lambda", `function:${name}`);
    return { name, arn: functionArn, ref: name, attributes: { Arn: functionArn } };
  },
  build(properties, context) {
    const { logicalId, name, place, problems } = context;
    if (name.length > 64) {
      problems.report(
        context.at("FunctionName"),
        `the name "${name}" is longer than 64 characters; shorten it`,
      );
    }
    const variables = properties.Environment?.Variables ?? {};
    checkEnvironment(variables, context);
    const built = readBuild(properties.CodeUri, properties.Handler, context);
    const events = readEvents(context, { kind: "function" });
    if (built === undefined) return events;
    const invoke = properties.EventInvokeConfig;
    const { OnFailure, OnSuccess } = invoke?.DestinationConfig ?? {};
    const own: Partial<Parts> = {
      functions: [
        {
          logicalId,
          name,
          arn: context.arn,
          place,
          entryPoint: built.entryPoint,
          exportName: built.exportName,
          runtime: properties.Runtime,
          timeoutSeconds: properties.Timeout ?? 3,
          memoryMb: properties.MemorySize ?? 128,
          logFormat: properties.LoggingConfig?.LogFormat ?? "Text",
          environment: built.options.sourcemap ? withSourceMaps(variables) : variables,
          ...(properties.ReservedConcurrentExecutions === undefined
            ? {}
            : { reservedConcurrency: properties.ReservedConcurrentExecutions }),
          asyncInvoke: {
            maximumRetryAttempts: invoke?.MaximumRetryAttempts ?? 2,
            maximumEventAgeSeconds: invoke?.MaximumEventAgeInSeconds ?? 21_600,
            ...(OnFailure === undefined ? {} : { onFailureArn: OnFailure.Destination }),
            ...(OnSuccess === undefined ? {} : { onSuccessArn: OnSuccess.Destination }),
            ...(properties.DeadLetterQueue === undefined
              ? {}
              : { deadLetterArn: properties.DeadLetterQueue.TargetArn }),
          },
          build: built.options,
        },
      ],
    };
    return joinParts([own, events]);
  },
});

/** `sam build` adds the option when it makes source maps, so that stack traces name the TypeScript lines. */
function withSourceMaps(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const options = variables["NODE_OPTIONS"];
  if (options?.split(" ").includes("--enable-source-maps")) return variables;
  return {
    ...variables,
    NODE_OPTIONS: options === undefined ? "--enable-source-maps" : `${options} --enable-source-maps`,
  };
}
