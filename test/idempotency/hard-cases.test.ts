import { type Call, type Fact, observed, rootCall, wrap } from "holdfast";
import { type IdempotencyStore, type IdempotentOptions, idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime, seededRandom } from "holdfast/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { withWrites } from "../support/store-writes.ts";

interface Order {
  readonly id: string;
}
const order: Order = { id: "o-1" };
const DAY_MS = 86_400_000;

let clock: ManualRuntime;
let store: MemoryStore;
let runs: number;
beforeEach(() => {
  clock = manualRuntime();
  store = memoryStore();
  runs = 0;
});
afterEach(() => void vi.unstubAllEnvs());
const options = (changes: Partial<IdempotentOptions<Order>> = {}): IdempotentOptions<Order> => ({
  store,
  operation: "charge",
  key: (input) => input.id,
  ...changes,
});
const root = (timeoutMs?: number): Call =>
  rootCall(timeoutMs === undefined ? { runtime: clock } : { runtime: clock, timeoutMs });
const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));

describe("without a record, a unit", () => {
  test("keeps the identifier of its key when the kill switch is on, so that keyed targets go on knowing repeats", async () => {
    const ids: string[] = [];
    const note = async (
      _: Order,
      { unit }: { readonly unit: { readonly id: string; readonly fence: number } },
    ) => {
      ids.push(unit.id);
      return unit.fence;
    };
    await idempotent(note, options())(order, root());
    vi.spyOn(console, "error").mockImplementation(() => {});
    vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
    const off = idempotent(note, options());
    expect(await off(order, root())).toBeGreaterThanOrEqual(clock.now());
    await off({ id: "o-2" }, root());
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    vi.restoreAllMocks();
  });

  test("has a new identifier for each input without a key", async () => {
    const ids = new Set<string>();
    const run = idempotent(
      async (_: Order, { unit }) => ids.add(unit.id),
      options({ key: () => undefined, onMissingKey: "run" }),
    );
    await run(order, root());
    await run(order, root());
    expect(ids.size).toBe(2);
  });
});

describe("a run that never began", () => {
  const sleepy = (): IdempotencyStore => ({
    ...store,
    async claim(request, call) {
      const answer = await store.claim(request, call);
      clock.jump(60_000);
      return answer;
    },
  });

  test.each(["remember", "unknown-outcome"] as const)(
    "is released, although onError would say %s",
    async (after) => {
      const late = idempotent(
        async (_: Order) => ++runs,
        options({ store: sleepy(), leaseMs: 1_000, onError: () => after }),
      );
      await expect(late(order, root())).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
      expect(await idempotent(async (_: Order) => ++runs, options())(order, root())).toBe(1);
    },
  );
});

describe("what waits to be settled", () => {
  test("waits longer than completed keys are remembered: an unknown outcome", async () => {
    const charge = idempotent(
      async (_: Order) => {
        runs += 1;
        throw new Error("timeout");
      },
      options({ onError: () => "unknown-outcome", rememberMs: DAY_MS }),
    );
    await charge(order, root()).catch(() => {});
    clock.jump(400 * DAY_MS);
    await expect(charge(order, root())).rejects.toMatchObject({ code: "IDEMPOTENCY_UNKNOWN_OUTCOME" });
    expect(runs).toBe(1);
  });

  test("waits longer than completed keys are remembered: a blocked key", async () => {
    const charge = idempotent(
      async (_: Order) => (++runs === 1 ? new Promise<never>(() => {}) : runs),
      options({ onAbandoned: "block", rememberMs: DAY_MS, leaseMs: 1_000, heartbeatMs: false }),
    );
    void charge(order, root()).catch(() => {});
    await clock.advance(1_000);
    clock.jump(400 * DAY_MS);
    await expect(charge(order, root())).rejects.toMatchObject({ code: "IDEMPOTENCY_UNKNOWN_OUTCOME" });
  });

  test("of an operation that blocks, what completed or failed with a word is forgotten in time", async () => {
    const charge = idempotent(
      async (_: Order) => {
        if (++runs === 1) throw new Error("no");
        return runs;
      },
      options({ onAbandoned: "block", rememberMs: DAY_MS }),
    );
    await charge(order, root()).catch(() => {});
    await charge(order, root());
    clock.jump(DAY_MS);
    expect(await charge(order, root())).toBe(3);
  });
});

