import { type Call, type Fact, observed, rootCall, wrap } from "holdfast";
import { type IdempotentOptions, idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";

interface Order {
  readonly id: string;
}
const order: Order = { id: "o-1" };

let clock: ManualRuntime;
let store: MemoryStore;
let runs: number;
let claims: number[];
beforeEach(() => {
  clock = manualRuntime();
  const memory = memoryStore();
  const beganMs = clock.now();
  claims = [];
  runs = 0;
  store = {
    ...memory,
    claim(request, call) {
      claims.push(clock.now() - beganMs);
      return memory.claim(request, call);
    },
  };
});
const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));
const options = (changes: Partial<IdempotentOptions<Order>> = {}): IdempotentOptions<Order> => ({
  store,
  operation: "charge",
  key: (input) => input.id,
  ...changes,
});
/** Takes two seconds the first time, and answers which run it is. */
async function slowFirst(_: Order): Promise<number> {
  const run = ++runs;
  if (run === 1) await wait(2_000);
  return run;
}
const call = (timeoutMs: number): Call => rootCall({ runtime: clock, timeoutMs });

describe('inFlight: "wait"', () => {
  test("gives a repeat the first run's answer once it is there", async () => {
    const charge = idempotent(slowFirst, options({ inFlight: "wait" }));
    const both = Promise.all([charge(order, call(10_000)), charge(order, call(10_000))]);
    expect(await clock.run(both)).toEqual([1, 1]);
    expect(runs).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test("asks again after waits that grow and are never equal for all, within a second of each other", async () => {
    const charge = idempotent(slowFirst, options({ inFlight: "wait" }));
    await clock.run(Promise.all([charge(order, call(10_000)), charge(order, call(10_000))]));
    const asked = claims.slice(1);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    gaps.forEach((gap, index) => {
      expect(gap).toBeGreaterThanOrEqual(Math.min(50 * 2 ** index, 1_000) / 2);
      expect(gap).toBeLessThanOrEqual(Math.min(50 * 2 ** index, 1_000));
    });
    expect(asked.length).toBeLessThan(9);
  });

  test("asks after 50 ms at most, then after twice that, up to a second", async () => {
    const charge = idempotent(
      async (_: Order) => wait(4_600),
      options({ inFlight: "wait", leaseMs: 9_000, heartbeatMs: false }),
    );
    const longest = () => rootCall({ runtime: { ...clock, random: () => 1 }, timeoutMs: 10_000 });
    await clock.run(Promise.all([charge(order, longest()), charge(order, longest())]));
    expect(claims.slice(1)).toEqual([0, 50, 150, 350, 750, 1_550, 2_550, 3_550, 4_550, 5_550]);
  });

  test("is dated anew each time that it asks", async () => {
    const asked: number[] = [];
    const spying: MemoryStore = {
      ...store,
      claim(request, given) {
        asked.push(clock.now() - request.nowMs);
        return store.claim(request, given);
      },
    };
    const charge = idempotent(slowFirst, options({ store: spying, inFlight: "wait" }));
    await clock.run(Promise.all([charge(order, call(10_000)), charge(order, call(10_000))]));
    expect(new Set(asked)).toEqual(new Set([0]));
  });

  test("does not wait for a lease that ends with its own time", async () => {
    const charge = idempotent(slowFirst, options({ inFlight: "wait", leaseMs: 20, heartbeatMs: false }));
    const first = charge(order, call(10_000)).catch(() => {});
    await expect(clock.run(charge(order, call(20)))).rejects.toMatchObject({
      code: "IDEMPOTENCY_IN_PROGRESS",
      retryAfterMs: 20,
    });
    await clock.run(first);
  });

  test("stops where its deadline would pass, and says when to come again", async () => {
    const charge = idempotent(slowFirst, options({ inFlight: "wait", leaseMs: 9_000, heartbeatMs: false }));
    const first = charge(order, call(10_000));
    const beganMs = clock.now();
    await expect(clock.run(charge(order, call(500)))).rejects.toMatchObject({
      code: "IDEMPOTENCY_IN_PROGRESS",
      retryable: true,
    });
    expect(clock.now() - beganMs).toBeLessThan(500);
    await clock.run(first);
  });

  test("takes over when the first run failed meanwhile, or died and its lease has ended", async () => {
    const failing = idempotent(
      async (input: Order) => {
        await slowFirst(input);
        if (runs === 1) throw new Error("bank is down");
        return runs;
      },
      options({ inFlight: "wait" }),
    );
    const first = failing(order, call(30_000));
    const second = failing(order, call(30_000));
    await expect(clock.run(first)).rejects.toThrow("bank is down");
    expect(await clock.run(second)).toBe(2);

    const dying = idempotent(
      async (input: Order) => (++runs === 3 ? new Promise<never>(() => {}) : input.id),
      options({ operation: "dies", inFlight: "wait", leaseMs: 1_000, heartbeatMs: false }),
    );
    void dying(order, call(30_000));
    expect(await clock.run(dying(order, call(30_000)))).toBe("o-1");
  });

  test("wakes from its wait when the call is aborted, and asks no more", async () => {
    const charge = idempotent(slowFirst, options({ inFlight: "wait" }));
    const first = charge(order, call(30_000));
    const controller = new AbortController();
    const waiting = charge(order, rootCall({ runtime: clock, signal: controller.signal }));
    await clock.advance(10);
    const asked = claims.length;
    controller.abort(new Error("client went away"));
    await expect(waiting).rejects.toThrow("client went away");
    await clock.run(first);
    expect(claims).toHaveLength(asked);
  });
});

describe("inFlight: { skip }", () => {
  test("answers with the value while another run holds the key, and with the result after it", async () => {
    const facts: Fact[] = [];
    const charge = wrap(
      idempotent(slowFirst, options({ inFlight: { skip: "busy" } as never })),
      observed((fact) => facts.push(fact)),
    );
    const first = charge(order, call(30_000));
    await clock.advance(500);
    expect(await charge(order, call(30_000))).toBe("busy");
    expect(facts.at(-1)).toMatchObject({ type: "idempotency.skipped", state: "IN_PROGRESS", ageMs: 500 });
    await clock.run(first);
    expect(await charge(order, call(30_000))).toBe(1);
  });

  test("is not taken for a run that ended: an abandoned key is taken over", async () => {
    const charge = idempotent(
      async (input: Order) => (++runs === 1 ? new Promise<never>(() => {}) : input.id),
      options({ inFlight: { skip: "busy" } as never, leaseMs: 1_000, heartbeatMs: false }),
    );
    void charge(order, call(30_000));
    await clock.advance(1_000);
    expect(await charge(order, call(30_000))).toBe("o-1");
  });
});
