import type { IdempotencyStore } from "holdfast/idempotency";
import { describe, expect, test } from "vitest";
import { everyOrder } from "./every-order.ts";
import { type Setting, workers } from "./workers.ts";

type Case = readonly [name: string, setting: Setting];

const cases: readonly Case[] = [
  [
    "two that complete, leases ending twice, the record expiring",
    { ends: ["completes", "completes"], expirations: 2, clears: true },
  ],
  [
    "two that complete, replies late, a lease ending",
    { ends: ["completes", "completes"], expirations: 1, replies: true },
  ],
  [
    "two that transact, replies late, a lease ending",
    { ends: ["transacts", "transacts"], expirations: 1, replies: true },
  ],
  [
    "one that fails and one that completes, replies late, a lease ending",
    { ends: ["fails", "completes"], expirations: 1, replies: true },
  ],
  [
    "one that transacts and one that completes, a heartbeat, a lease ending",
    { ends: ["transacts", "completes"], expirations: 1, heartbeats: 1 },
  ],
  ["three that complete, a lease ending", { ends: ["completes", "completes", "completes"], expirations: 1 }],
  [
    "three that complete, fail and transact, a lease ending",
    { ends: ["completes", "fails", "transacts"], expirations: 1 },
  ],
  [
    "two of an operation that blocks abandoned keys, replies late, leases ending twice",
    { ends: ["completes", "completes"], expirations: 2, options: { onAbandoned: "block" }, replies: true },
  ],
];

/** Minutes of CPU time: run when asked for. */
const longCases: readonly Case[] = [
  [
    "one that transacts and one that completes, two heartbeats, leases ending twice",
    { ends: ["transacts", "completes"], expirations: 2, heartbeats: 2 },
  ],
  [
    "three that complete, fail and transact, leases ending twice",
    { ends: ["completes", "fails", "transacts"], expirations: 2 },
  ],
];

const everyLong = process.env["HOLDFAST_EVERY_ORDER"] === "1";
/** How many orders there are in all: a world that offers fewer is another world. */
const ORDERS = 51_909;
let orders = 0;

/**
 * Every order of everything that two or three workers with one key do: one completion per fence, never a completed
 * result replaced, no effect through a wrapped call once the loss of its lease could be seen, one answer for all,
 * one transaction applied. `HOLDFAST_EVERY_ORDER=1` runs the long ones as well.
 */
describe("in every order of", () => {
  test.each(everyLong ? [...cases, ...longCases] : cases)(
    "%s",
    async (_name, setting) => {
      const explored = await everyOrder(() => workers(setting));
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
  /** The condition of a write, taken away. */
  const writesAnything = (store: IdempotencyStore): IdempotencyStore => ({
    ...store,
    async write(lease, change, call) {
      const found = await store.read(lease.id, call);
      if (found === undefined) return { written: false, found };
      return store.settle({ id: lease.id, ...found }, { ...change, owner: lease.owner }, call);
    },
  });
  /** The lease, not looked at. */
  const takesAnything = (store: IdempotencyStore): IdempotencyStore => ({
    ...store,
    claim: (request, call) => store.claim({ ...request, nowMs: request.nowMs + 10_000 }, call),
  });
  const complete: Setting = { ends: ["completes", "completes"], expirations: 1 };

  test("writes without looking at fence and owner", async () => {
    await expect(everyOrder(() => workers({ ...complete, spoil: writesAnything }))).rejects.toThrow(
      /a completed result was replaced|completed twice/,
    );
  });

  test("lets a run take over what another one holds, and its fence not rise", async () => {
    const spoil = (store: IdempotencyStore): IdempotencyStore => {
      let fence: number | undefined;
      const wrong = writesAnything(takesAnything(store));
      return {
        ...wrong,
        async claim(request, call) {
          const answer = await wrong.claim(request, call);
          if (!answer.claimed) return answer;
          fence ??= answer.fence;
          return { ...answer, fence };
        },
      };
    };
    await expect(everyOrder(() => workers({ ...complete, expirations: 0, spoil }))).rejects.toThrow(
      /was completed by 0 and by 1|was completed by 1 and by 0|replaced/,
    );
  });
});

test("an order is found in which an effect that is not wrapped begins after the lease was lost", async () => {
  const heedless: Setting = { ends: ["completes", "completes"], expirations: 1, isBare: true };
  await expect(everyOrder(() => workers(heedless))).rejects.toThrow(
    /began an effect although its lease was lost/,
  );
});
