import { expect, test } from "vitest";
import { awsSaysRetryable } from "../../src/aws/aws-error.ts";

function fault(side: "client" | "server", name: string, more: object = {}): object {
  return Object.assign(new Error(name), { name, $fault: side, ...more });
}

function cancelled(...codes: readonly string[]): object {
  const CancellationReasons = codes.map((Code) => ({ Code }));
  return fault("client", "TransactionCanceledException", { CancellationReasons });
}

test.each([
  fault("server", "InternalServerError"),
  fault("client", "ThrottlingException"),
  fault("client", "ProvisionedThroughputExceededException", { $retryable: { throttling: true } }),
  fault("client", "RequestLimitExceeded"),
  fault("client", "Whatever", { $metadata: { httpStatusCode: 429 } }),
  cancelled("None", "ThrottlingError"),
  cancelled("ProvisionedThroughputExceeded", "TransactionConflict"),
])("what passes with time may be tried again: %s", (error) => {
  expect(awsSaysRetryable(error)).toBe(true);
});

test.each([408, 429, 500, 502, 503, 504])(
  "an error that the client has no model of, and calls the caller's fault, is judged by its status: %i passes",
  (httpStatusCode) => {
    expect(awsSaysRetryable(fault("client", "UnknownError", { $metadata: { httpStatusCode } }))).toBe(true);
  },
);

test.each([400, 403, 404, 501])(
  "an error that the client has no model of, with a status that comes again, comes again: %i",
  (httpStatusCode) => {
    expect(awsSaysRetryable(fault("client", "UnknownError", { $metadata: { httpStatusCode } }))).toBe(false);
  },
);

test.each(["TransactionInProgressException", "PriorRequestNotComplete"])(
  "what waits for an earlier request to end passes: %s",
  (name) => {
    expect(awsSaysRetryable(fault("client", name, { $metadata: { httpStatusCode: 400 } }))).toBe(true);
  },
);

test.each([
  fault("client", "ValidationException"),
  fault("client", "AccessDeniedException"),
  fault("client", "ResourceNotFoundException"),
  cancelled("ThrottlingError", "ConditionalCheckFailed"),
  cancelled("None"),
  fault("client", "TransactionCanceledException"),
])("the caller's fault comes again: %s", (error) => {
  expect(awsSaysRetryable(error)).toBe(false);
});

test.each([undefined, null, "text", {}, new Error("socket hang up")])(
  "of what is not AWS's it says nothing: %s",
  (error) => {
    expect(awsSaysRetryable(error)).toBeUndefined();
  },
);