describe("a key", () => {
  test.each([
    ["a boolean", () => true as never],
    ["a part that holds what is missing", () => ({ ref: { id: undefined } })],
    ["a part that holds an invalid date", () => ({ at: { day: new Date(Number.NaN) } })],
  ])("that is %s is refused, for other inputs would share it", async (_name, key) => {
    await expect(
      idempotent(async (_: Order) => ++runs, options({ key }))(order, root()),
    ).rejects.toMatchObject({
      code: "IDEMPOTENCY_UNSUPPORTED_VALUE",
    });
    expect(runs).toBe(0);
  });

  test("that cannot be written shows names of members that look like names, and no others", async () => {
    const key = () => ({ balances: { "jane@example.com": () => 1 } });
    const error = await idempotent(async (_: Order) => 1, options({ key }))(order, root()).catch(
      (one: Error) => one.message,
    );
    expect(error).toContain("key.balances[…]");
    expect(error).not.toContain("jane");
  });
});

test("options that are changed after the function was made do not change it", async () => {
  const mutable: { -readonly [name in keyof IdempotentOptions<Order>]: IdempotentOptions<Order>[name] } =
    options();
  const first = idempotent(async (_: Order) => "first", mutable);
  mutable.operation = "other";
  const second = idempotent(async (_: Order) => "second", mutable);
  expect([await first(order, root()), await second(order, root())]).toEqual(["first", "second"]);
});

describe("a heartbeat", () => {
  test("whose reply never comes is given up when the next is due, and the run goes on", async () => {
    let beats = 0;
    const deaf = withWrites(store, {
      async beat(lease, change, call) {
        const answer = await store.write(lease, change, call);
        return ++beats === 1 ? new Promise(() => {}) : answer;
      },
    });
    const slow = idempotent(
      async (_: Order) => {
        await wait(10_000);
        return "done";
      },
      options({ store: deaf, leaseMs: 3_000 }),
    );
    expect(await clock.run(slow(order, root()))).toBe("done");
    expect(beats).toBeGreaterThan(5);
  });

  test("that is applied after a later one does not end the lease earlier, and is no loss of it", async () => {
    const lates: (() => Promise<unknown>)[] = [];
    const late = withWrites(store, {
      beat(lease, change, call) {
        if (lates.length > 0) return store.write(lease, change, call);
        return new Promise((_, reject) => {
          lates.push(() => store.write(lease, change, rootCall({ runtime: clock })));
          call.signal.addEventListener("abort", () => reject(call.signal.reason));
        });
      },
    });
    const slow = idempotent(
      async (_: Order) => {
        await wait(3_500);
        await lates[0]?.();
        const held = await store.read(`${[...ids][0]}`, root());
        return (held?.leaseUntilMs ?? 0) - clock.now();
      },
      options({ store: late, leaseMs: 3_000 }),
    );
    const ids = new Set<unknown>();
    const seen = wrap(
      slow,
      observed((fact) => ids.add(fact["id"])),
    );
    expect(await clock.run(seen(order, root()))).toBeGreaterThan(2_000);
  });
});

describe("a remembered error", () => {
  test("that cannot be read is remembered as one that could not be", async () => {
    const awkward = { message: Object.create(null), f() {} };
    const charge = idempotent(
      async (_: Order) => {
        runs += 1;
        throw awkward;
      },
      options({ onError: () => "remember" }),
    );
    await charge(order, root()).catch(() => {});
    await charge(order, root()).catch(() => {});
    expect(runs).toBe(1);
  });

  test("that is too large to be kept is remembered without what makes it large", async () => {
    const random = seededRandom(3);
    const noise = Array.from({ length: 600_000 }, () => Math.floor(random() * 36).toString(36)).join("");
    const error = Object.assign(new Error(`no: ${noise}`), { code: "TOO_LARGE", noise });
    const charge = idempotent(
      async (_: Order) => {
        runs += 1;
        throw error;
      },
      options({ onError: () => "remember" }),
    );
    await charge(order, root()).catch(() => {});
    await expect(charge(order, root())).rejects.toMatchObject({ code: "TOO_LARGE", message: /^no: / });
    expect(runs).toBe(1);
  });
});

