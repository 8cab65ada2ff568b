import fc from "fast-check";
import { rootCall } from "holdfast";
import { inspect, recordId } from "holdfast/idempotency/admin";
import { expect, test } from "vitest";
import { inspectionOf } from "../../../src/idempotency/admin/inspection.ts";
import { identify } from "../../../src/idempotency/key.ts";
import type { IdempotencyRecord } from "../../../src/idempotency/record.ts";
import { LEASE_MS, world } from "./records.ts";

const STATES = ["IN_PROGRESS", "RELEASED", "COMPLETED", "COMPLETED_NO_RESULT", "FAILED", "UNKNOWN"] as const;

/** What a delivery came to, in the words of an inspection. */
function comesTo(answer: unknown, ran: boolean): string {
  if (ran) return "runs";
  if (answer === "error IDEMPOTENCY_IN_PROGRESS") return "is-refused-in-progress";
  if (answer === "error IDEMPOTENCY_UNKNOWN_OUTCOME") return "is-refused-unknown-outcome";
  return "is-replayed";
}

test("what an inspection says of the next delivery is what the next delivery does", async () => {
  const record = fc.record({
    state: fc.constantFrom(...STATES),
    leaseInMs: fc.constantFrom(-1, 0, 1, LEASE_MS),
    expiresInMs: fc.constantFrom(-1, 0, 1, 100_000),
  });
  await fc.assert(
    fc.asyncProperty(record, fc.constantFrom("rerun", "block"), async (given, onAbandoned) => {
      const { state, leaseInMs, expiresInMs } = given;
      const { clock, store, id, put, deliver, runs, abandon } = world();
      await abandon();
      const nowMs = clock.now();
      await put({
        ...(state === "IN_PROGRESS" ? {} : { state }),
        ...(state === "COMPLETED" || state === "FAILED" ? { result: '"kept"' } : {}),
        leaseUntilMs: nowMs + leaseInMs,
        expiresAtMs: nowMs + expiresInMs,
      });
      const seen = await inspect(store, id, rootCall({ runtime: clock }));
      const answer = await deliver(undefined, { onAbandoned });
      expect(comesTo(answer, runs() === 1)).toBe(seen?.next[onAbandoned as "rerun" | "block"]);
    }),
  );
});

const record: IdempotencyRecord = {
  version: 1,
  state: "IN_PROGRESS",
  owner: "o",
  fence: 7,
  leaseUntilMs: 50,
  expiresAtMs: 100,
  atMs: 10,
  payloadHash: "-",
};

test.each([
  [{}, "held"],
  [{ leaseUntilMs: 40 }, "abandoned"],
  [{ state: "RELEASED" }, "released"],
  [{ state: "COMPLETED" }, "completed"],
  [{ state: "COMPLETED_NO_RESULT" }, "completed"],
  [{ state: "FAILED" }, "failed"],
  [{ state: "UNKNOWN" }, "unknown"],
  [{ state: "COMPLETED", expiresAtMs: 40 }, "expired"],
  [{ version: 2, state: "SOMETHING_NEW", expiresAtMs: 40 }, "newer-format"],
] as const)("at 40, %j is %s", (changes, status) => {
  const seen = inspectionOf("post#k", { ...record, ...(changes as object) }, 40);
  expect(seen.status).toBe(status);
});

test("a record of a newer format is refused by this version, whatever it holds", () => {
  const { next } = inspectionOf("post#k", { ...record, version: 2 }, 40);
  expect(next).toEqual({ rerun: "is-refused-newer-format", block: "is-refused-newer-format" });
});

test("no record is undefined, and a store that is down is a store's error that says what to do", async () => {
  const { store, id } = world();
  expect(await inspect(store, id, rootCall())).toBeUndefined();
  const down = { ...store, read: () => Promise.reject(new TypeError("no network")) };
  await expect(inspect(down, id, rootCall())).rejects.toMatchObject({
    code: "IDEMPOTENCY_STORE",
    message: expect.stringContaining("Look again"),
  });
});

test("an identifier made from operation, key and tenant is the one that `idempotent` uses", () => {
  const key = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.integer(),
    fc.dictionary(fc.string(), fc.string({ minLength: 1 }), { minKeys: 1 }),
  );
  const tenant = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
  fc.assert(
    fc.property(key, tenant, (key, tenant) => {
      const options = {
        operation: "post",
        key: () => key,
        ...(tenant === undefined ? {} : { tenant: () => tenant }),
      };
      const named = { operation: "post", key, ...(tenant === undefined ? {} : { tenant }) };
      expect(recordId(named)).toBe(identify(options, {})?.id);
    }),
  );
  expect(() => recordId({ operation: "post", key: "" })).toThrow(/the key is missing/);
});
