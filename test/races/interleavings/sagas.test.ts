import type { IdempotencyStore, RecordChange, Steps } from "holdfast/idempotency";
import { describe, expect, test } from "vitest";
import { withWrites } from "../../support/store-writes.ts";
import { everyOrder } from "./every-order.ts";
import { type SagaSetting, sagaWorkers } from "./saga-workers.ts";

type Case = readonly [name: string, setting: SagaSetting];

const cases: readonly Case[] = [
  ["two that complete, a lease ending", { ends: ["completes", "completes"], expirations: 1 }],
  ["two that fail, a reply lost, a lease ending", { ends: ["fails", "fails"], expirations: 1, losses: 1 }],
  [
    "one that fails and one that transacts, a reply lost, a lease ending",
    { ends: ["fails", "transacts"], expirations: 1, losses: 1 },
  ],
  ["one that transacts and one that fails, a lease ending", { ends: ["transacts", "fails"], expirations: 1 }],
  [
    "one that fails and one that completes, requests under way, a lease ending",
    { ends: ["fails", "completes"], expirations: 1, isTargetFar: true },
  ],
  [
    "one that fails and one that completes, parked and settled, a lease ending",
    { ends: ["fails", "completes"], expirations: 1, compensationsFail: ["for good"] },
  ],
  [
    "one that fails and one that completes, a compensation failing twice, a lease ending",
    { ends: ["fails", "completes"], expirations: 1, compensationsFail: ["busy", "busy"] },
  ],
  [
    "one that fails and one that transacts, steps side by side",
    { ends: ["fails", "transacts"], expirations: 0, isSideBySide: true },
  ],
  [
    "one that fails and one that transacts, one step, replies late, a lease ending",
    { ends: ["fails", "transacts"], steps: ["charge"], expirations: 1, isStoreFar: true },
  ],
];

/** Minutes of CPU time: run when asked for. */
const longCases: readonly Case[] = [
  [
    "one that fails and one that transacts, a heartbeat, a lease ending",
    { ends: ["fails", "transacts"], expirations: 1, heartbeats: 1 },
  ],
  [
    "one that fails and one that transacts, steps side by side, a lease ending",
    { ends: ["fails", "transacts"], expirations: 1, isSideBySide: true },
  ],
  [
    "one that fails and one that transacts, two replies lost, a lease ending",
    { ends: ["fails", "transacts"], expirations: 1, losses: 2 },
  ],
  [
    "one that fails and one that transacts, leases ending twice",
    { ends: ["fails", "transacts"], expirations: 2 },
  ],
  [
    "three that break off, fail and transact, one step, a lease ending",
    { ends: ["busy", "fails", "transacts"], steps: ["charge"], expirations: 1 },
  ],
];

const everyLong = process.env["HOLDFAST_EVERY_ORDER"] === "1";
/** How many orders there are in all: a world that offers fewer is another world. */
const ORDERS = 47_397;
let orders = 0;

/**
 * Every order of everything that two or three workers with one unit of steps do: one result for a step, which is not run again;
 * nothing goes forward once it is recorded that the unit has failed, nothing is taken back before; the last step first, each with
 * the result that was recorded; ended as completed with nothing undone, as failed with nothing owed, by one transaction at most, and always
 * ended. `HOLDFAST_EVERY_ORDER=1` runs the long ones as well.
 */
describe("in every order of", () => {
  test.each(everyLong ? [...cases, ...longCases] : cases)(
    "%s",
    async (_name, setting) => {
      const explored = await everyOrder(() => sagaWorkers(setting));
      expect(explored.isComplete).toBe(true);
      orders += explored.schedules;
    },
    everyLong ? 3_600_000 : 300_000,
  );

  test("all of them have been run", () => {
    if (everyLong) expect(orders).toBeGreaterThan(ORDERS);
    else expect(orders).toBe(ORDERS);
  });
});

describe("an order is found for a store that", () => {
  const saga: SagaSetting = { ends: ["fails", "transacts"], expirations: 1 };
  const found = (setting: SagaSetting) => everyOrder(() => sagaWorkers(setting));

  /** Steps are written as `of` makes them, whatever was asked for. */
  const writing =
    (of: (steps: Steps) => Steps) =>
    (store: IdempotencyStore): IdempotencyStore =>
      withWrites(store, {
        step: (lease, change, call) => store.write(lease, { ...change, steps: of(change.steps ?? {}) }, call),
      });
  const without = (steps: Steps, isLost: (name: string, text: string) => boolean): Steps =>
    Object.fromEntries(Object.entries(steps).filter((entry) => !isLost(...entry)));
  /** What a run is told of the steps before it. */
  const showing =
    (of: (steps: Steps) => Steps) =>
    (store: IdempotencyStore): IdempotencyStore => ({
      ...store,
      async claim(request, call) {
        const answer = await store.claim(request, call);
        if (!answer.claimed || answer.took?.steps === undefined) return answer;
        return { ...answer, took: { ...answer.took, steps: of(answer.took.steps) } };
      },
    });
  const isFailure = (name: string): boolean => name === "!failure";

  test("writes steps without looking at fence and owner", async () => {
    const spoil = (store: IdempotencyStore): IdempotencyStore =>
      withWrites(store, {
        async step(lease, change: RecordChange, call) {
          const now = await store.read(lease.id, call);
          if (now?.state !== "IN_PROGRESS") return { written: false, found: now };
          return store.write({ id: lease.id, owner: now.owner, fence: now.fence }, change, call);
        },
      });
    await expect(found({ ...saga, ends: ["completes", "completes"], spoil })).rejects.toThrow(
      /two results were recorded for step/,
    );
    await expect(found({ ...saga, spoil })).rejects.toThrow(/applied although the unit had failed/);
  });

  test("forgets the steps when a run takes over", async () => {
    await expect(found({ ...saga, spoil: showing(() => ({})) })).rejects.toThrow(
      /run again although it was recorded/,
    );
  });

  test("does not record that the unit has failed", async () => {
    const spoil = writing((steps) => without(steps, isFailure));
    await expect(found({ ...saga, spoil })).rejects.toThrow(
      /compensated before it was recorded that the unit had failed/,
    );
  });

  test("does not tell the next run that the unit has failed", async () => {
    const spoil = showing((steps) => without(steps, isFailure));
    await expect(found({ ...saga, spoil })).rejects.toThrow(
      /applied although the unit had failed|run although the unit had failed/,
    );
    await expect(found({ ...saga, ends: ["fails", "completes"], spoil })).rejects.toThrow(
      /completed, although step reserve was undone/,
    );
  });

  test("does not record that a step was undone", async () => {
    const spoil = writing((steps) => without(steps, (_, text) => text.startsWith("undone")));
    await expect(found({ ...saga, spoil })).rejects.toThrow(
      /compensated before one that came after it|failed for good, although step/,
    );
    await expect(found({ ...saga, steps: ["charge"], spoil })).rejects.toThrow(
      /failed for good, although step charge was not undone/,
    );
  });

  test("applies a transaction whoever holds the record by then", async () => {
    const spoil = (store: IdempotencyStore): IdempotencyStore => ({
      ...store,
      async transact(items, ending, call) {
        const answer = await store.transact?.(items, ending, call);
        if (answer?.written === false) await store.transact?.(items, undefined, call);
        return answer ?? { written: true };
      },
    });
    await expect(found({ ...saga, ends: ["transacts", "transacts"], spoil })).rejects.toThrow(
      /applied 2 times/,
    );
  });
});