describe("unit.transact, tried again after its reply was lost,", () => {
  /** Applies, and loses the replies to the first `losses` transactions. */
  const losing = (losses: number): MemoryStore => {
    let sends = 0;
    return {
      ...store,
      async transact(items, ending, call) {
        const answer = await store.transact(items, ending, call);
        if (++sends <= losses) throw new Error("reply lost");
        return answer;
      },
    };
  };

  test("does not pass for applied with items that were added meanwhile", async () => {
    const items: object[] = [{ Put: 1 }];
    const charge = idempotent(
      async (_: Order, { unit }) =>
        unit.transact(items, "done").catch(() => {
          items.push({ Put: 2 });
          return unit.transact(items, "done");
        }),
      options({ store: losing(1) }),
    );
    await expect(charge(order, root())).rejects.toMatchObject({ code: "IDEMPOTENCY_TRANSACT_TWICE" });
    expect(store.applied).toEqual([{ Put: 1 }]);
  });

  test("does not pass for applied when it cannot be told which of several was", async () => {
    const [a, b] = [[{ Put: "a" }], [{ Put: "b" }]];
    const refusingA: MemoryStore = {
      ...store,
      async transact(items, ending, call) {
        if (items[0] === a[0] && store.applied.length === 0) throw new Error("a's condition failed");
        await store.transact(items, ending, call);
        if (items[0] === b[0]) throw new Error("reply lost");
        return store.transact(items, ending, call);
      },
    };
    const charge = idempotent(
      async (_: Order, { unit }) =>
        unit
          .transact(a, "done")
          .catch(() => unit.transact(b, "done"))
          .catch(() => unit.transact(a, "done")),
      options({ store: refusingA }),
    );
    await expect(charge(order, root())).rejects.toMatchObject({ code: "IDEMPOTENCY_TRANSACT_TWICE" });
    expect(store.applied).toEqual(b);
  });

  test("is not sent when the call ended while the heartbeat before it was waited for", async () => {
    const controller = new AbortController();
    const slowBeat = withWrites(store, {
      async beat(lease, change, call) {
        await wait(400);
        controller.abort(new Error("enough"));
        return store.write(lease, change, call);
      },
    });
    const charge = idempotent(
      async (_: Order, { unit }) => {
        await wait(1_100);
        return unit.transact([{ Put: 1 }], "done");
      },
      options({ store: slowBeat, leaseMs: 3_000 }),
    );
    const call = rootCall({ runtime: clock, signal: controller.signal });
    await expect(clock.run(charge(order, call))).rejects.toThrow("enough");
    expect(store.applied).toEqual([]);
  });
});

test("a stored result that is damaged is an error with a code, and quotes nothing of it", async () => {
  const damaged = withWrites(store, {
    complete: (lease, change, call) => store.write(lease, { ...change, result: '{"card":"4111' }, call),
  });
  const charge = idempotent(async (_: Order) => 1, options({ store: damaged }));
  await charge(order, root());
  const error = (await charge(order, root()).catch((one: unknown) => one)) as Error & {
    readonly code: string;
  };
  expect(error.code).toBe("IDEMPOTENCY_RESULT_UNREADABLE");
  expect(`${error.message} ${String(error.cause)}`).not.toContain("4111");
});

test("a claim that the deadline cuts off is the deadline's failure, not the store's", async () => {
  const hanging: IdempotencyStore = {
    ...store,
    claim: (_request, call) =>
      new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason))),
  };
  await expect(
    clock.run(idempotent(async (_: Order) => 1, options({ store: hanging }))(order, root(1_000))),
  ).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
});

test("a store whose hint throws is still named, with the cause", async () => {
  const broken: IdempotencyStore = {
    ...store,
    hint() {
      throw new Error("a mistake");
    },
    claim: async () => Promise.reject(Object.assign(new Error("no"), { code: "ECONNREFUSED" })),
  };
  await expect(idempotent(async (_: Order) => 1, options({ store: broken }))(order, root())).rejects.toThrow(
    /memory.*Error \(ECONNREFUSED\)/,
  );
});

test("an item of the memory store that is asynchronous is refused, and undone is what came before it", async () => {
  let sum = 0;
  const add = () => {
    sum += 1;
    return () => {
      sum -= 1;
    };
  };
  const facts: Fact[] = [];
  const charge = wrap(
    idempotent(
      async (_: Order, { unit }) => unit.transact([add, async () => Promise.reject(new Error("no"))], 1),
      options(),
    ),
    observed((fact) => facts.push(fact)),
  );
  await expect(charge(order, root())).rejects.toThrow(/at once, not in a promise/);
  expect(sum).toBe(0);
});
