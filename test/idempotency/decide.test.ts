import { expect, test } from "vitest";
import { type Decision, decide } from "../../src/idempotency/decide.ts";
import type { ClaimRequest, IdempotencyRecord } from "../../src/idempotency/store.ts";

const request: ClaimRequest = {
  id: "op#key",
  owner: "me",
  payloadHash: "payload",
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
  payloadHash: "payload",
};
const replay: Decision = { kind: "replay", result: "1" };

test.each<[string, Partial<IdempotencyRecord> | undefined, Decision]>([
  ["no record: it went away meanwhile", undefined, { kind: "claim-again" }],
  ["a lease that lasts", {}, { kind: "in-progress", retryAfterMs: 5_000 }],
  ["a lease that ends this very moment", { leaseUntilMs: 10_000 }, { kind: "claim-again" }],
  ["a lease that has ended", { leaseUntilMs: 9_999 }, { kind: "claim-again" }],
  ["a release", { state: "RELEASED" }, { kind: "claim-again" }],
  ["a result", { state: "COMPLETED", result: "1" }, replay],
  ["an empty result", { state: "COMPLETED", result: "" }, { kind: "replay", result: "" }],
  ["a result that got lost", { state: "COMPLETED" }, { kind: "result-not-stored" }],
  ["no result", { state: "COMPLETED_NO_RESULT" }, { kind: "result-not-stored" }],
  ["the run's own owner: its reply was lost", { owner: "me" }, { kind: "run", fence: 7 }],
  ["the run's own, though past its expiry", { owner: "me", expiresAtMs: 1 }, { kind: "run", fence: 7 }],
  ["an expiry this very moment", { expiresAtMs: 10_000 }, { kind: "replace-expired", fence: 7 }],
  ["an expiry to come", { expiresAtMs: 10_001, state: "COMPLETED", result: "1" }, replay],
  [
    "an expired result of another payload",
    { state: "COMPLETED", result: "1", payloadHash: "x", expiresAtMs: 1 },
    { kind: "replace-expired", fence: 7 },
  ],
  [
    "a result of another payload",
    { state: "COMPLETED", result: "1", payloadHash: "x" },
    { kind: "payload-mismatch" },
  ],
  ["a release of another payload", { state: "RELEASED", payloadHash: "x" }, { kind: "payload-mismatch" }],
  ["a run of another payload", { payloadHash: "x" }, { kind: "payload-mismatch" }],
  ["a newer format", { version: 2 }, { kind: "unknown-version", version: 2 }],
  [
    "a newer format, whatever it seems to say",
    { version: 2, owner: "me", expiresAtMs: 1 },
    { kind: "unknown-version", version: 2 },
  ],
])("decides by the record: %s", (_name, found, decision) => {
  expect(decide(found && { ...record, ...found }, request)).toEqual(decision);
});
