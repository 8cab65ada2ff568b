import fc from "fast-check";
import { rootCall } from "holdfast";
import type { ClaimRequest, IdempotencyStore, RecordState } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { expect } from "vitest";

const call = rootCall();
const startMs = 1_800_000_000_000;
const STATES = ["RELEASED", "COMPLETED", "COMPLETED_NO_RESULT", "FAILED", "UNKNOWN"] as const;

/** One request of a store, on one of two keys, by one of three owners, at a time that may be before the last one. */
type Step =
  | { readonly do: "claim"; readonly replaces: boolean; readonly request: Omit<ClaimRequest, "id"> }
  | { readonly do: "write"; readonly change: object }
  | { readonly do: "settle"; readonly change: object | undefined }
  | { readonly do: "read" };

type Aimed = Step & {
  readonly id: string;
  readonly owner: string;
  readonly fenceOff: number;
  readonly state: RecordState;
};

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const owner = fc.constantFrom("a", "b", "c");
const timeMs = fc.integer({ min: 0, max: 40 }).map((ticks) => startMs + ticks * 1_000);
const change = fc
  .record({
    state: optional(fc.constantFrom(...STATES)),
    result: optional(fc.constantFrom("", "1", '{"a":"ß"}')),
    leaseUntilMs: optional(timeMs),
    expiresAtMs: optional(timeMs),
    atMs: optional(timeMs),
    steps: optional(
      fc.dictionary(fc.constantFrom("a", "b", "state", "__proto__"), fc.constantFrom("", "1", "ß")),
    ),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("claim" as const),
      replaces: fc.boolean(),
      request: fc.record({
        owner,
        payloadHash: fc.constantFrom("-", "-", "-", "other"),
        version: fc.constantFrom(1, 1, 1, 2),
        nowMs: timeMs,
        leaseUntilMs: timeMs,
        expiresAtMs: timeMs,
        takesAbandoned: fc.boolean(),
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("write" as const), change }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      change: optional(fc.tuple(change, owner).map(([of, by]) => ({ ...of, owner: by }))),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("read" as const) }) },
);

const aimed: fc.Arbitrary<Aimed> = fc
  .tuple(
    step,
    fc.record({
      id: fc.constantFrom("model#1", "model#2"),
      owner,
      fenceOff: fc.constantFrom(0, 0, 0, 0, 1, -1),
      state: fc.constantFrom<RecordState>("IN_PROGRESS", "IN_PROGRESS", ...STATES),
    }),
  )
  .map(([what, at]) => ({ ...what, ...at }));

/** A store answers any series of requests as the memory store does, and holds the same records after each. */
export async function behavesLikeMemory(newStore: () => IdempotencyStore, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(aimed, { minLength: 1, maxLength: 40 }), async (steps) => {
      const [model, store] = [memoryStore(), newStore()];
      for (const one of steps) {
        const seen = await model.read(one.id, call);
        const [expected, actual] = [await take(model, one, seen), await take(store, one, seen)];
        expect(actual).toEqual(expected);
        expect(await store.read(one.id, call)).toEqual(await model.read(one.id, call));
      }
    }),
    { numRuns },
  );
}

/** Mostly aimed at the record as it stands, so that not every request is refused. */
function take(store: IdempotencyStore, one: Aimed, seen: Awaited<ReturnType<IdempotencyStore["read"]>>) {
  const { id } = one;
  const fence = (seen?.fence ?? startMs) + one.fenceOff;
  const lease = { id, owner: one.fenceOff === 0 ? (seen?.owner ?? one.owner) : one.owner, fence };
  switch (one.do) {
    case "claim":
      // Where there is nothing to replace, the memory store is the one that may differ.
      return store.claim(
        { ...one.request, id, ...(one.replaces && seen !== undefined ? { replacesFence: fence } : {}) },
        call,
      );
    case "write":
      return store.write(lease, one.change, call);
    case "settle":
      return store.settle(
        { ...lease, state: one.fenceOff === 0 ? (seen?.state ?? one.state) : one.state },
        one.change as { owner: string } | undefined,
        call,
      );
    case "read":
      return store.read(id, call);
  }
}
