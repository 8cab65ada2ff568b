import { type Call, rootCall } from "holdfast";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { claim } from "../../src/idempotency/claim.ts";
import type { IdempotencyRecord } from "../../src/idempotency/record.ts";
import type { ClaimAnswer, ClaimRequest } from "../../src/idempotency/store.ts";

const request: ClaimRequest = {
  id: "op#key",
  owner: "me",
  payloadHash: "payload",
  version: 1,
  takesAbandoned: true,
  nowMs: 10_000,
  leaseUntilMs: 17_000,
  expiresAtMs: 90_000,
};
const released: IdempotencyRecord = {
  version: 1,
  state: "RELEASED",
  owner: "other",
  fence: 7,
  leaseUntilMs: 15_000,
  expiresAtMs: 80_000,
  atMs: 9_000,
  payloadHash: "payload",
};
const refusedBy = (changes: Partial<IdempotencyRecord>): ClaimAnswer => ({
  claimed: false,
  found: { ...released, ...changes },
});
const granted: ClaimAnswer = { claimed: true, fence: 8 };

/** A store that answers claims as told, one after the other, and notes what it was asked. */
function answering(...answers: readonly ClaimAnswer[]) {
  const asked: ClaimRequest[] = [];
  const calls: Call[] = [];
  const store = {
    name: "told",
    async claim(one: ClaimRequest, call: Call): Promise<ClaimAnswer> {
      asked.push(one);
      calls.push(call);
      return answers[Math.min(asked.length, answers.length) - 1] ?? granted;
    },
  };
  const call = rootCall({ runtime: manualRuntime() });
  return { asked, calls, call, run: () => claim(store, "op", () => request, "throw", call) };
}

test("a claim that is granted runs, under the store's fence and on the caller's call", async () => {
  const { run, asked, calls, call } = answering(granted);
  expect(await run()).toEqual({ kind: "run", fence: 8, leaseUntilMs: 17_000 });
  expect(asked).toEqual([request]);
  expect(calls[0]).toBe(call);
});

test("a refusal by the run's own record is its own lost reply: it runs, under that record's fence", async () => {
  const { run } = answering(refusedBy({ state: "IN_PROGRESS", owner: "me", fence: 5 }));
  expect(await run()).toEqual({ kind: "run", fence: 5, leaseUntilMs: 15_000 });
});

test("a completed record is replayed", async () => {
  const { run } = answering(refusedBy({ state: "COMPLETED", result: "42" }));
  expect(await run()).toEqual({ kind: "replay", found: { ...released, state: "COMPLETED", result: "42" } });
});

test("a record past its expiry is replaced by a second write, under the fence it had", async () => {
  const { run, asked } = answering(refusedBy({ expiresAtMs: 1, fence: 5 }), granted);
  expect(await run()).toMatchObject({ kind: "run", fence: 8 });
  expect(asked).toEqual([request, { ...request, replacesFence: 5 }]);
});

test("after a replacement that came too late the plain claim is asked again", async () => {
  const { run, asked } = answering(
    refusedBy({ expiresAtMs: 1, fence: 5 }),
    { claimed: false, found: undefined },
    granted,
  );
  await run();
  expect(asked).toEqual([request, { ...request, replacesFence: 5 }, request]);
});

test("a record that went away, or was released meanwhile, is claimed again", async () => {
  expect(await answering({ claimed: false, found: undefined }, granted).run()).toMatchObject({
    kind: "run",
    fence: 8,
  });
  expect(await answering(refusedBy({}), granted).run()).toMatchObject({ kind: "run", fence: 8 });
});

test("a contest lost four times in a row is another run in progress, for a lease's length at most", async () => {
  const { run, asked } = answering(refusedBy({}));
  await expect(run()).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS", retryAfterMs: 7_000 });
  expect(asked).toHaveLength(4);
});

test("a newer format is refused with its version", async () => {
  await expect(answering(refusedBy({ version: 3 })).run()).rejects.toThrow(/Operation "op".*version 3/);
});
