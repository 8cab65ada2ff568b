import { type Call, type Fact, observed, rootCall, sleep, wrap } from "holdfast";
import { type IdempotencyStore, type IdempotentOptions, idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, expect, test } from "vitest";
import { kindOf, withWrites } from "../support/store-writes.ts";

interface Order {
  readonly id: string;
}
const order: Order = { id: "o-1" };

let clock: ManualRuntime;
let memory: MemoryStore;
let beats: number[];
let counting: MemoryStore;
beforeEach(() => {
  clock = manualRuntime();
  memory = memoryStore();
  beats = [];
  const beganMs = clock.now();
  counting = withWrites(memory, {
    beat(lease, change, call) {
      beats.push(clock.now() - beganMs);
      return memory.write(lease, change, call);
    },
  });
});
const options = (changes: Partial<IdempotentOptions<Order>> = {}): IdempotentOptions<Order> => ({
  store: counting,
  operation: "charge",
  key: (input) => input.id,
  leaseMs: 3_000,
  ...changes,
});
const call = (timeoutMs?: number): Call =>
  rootCall(timeoutMs === undefined ? { runtime: clock } : { runtime: clock, timeoutMs });
const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));

test("a run that takes longer than its lease keeps it up, a third of it at a time, and completes", async () => {
  let runs = 0;
  const charge = idempotent(async (_: Order) => {
    await wait(10_000);
    return ++runs;
  }, options());
  const slow = charge(order, call());
  await clock.advance(9_900);
  await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
  expect(await clock.run(slow)).toBe(1);
  expect(beats).toEqual([1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000]);
  expect(await charge(order, call())).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});

test("a run without a deadline and without leaseMs keeps up the lease of a minute", async () => {
  const charge = idempotent(async (_: Order) => wait(70_000), {
    store: counting,
    operation: "charge",
    key: (input: Order) => input.id,
  });
  await clock.run(charge(order, call()));
  expect(beats).toEqual([20_000, 40_000, 60_000]);
});

test("a run whose lease lasts until its deadline says nothing meanwhile, and sets no timer for it", async () => {
  const timers: number[] = [];
  const charge = idempotent(
    async (_: Order) => {
      timers.push(clock.pendingTimers);
      await wait(2_900);
    },
    { store: counting, operation: "charge", key: (input: Order) => input.id },
  );
  await clock.run(charge(order, call(3_000)));
  expect([timers, beats]).toEqual([[0], []]);
});

test("the work beneath sees its deadline move with the lease, and not beyond the call's own", async () => {
  const seen: number[] = [];
  const beganMs = clock.now();
  const charge = idempotent(async (_: Order, inner) => {
    for (let turn = 0; turn < 5; turn += 1) {
      seen.push(inner.deadlineMs - beganMs);
      await sleep(inner, 1_100);
    }
  }, options());
  await clock.run(charge(order, call(6_000)));
  expect(seen).toEqual([3_000, 4_000, 5_000, 6_000, 6_000]);
});

test("a signal that was read aborts when the lease that was kept up is lost, not when its first term ends", async () => {
  const aborted: number[] = [];
  const beganMs = clock.now();
  let isDown = false;
  const store = withWrites(memory, {
    beat: (lease, change, inner) =>
      isDown ? Promise.reject(new Error("throttled")) : memory.write(lease, change, inner),
  });
  const charge = idempotent(async (_: Order, { signal }) => {
    signal.addEventListener("abort", () => aborted.push(clock.now() - beganMs));
    await wait(4_500);
    isDown = true;
    await wait(9_000);
  }, options({ store }));
  // Nobody took the key over meanwhile, so the late completion is still the run's own.
  await clock.run(charge(order, call()));
  // The last word was at 4,000 and held the key for 3,000 more.
  expect(aborted).toEqual([7_000]);
});

test("after the deadline the reason is the deadline, although the lease was kept up to it", async () => {
  const reasons: unknown[] = [];
  const charge = idempotent(async (_: Order, inner) => {
    inner.signal.addEventListener("abort", () => reasons.push(inner.signal.reason));
    await wait(7_000);
    await wrap(async () => 1)(undefined, inner);
  }, options());
  await expect(clock.run(charge(order, call(6_000)))).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(reasons).toMatchObject([{ code: "DEADLINE_EXCEEDED" }]);
});

test("a heartbeat that finds the key taken ends the call at once: nothing starts through it any more", async () => {
  const effects: string[] = [];
  const effect = wrap(async (name: string) => effects.push(name));
  let runs = 0;
  const charge = idempotent(async (_: Order, inner) => {
    if (++runs === 2) return "second";
    await wait(1_500);
    await effect("too late", inner);
    return "first";
  }, options());
  const frozen = charge(order, call());
  // Another machine's clock is ahead by more than the lease, and takes over.
  const ahead = rootCall({ runtime: { ...clock, now: () => clock.now() + 4_000 } });
  expect(await charge(order, ahead)).toBe("second");
  await expect(clock.run(frozen)).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
  expect(effects).toEqual([]);
});

