import { expect, test } from "vitest";
import { type Decision, decide } from "../../src/idempotency/decide.ts";
import type { IdempotencyRecord } from "../../src/idempotency/record.ts";
import type { ClaimRequest } from "../../src/idempotency/store.ts";

const request: ClaimRequest = {
  id: "op#key",
  owner: "me",
  payloadHash: "payload",
  version: 1,
  takesAbandoned: true,
  nowMs: 10_000,
  leaseUntilMs: 20_000,
  expiresAtMs: 90_000,
};
const record: IdempotencyRecord = {
  version: 1,
  state: "IN_PROGRESS",
  owner: "other",
  fence: 7,
  leaseUntilMs: 15_000,
  expiresAtMs: 80_000,
  atMs: 9_000,
  payloadHash: "payload",
};
const replay: Decision = { kind: "replay" };
const unknown: Decision = { kind: "unknown-outcome" };

test.each<[string, Partial<IdempotencyRecord>, Decision]>([
  ["a lease that lasts", {}, { kind: "in-progress", retryAfterMs: 5_000 }],
  ["a lease that ends this very moment", { leaseUntilMs: 10_000 }, { kind: "claim-again" }],
  ["a lease that has ended", { leaseUntilMs: 9_999 }, { kind: "claim-again" }],
  ["a release", { state: "RELEASED" }, { kind: "claim-again" }],
  ["a result", { state: "COMPLETED", result: "1" }, replay],
  ["no result", { state: "COMPLETED_NO_RESULT" }, replay],
  ["a remembered error", { state: "FAILED", result: "1" }, replay],
  ["an outcome that nobody knows", { state: "UNKNOWN" }, unknown],
  [
    "an outcome that nobody knows, of another payload",
    { state: "UNKNOWN", payloadHash: "x" },
    { kind: "payload-mismatch" },
  ],
  ["the run's own owner: its reply was lost", { owner: "me" }, { kind: "run" }],
  ["the run's own, though past its expiry", { owner: "me", expiresAtMs: 1 }, { kind: "run" }],
  ["an expiry this very moment", { expiresAtMs: 10_000 }, { kind: "replace-expired" }],
  ["an expiry to come", { expiresAtMs: 10_001, state: "COMPLETED", result: "1" }, replay],
  [
    "an expired result of another payload",
    { state: "COMPLETED", result: "1", payloadHash: "x", expiresAtMs: 1 },
    { kind: "replace-expired" },
  ],
  [
    "a result of another payload",
    { state: "COMPLETED", result: "1", payloadHash: "x" },
    { kind: "payload-mismatch" },
  ],
  ["a release of another payload", { state: "RELEASED", payloadHash: "x" }, { kind: "payload-mismatch" }],
  ["a run of another payload", { payloadHash: "x" }, { kind: "payload-mismatch" }],
  ["a newer format", { version: 2 }, { kind: "unknown-version" }],
  [
    "a newer format, whatever it seems to say",
    { version: 2, owner: "me", expiresAtMs: 1 },
    { kind: "unknown-version" },
  ],
])("decides by the record: %s", (_name, found, decision) => {
  expect(decide({ ...record, ...found }, request)).toEqual(decision);
});

test("a run that must not repeat an abandoned one stops at it, and at nothing else", () => {
  const blocking = { ...request, takesAbandoned: false };
  expect(decide({ ...record, leaseUntilMs: 9_999 }, blocking)).toEqual(unknown);
  expect(decide({ ...record, leaseUntilMs: 10_001 }, blocking)).toEqual({
    kind: "in-progress",
    retryAfterMs: 1,
  });
  expect(decide({ ...record, state: "RELEASED" }, blocking)).toEqual({ kind: "claim-again" });
});
