/** What SQS answers instead of doing what was asked. Codes are those of the SQS API Reference. */
import { RequestError } from "../process/request-error.ts";

export function invalidParameter(message: string): RequestError {
  return new RequestError("InvalidParameterValue", message);
}

export function invalidValue(parameter: string, value: unknown, reason: string): RequestError {
  return invalidParameter(`Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function missing(parameter: string): RequestError {
  return new RequestError("MissingParameter", `The request must contain the parameter ${parameter}.`);
}

export function noSuchQueue(): RequestError {
  return new RequestError("QueueDoesNotExist", "The specified queue does not exist.");
}

export function noSuchResource(parameter: string): RequestError {
  const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
  return new RequestError("ResourceNotFoundException", message);
}

export function invalidAttributeName(name: string): RequestError {
  return new RequestError("InvalidAttributeName", `Unknown Attribute ${name}.`);
}

export function invalidAttributeValue(name: string, reason = ""): RequestError {
  const why = reason === "" ? "" : ` Reason: ${reason}`;
  return new RequestError("InvalidAttributeValue", `Invalid value for the parameter ${name}.${why}`);
}

/** Errors that the query protocol gave a prefix. */
const PREFIXED: ReadonlySet<string> = new Set([
  "BatchEntryIdsNotDistinct",
  "BatchRequestTooLong",
  "EmptyBatchRequest",
  "InvalidBatchEntryId",
  "MessageNotInflight",
  "PurgeQueueInProgress",
  "QueueDeletedRecently",
  "TooManyEntriesInBatchRequest",
  "UnsupportedOperation",
]);
const RENAMED: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
};
/** Errors that are not of SQS's own model, by the code that clients see. */
const COMMON: Readonly<Record<string, string>> = {
  InvalidParameterValue: "InvalidParameterValueException",
  MissingParameter: "MissingRequiredParameterException",
  SerializationException: "SerializationException",
  UnknownOperationException: "UnknownOperationException",
};

/** What clients of SQS tell errors by. Source: the SQS model's awsQueryError traits. */
export function queryCompatible(code: string): { readonly queryCode: string; readonly shape: string } {
  const common = COMMON[code];
  return {
    queryCode: RENAMED[code] ?? (PREFIXED.has(code) ? `AWS.SimpleQueueService.${code}` : code),
    shape: common === undefined ? `com.amazonaws.sqs#${code}` : `com.amazon.coral.service#${common}`,
  };
}
