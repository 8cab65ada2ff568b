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
