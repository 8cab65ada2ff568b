/** A mapping whose source is an SQS queue. */
import { object, optional } from "../object-shape.ts";
import { integer, type Read } from "../shapes.ts";
import type { QueueMapping } from "../stack.ts";
import { type MappingAbout, mappingFields, readFilters } from "./mapping-fields.ts";

/** What only a queue's mapping may say. */
export const queueOnlyFields = {
  ScalingConfig: optional(object({ MaximumConcurrency: optional(integer({ least: 2, most: 1_000 })) })),
};

const fields = object({ ...mappingFields, ...queueOnlyFields });

/** Fills in Lambda's defaults and checks its rules. Source: Lambda Developer Guide, 'Using Lambda with Amazon SQS'. */
export function readQueueMapping(properties: Read<typeof fields>, about: MappingAbout): QueueMapping {
  const batchSize = properties.BatchSize ?? 10;
  const windowSeconds = properties.MaximumBatchingWindowInSeconds ?? 0;
  const fifo = about.sourceArn.endsWith(".fifo");
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
  return {
    logicalId: about.logicalId,
    queueArn: about.sourceArn,
    functionArn: about.functionArn,
    enabled: properties.Enabled ?? true,
    batchSize,
    windowSeconds,
    reportBatchItemFailures: (properties.FunctionResponseTypes ?? []).length > 0,
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
    filters: readFilters(properties.FilterCriteria, about),
    place: about.place,
  };
}
