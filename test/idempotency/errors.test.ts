import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { expect, test } from "vitest";
import {
  IdempotencyInProgressError,
  IdempotencyKeyMissingError,
  IdempotencyLeaseLostError,
  IdempotencyPayloadMismatchError,
  IdempotencyResultNotStoredError,
  IdempotencyStoreError,
  IdempotencyUnknownOutcomeError,
  IdempotencyUnsupportedValueError,
} from "../../src/idempotency/errors.ts";

test.each([
  [new IdempotencyInProgressError("op", 5), "IdempotencyInProgressError", "IDEMPOTENCY_IN_PROGRESS", true],
  [
    new IdempotencyPayloadMismatchError("op"),
    "IdempotencyPayloadMismatchError",
    "IDEMPOTENCY_PAYLOAD_MISMATCH",
    false,
  ],
  [
    new IdempotencyKeyMissingError("op", "the key"),
    "IdempotencyKeyMissingError",
    "IDEMPOTENCY_KEY_MISSING",
    false,
  ],
  [
    new IdempotencyUnsupportedValueError("op", "what"),
    "IdempotencyUnsupportedValueError",
    "IDEMPOTENCY_UNSUPPORTED_VALUE",
    false,
  ],
  [new IdempotencyLeaseLostError("op"), "IdempotencyLeaseLostError", "IDEMPOTENCY_LEASE_LOST", true],
  [
    new IdempotencyUnknownOutcomeError("op"),
    "IdempotencyUnknownOutcomeError",
    "IDEMPOTENCY_UNKNOWN_OUTCOME",
    false,
  ],
  [
    new IdempotencyResultNotStoredError("op"),
    "IdempotencyResultNotStoredError",
    "IDEMPOTENCY_RESULT_NOT_STORED",
    false,
  ],
  [
    new IdempotencyStoreError({ name: "op" }, "claim", new Error()),
    "IdempotencyStoreError",
    "IDEMPOTENCY_STORE",
    true,
  ],
])("%s has a stable name, code and word on retrying, and says where", (error, name, code, retryable) => {
  expect([error.name, error.code, error.retryable]).toEqual([name, code, retryable]);
  expect(error.message).toContain("op");
});

test.each([
  ["ResourceNotFoundException", /name right/],
  ["AccessDeniedException", /dynamodb:UpdateItem/],
  ["ValidationException", /key the string `id`/],
  ["TimeoutError", /Deliver the event again/],
])("a store's failure with %s says what to look at", (name, hint) => {
  const store = dynamoDBStore({ transport: { call: async () => ({}) }, tableName: "T" });
  const error = new IdempotencyStoreError(store, "claim", Object.assign(new Error("m"), { name }));
  expect(error.message).toMatch(hint);
  expect(error.message).toContain(name);
});
