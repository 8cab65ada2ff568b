/** A mapping whose source is a Kinesis data stream or a table's stream. */
import { object, optional, required } from "../object-shape.ts";
import { flag, integer, number, oneOf, type Read, text } from "../shapes.ts";
import type { StreamMapping } from "../stack.ts";
import { type MappingAbout, mappingFields, readFilters } from "./mapping-fields.ts";

/** What only a stream's mapping may say. */
export const streamOnlyFields = {
  StartingPosition: optional(oneOf("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")),
  StartingPositionTimestamp: optional(number({ least: 0 })),
  ParallelizationFactor: optional(integer({ least: 1, most: 10 })),
  BisectBatchOnFunctionError: optional(flag()),
  MaximumRetryAttempts: optional(integer({ least: -1, most: 10_000 })),
  MaximumRecordAgeInSeconds: optional(integer({ least: -1, most: 604_800 })),
  TumblingWindowInSeconds: optional(integer({ least: 0, most: 900 })),
  DestinationConfig: optional(
    object({
      OnFailure: optional(
        object({ Type: optional(oneOf("SQS", "SNS", "S3")), Destination: required(text()) }),
      ),
    }),
  ),
};

const fields = object({ ...mappingFields, ...streamOnlyFields });

/**
 * Fills in Lambda's defaults and checks its rules. Source: Lambda Developer Guide, 'Lambda parameters for Amazon
 * Kinesis Data Streams event source mappings' and '… DynamoDB …'; API 'CreateEventSourceMapping'.
 */
export function readStreamMapping(
  properties: Read<typeof fields>,
  about: MappingAbout & { readonly source: StreamMapping["source"] },
): StreamMapping {
  const { source, problems, at } = about;
  const maximumRecordAgeSeconds = properties.MaximumRecordAgeInSeconds ?? -1;
  const tumblingWindowSeconds = properties.TumblingWindowInSeconds ?? 0;
  const parallelizationFactor = properties.ParallelizationFactor ?? 1;
  const onFailure = properties.DestinationConfig?.OnFailure;
  if (maximumRecordAgeSeconds >= 0 && maximumRecordAgeSeconds < 60) {
    problems.report(
      at("MaximumRecordAgeInSeconds"),
      `${maximumRecordAgeSeconds} is no age that Lambda takes; write -1 (until records expire), or at least 60`,
    );
  }
  if (tumblingWindowSeconds > 0 && parallelizationFactor > 1) {
    problems.report(
      at("ParallelizationFactor"),
      "a tumbling window has one state for a shard, and working on the shard in parallel beside it is not served here; take one of them out",
    );
  }
  const service = onFailure?.Destination.split(":")[2];
  if (onFailure?.Type !== undefined && onFailure.Type.toLowerCase() !== service) {
    problems.report(
      at("DestinationConfig", "OnFailure", "Type"),
      `Type is ${onFailure.Type} and the destination is of ${service}: the function would be allowed the wrong one; correct it`,
    );
  }
  const filters = readFilters(properties.FilterCriteria, about);
  if (source === "kinesis") checkDataFilters(filters, about);
  return {
    logicalId: about.logicalId,
    source,
    sourceArn: about.sourceArn,
    functionArn: about.functionArn,
    enabled: properties.Enabled ?? true,
    startingPosition: startingPosition(properties, about),
    batchSize: properties.BatchSize ?? 100,
    windowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0,
    parallelizationFactor,
    bisectOnFunctionError: properties.BisectBatchOnFunctionError ?? false,
    maximumRetryAttempts: properties.MaximumRetryAttempts ?? -1,
    maximumRecordAgeSeconds,
    ...(onFailure === undefined ? {} : { onFailureArn: onFailure.Destination }),
    tumblingWindowSeconds,
    reportBatchItemFailures: (properties.FunctionResponseTypes ?? []).length > 0,
    filters,
    place: about.place,
  };
}

/** Source: Lambda Developer Guide, 'Using event filtering with a Kinesis event source': the data is all that is filtered. */
function checkDataFilters(filters: StreamMapping["filters"], { problems, at }: MappingAbout): void {
  for (const pattern of filters) {
    const { data, ...others } = pattern;
    const [other] = Object.keys(others);
    if (other !== undefined) {
      problems.report(
        at("FilterCriteria"),
        `Kinesis records are filtered by their data only, not by ${other}; write the pattern below "data"`,
      );
    }
    if (data !== undefined && (typeof data !== "object" || data === null || Array.isArray(data))) {
      problems.report(
        at("FilterCriteria"),
        'the pattern for "data" must be an object: Lambda reads the data as JSON, and drops what is none',
      );
    }
  }
}

function startingPosition(
  { StartingPosition: position, StartingPositionTimestamp: atTimestampSeconds }: Read<typeof fields>,
  { source, problems, place, at }: Parameters<typeof readStreamMapping>[1],
): StreamMapping["startingPosition"] {
  if (position === undefined) {
    problems.report(
      place,
      "StartingPosition is missing; write TRIM_HORIZON (all records) or LATEST (new ones)",
    );
    return "LATEST";
  }
  if (position !== "AT_TIMESTAMP") {
    if (atTimestampSeconds !== undefined) {
      problems.report(
        at("StartingPositionTimestamp"),
        "a time to start from goes with StartingPosition: AT_TIMESTAMP only; take it out, or change that",
      );
    }
    return position;
  }
  if (source === "dynamodb") {
    problems.report(
      at("StartingPosition"),
      "a table's stream has no AT_TIMESTAMP; write TRIM_HORIZON or LATEST",
    );
    return "LATEST";
  }
  if (atTimestampSeconds === undefined) {
    problems.report(
      at("StartingPosition"),
      "AT_TIMESTAMP needs StartingPositionTimestamp; add it, in seconds since 1970",
    );
    return "LATEST";
  }
  return { atTimestampSeconds };
}

/**
 * Which stream an ARN names. A table's stream is known by its table: the ARN that the endpoint gives it is only known
 * when it runs. Undefined for what is no stream.
 */
export function streamOf(
  eventSourceArn: string,
): { readonly source: StreamMapping["source"]; readonly sourceArn: string } | undefined {
  const service = eventSourceArn.split(":")[2];
  if (service === "kinesis") return { source: "kinesis", sourceArn: eventSourceArn };
  const [table = "", label] = eventSourceArn.split("/stream/");
  return service === "dynamodb" && label !== undefined ? { source: "dynamodb", sourceArn: table } : undefined;
}
