import { deployOnly, object, optional, required } from "../object-shape.ts";
import type { Problems } from "../problems.ts";
import { anything, flag, integer, list, oneOf, type Read, text } from "../shapes.ts";
import type { Place, QueueMapping } from "../stack.ts";
import { arn, resourceKind, type StackIdentity } from "./kind.ts";

/** What an SQS mapping may say, the same in AWS::Lambda::EventSourceMapping and in SAM's SQS event. */
export const mappingFields = {
  BatchSize: optional(integer({ least: 1, most: 10_000 })),
  MaximumBatchingWindowInSeconds: optional(integer({ least: 0, most: 300 })),
  Enabled: optional(flag()),
  FunctionResponseTypes: optional(list(oneOf("ReportBatchItemFailures"), { most: 1 })),
  ScalingConfig: optional(object({ MaximumConcurrency: optional(integer({ least: 2, most: 1_000 })) })),
  FilterCriteria: optional(
    object({ Filters: optional(list(object({ Pattern: required(text()) }), { most: 10 })) }),
  ),
  KmsKeyArn: deployOnly(text()),
  MetricsConfig: deployOnly(anything()),
};

const fields = object(mappingFields);

/** Source: CloudFormation 'AWS::Lambda::EventSourceMapping'. Only SQS queues are served as a source. */
export const eventSourceMapping = resourceKind({
  type: "AWS::Lambda::EventSourceMapping",
  properties: object(
    {
      EventSourceArn: required(text()),
      FunctionName: required(text()),
      ...mappingFields,
      Tags: deployOnly(anything()),
    },
    { name: "AWS::Lambda::EventSourceMapping" },
  ),
  returns: ({ logicalId, stack }) => ({
    name: logicalId,
    arn: arn(stack, "lambda", `event-source-mapping:${logicalId}`),
    ref: logicalId,
    attributes: {
      Id: logicalId,
      EventSourceMappingArn: arn(stack, "lambda", `event-source-mapping:${logicalId}`),
    },
  }),
  build: (properties, context) => ({
    queueMappings: [
      readMapping(properties, {
        logicalId: context.logicalId,
        queueArn: properties.EventSourceArn,
        functionArn: functionArnOf(properties.FunctionName, context.stack),
        problems: context.problems,
        place: context.place,
        at: context.at,
      }),
    ],
  }),
});

/** Fills in Lambda's defaults and checks its rules. Source: Lambda Developer Guide, 'Using Lambda with Amazon SQS'. */
export function readMapping(
  properties: Read<typeof fields>,
  about: {
    readonly logicalId: string;
    readonly queueArn: string;
    readonly functionArn: string;
    readonly problems: Problems;
    readonly place: Place;
    readonly at: (...path: readonly (string | number)[]) => Place;
  },
): QueueMapping {
  const batchSize = properties.BatchSize ?? 10;
  const windowSeconds = properties.MaximumBatchingWindowInSeconds ?? 0;
  const fifo = about.queueArn.endsWith(".fifo");
  if (fifo && batchSize > 10) {
    about.problems.report(
      about.at("BatchSize"),
      `a FIFO queue gives at most 10 messages; ${batchSize} is too many`,
    );
  }
  if (fifo && windowSeconds > 0) {
    about.problems.report(
      about.at("MaximumBatchingWindowInSeconds"),
      "a FIFO queue has no batching window; take it out",
    );
  }
  if (!fifo && batchSize > 10 && windowSeconds < 1) {
    about.problems.report(
      about.at("BatchSize"),
      `a batch of ${batchSize} needs MaximumBatchingWindowInSeconds of 1 or more; add it, or ask for at most 10`,
    );
  }
  const maximumConcurrency = properties.ScalingConfig?.MaximumConcurrency;
  const filters = (properties.FilterCriteria?.Filters ?? []).flatMap(({ Pattern }, index) => {
    const place = about.at("FilterCriteria", "Filters", index, "Pattern");
    const pattern = parseObject(Pattern);
    if (pattern === undefined)
      about.problems.report(place, "the pattern is no JSON object; write it as JSON text");
    return pattern === undefined ? [] : [pattern];
  });
  return {
    logicalId: about.logicalId,
    queueArn: about.queueArn,
    functionArn: about.functionArn,
    enabled: properties.Enabled ?? true,
    batchSize,
    windowSeconds,
    reportBatchItemFailures: (properties.FunctionResponseTypes ?? []).length > 0,
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
    filters,
    place: about.place,
  };
}

/** A function is named, or given by its ARN. */
export function functionArnOf(nameOrArn: string, stack: StackIdentity): string {
  return nameOrArn.startsWith("arn:") ? nameOrArn : arn(stack, "lambda", `function:${nameOrArn}`);
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    // A JSON object has text keys and nothing more is claimed of its values.
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