test("a heartbeat that fails is told, and tried again while the lease lasts", async () => {
  const facts: Fact[] = [];
  let failures = 1;
  const store = withWrites(memory, {
    beat: (lease, change, inner) =>
      failures-- > 0 ? Promise.reject(new Error("throttled")) : memory.write(lease, change, inner),
  });
  const charge = wrap(
    idempotent(async (_: Order) => wait(5_000), options({ store })),
    observed((fact) => facts.push(fact)),
  );
  await clock.run(charge(order, call()));
  expect(facts.map(({ type }) => type)).toEqual([
    "idempotency.claimed",
    "idempotency.heartbeat-failed",
    "idempotency.completed",
  ]);
  const [{ type: _, ...claimed } = { type: "" }, failed] = facts;
  expect(failed).toMatchObject({
    operation: "charge",
    id: claimed["id"],
    fence: claimed["fence"],
    error: new Error("throttled"),
  });
});

test("a lease that ends with the call has no heartbeat", async () => {
  const charge = idempotent(async (_: Order) => wait(2_900), options());
  await clock.run(charge(order, call(3_000)));
  expect(beats).toEqual([]);
});

test("a run that fails, or transacts, leaves no timer behind", async () => {
  const failing = idempotent(async (_: Order) => Promise.reject(new Error("bank is down")), options());
  await expect(failing(order, call())).rejects.toThrow("bank is down");
  expect(clock.pendingTimers).toBe(0);
  const transacting = idempotent(async (_: Order, { unit }) => unit.transact([], 1), options());
  await transacting(order, call());
  expect(clock.pendingTimers).toBe(0);
});

test("a frozen run does not beat when it thaws: its lease has ended, and its key may be another's", async () => {
  const charge = idempotent(async (_: Order) => wait(10_000), options());
  const frozen = charge(order, call());
  await clock.advance(10);
  clock.jump(3_000);
  // Nobody has taken the key, so its result is recorded all the same.
  await clock.run(frozen);
  expect(beats).toEqual([]);
});

test("no heartbeat is on its way while a transaction is", async () => {
  const order: string[] = [];
  const store: IdempotencyStore = {
    ...withWrites(memory, {
      async beat(lease, change, inner) {
        order.push("beat begins");
        await wait(400);
        order.push("beat ends");
        return memory.write(lease, change, inner);
      },
    }),
    async transact(items, ending, inner) {
      order.push("transaction begins");
      await wait(2_500);
      order.push("transaction ends");
      return memory.transact(items, ending, inner);
    },
  };
  const charge = idempotent(
    async (_: Order, { unit }) => {
      await wait(1_200);
      return unit.transact([], "done");
    },
    options({ store, leaseMs: 3_000 }),
  );
  expect(await clock.run(charge({ id: "o-1" }, call()))).toBe("done");
  expect(order).toEqual(["beat begins", "beat ends", "transaction begins", "transaction ends"]);
  expect(clock.pendingTimers).toBe(0);
});

test("after a transaction that failed the heartbeats go on", async () => {
  let tries = 0;
  const store: IdempotencyStore = {
    ...counting,
    async transact(items, ending, inner) {
      if (++tries === 1) throw new Error("conflict");
      return memory.transact(items, ending, inner);
    },
  };
  const charge = idempotent(async (_: Order, { unit }) => {
    await unit.transact([], 1).catch(() => wait(5_500));
    return unit.transact([], 2);
  }, options({ store }));
  expect(await clock.run(charge(order, call()))).toBe(2);
  expect(beats).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
});

test("a heartbeat that hangs does not keep the run from its end, and its request is aborted", async () => {
  let signal: AbortSignal | undefined;
  const store = withWrites(memory, {
    beat(_lease, _change, inner) {
      signal = inner.signal;
      return new Promise(() => {});
    },
  });
  const charge = idempotent(async (_: Order) => {
    await wait(1_500);
    return "done";
  }, options({ store }));
  expect(await clock.run(charge(order, call()))).toBe("done");
  expect(signal?.aborted).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test("a record does not expire under a run that goes on, however short it is to be remembered", async () => {
  const charge = idempotent(async (_: Order) => wait(9_500), options({ rememberMs: 1 }));
  const slow = charge(order, call());
  await clock.advance(9_000);
  await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
  await clock.run(slow);
});

test("false switches heartbeats off, and another interval is obeyed", async () => {
  const run = (changes: Partial<IdempotentOptions<Order>>, id: string) =>
    clock.run(idempotent(async (_: Order) => wait(2_000), options(changes))({ id }, call()));
  await run({ heartbeatMs: false }, "a");
  expect(beats).toEqual([]);
  await run({ heartbeatMs: 700 }, "b");
  expect(beats).toHaveLength(2);
});

test("the writes of a run are told apart by what they change", () => {
  expect([kindOf({ leaseUntilMs: 1 }), kindOf({ state: "RELEASED" })]).toEqual(["beat", "release"]);
});
