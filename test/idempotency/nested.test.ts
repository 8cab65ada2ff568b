import { type Call, rootCall, timeout, wrap } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";

interface Order {
  readonly id: string;
}
const order: Order = { id: "o-1" };
const key = (input: Order): string => input.id;

let clock: ManualRuntime;
beforeEach(() => {
  clock = manualRuntime();
});
const root = (timeoutMs?: number): Call =>
  rootCall(timeoutMs === undefined ? { runtime: clock } : { runtime: clock, timeoutMs });
const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));

describe("beneath a lease that is kept up", () => {
  test("a timeout longer than the lease's first term still fires, and at its own time", async () => {
    const beganMs = clock.now();
    const slow = wrap((_: undefined) => new Promise<never>(() => {}), timeout({ ms: 90_000 }));
    const run = idempotent((_: Order, call) => slow(undefined, call), {
      store: memoryStore(),
      operation: "op",
      key,
    });
    await expect(clock.run(run(order, root()))).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(clock.now() - beganMs).toBe(90_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test("a signal that was read beneath a timeout aborts with the timeout, not with the lease's first term", async () => {
    const beganMs = clock.now();
    const aborted: number[] = [];
    const slow = wrap(
      (_: undefined, call) => {
        call.signal.addEventListener("abort", () => aborted.push(clock.now() - beganMs));
        return new Promise<never>(() => {});
      },
      timeout({ ms: 61_000 }),
    );
    const run = idempotent((_: Order, call) => slow(undefined, call), {
      store: memoryStore(),
      operation: "op",
      key,
      leaseMs: 3_000,
    });
    await expect(clock.run(run(order, root()))).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(aborted).toEqual([61_000]);
  });

  test("the deadline that a call beneath shows is the tightest at any time", async () => {
    const seen: number[] = [];
    const beganMs = clock.now();
    const look = wrap(
      async (_: undefined, call: Call) => {
        for (let turn = 0; turn < 4; turn += 1) {
          seen.push(call.deadlineMs - beganMs);
          await wait(1_500);
        }
      },
      timeout({ ms: 5_800 }),
    );
    const run = idempotent((_: Order, call) => look(undefined, call), {
      store: memoryStore(),
      operation: "op",
      key,
      leaseMs: 3_000,
    });
    await clock.run(run(order, root())).catch(() => {});
    expect(seen).toEqual([3_000, 4_000, 5_000, 5_800]);
  });
});

describe("an idempotent function within another", () => {
  test("keeps its own lease up, and its effect is refused once that is lost, whatever the outer one holds", async () => {
    const store = memoryStore();
    const charges: string[] = [];
    const charge = wrap(async (by: string) => charges.push(by));
    let runs = 0;
    const pay = idempotent(
      async (_: Order, call) => {
        const by = runs++ === 0 ? "first" : "second";
        if (by === "first") await wait(90_000);
        await charge(by, call);
        return by;
      },
      { store, operation: "pay", key },
    );
    const outer = idempotent(pay, { store, operation: "outer", key });
    const first = clock.run(outer(order, root()));
    expect(await first).toBe("first");
    expect(await pay(order, root())).toBe("first");
    expect(charges).toEqual(["first"]);
  });

  test("whose heartbeats are off loses its lease in time, though the outer one is kept up", async () => {
    const store = memoryStore();
    const charges: string[] = [];
    const charge = wrap(async (by: string) => charges.push(by));
    let runs = 0;
    const pay = idempotent(
      async (_: Order, call) => {
        const by = runs++ === 0 ? "first" : "second";
        if (by === "first") await wait(90_000);
        await charge(by, call);
        return by;
      },
      { store, operation: "pay", key, leaseMs: 50_000, heartbeatMs: false },
    );
    const outer = idempotent((input: Order, call: Call) => pay(input, call), {
      store,
      operation: "outer",
      key,
    });
    const first = outer(order, root());
    first.catch(() => {});
    await clock.advance(70_000);
    expect(await pay(order, root())).toBe("second");
    await expect(clock.run(first)).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
    expect(charges).toEqual(["second"]);
  });

  test("under a deadline takes no heartbeat: both leases last as long as the call may", async () => {
    const timers: number[] = [];
    const store = memoryStore();
    const inner = idempotent(
      async (_: Order) => {
        timers.push(clock.pendingTimers);
      },
      { store, operation: "inner", key },
    );
    await idempotent(inner, { store, operation: "outer", key })(order, root(5_000));
    expect(timers).toEqual([0]);
  });
});
