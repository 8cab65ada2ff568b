import { type Call, type Fact, observed, refusal, rootCall, sleep, wrap } from "holdfast";
import {
  type IdempotencyStore,
  type IdempotentOptions,
  idempotent,
  type RecordChange,
  type WithUnit,
} from "holdfast/idempotency";
import { type MemoryItem, type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime, seededRandom } from "holdfast/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { kindOf, withWrites } from "../support/store-writes.ts";

interface Order {
  readonly id: string;
}
const order: Order = { id: "o-1" };
const DAY_MS = 86_400_000;

let clock: ManualRuntime;
let memory: MemoryStore;
beforeEach(() => {
  clock = manualRuntime();
  memory = memoryStore();
});
const options = (changes: Partial<IdempotentOptions<Order>> = {}): IdempotentOptions<Order> => ({
  store: memory,
  operation: "charge",
  key: (input) => input.id,
  ...changes,
});
const root = (): Call => rootCall({ runtime: clock });

/** The memory store, noting what it is asked and on which call. */
function noting() {
  const writes: string[] = [];
  const calls: Record<string, Call> = {};
  const expiries: Record<string, number> = {};
  const note = (kind: string, call: Call, expiresAtMs?: number): void => {
    writes.push(kind);
    calls[kind] = call;
    if (expiresAtMs !== undefined) expiries[kind] = expiresAtMs - clock.now();
  };
  const store: MemoryStore = {
    ...memory,
    name: "noting",
    claim(request, call) {
      note("claim", call, request.expiresAtMs);
      return memory.claim(request, call);
    },
    write(lease, change, call) {
      note(kindOf(change), call, change.expiresAtMs);
      return memory.write(lease, change, call);
    },
    transact(items, ending, call) {
      note("transact", call, (ending?.change as RecordChange | undefined)?.expiresAtMs);
      return memory.transact(items, ending, call);
    },
  };
  return { store, writes, calls, expiries };
}

/** What observers are told while `work` goes on. */
async function factsOf(work: (call: Call) => Promise<unknown>): Promise<Fact[]> {
  const facts: Fact[] = [];
  const run = wrap(
    (_: undefined, call: Call) => work(call),
    observed((fact) => facts.push(fact)),
  );
  await run(undefined, root()).catch(() => {});
  return facts;
}

describe("the record's writes", () => {
  test("a run that fails lets go before its error is thrown, so a delivery right after it runs", async () => {
    const { store, writes } = noting();
    const slow = withWrites(store, {
      async release(lease, change, call) {
        await new Promise<void>((resolve) => clock.setTimer(50, resolve));
        return store.write(lease, change, call);
      },
    });
    const charge = idempotent(
      async (_: Order): Promise<void> => {
        throw new Error("bank is down");
      },
      options({ store: slow }),
    );
    await expect(clock.run(charge(order, root()))).rejects.toThrow("bank is down");
    expect(writes).toEqual(["claim", "release"]);
  });

  test("a transaction is the last one: nothing completes after it, and a later error releases nothing", async () => {
    const { store, writes } = noting();
    const charge = idempotent(async (input: Order, { unit }) => {
      await unit.transact([], "done");
      if (input.id === "o-2") throw new Error("too late");
      return "done";
    }, options({ store }));
    await charge(order, root());
    await expect(charge({ id: "o-2" }, root())).rejects.toThrow("too late");
    expect(writes).toEqual(["claim", "transact", "claim", "transact"]);
  });

  test("the last write has two seconds of its own, on a call that ends with it", async () => {
    const { store, calls } = noting();
    let leftMs: number | undefined;
    const timed = withWrites(store, {
      complete(lease, change, call) {
        leftMs = call.deadlineMs - clock.now();
        return store.write(lease, change, call);
      },
    });
    await idempotent(async (_: Order) => 1, options({ store: timed }))(order, root());
    expect(leftMs).toBe(2_000);
    expect(refusal(calls["complete"] as Call)).toMatchObject({ code: "CALL_ENDED" });
  });

  test("the last write's call lasts until the store has answered, and runs on the caller's clock", async () => {
    const seen: unknown[] = [];
    const slow = withWrites(memory, {
      async release(lease, change, call) {
        await sleep(call, 1_999);
        seen.push(refusal(call), call.deadlineMs - clock.now());
        return memory.write(lease, change, call);
      },
    });
    const charge = idempotent(
      async (_: Order): Promise<void> => {
        throw new Error("bank is down");
      },
      options({ store: slow }),
    );
    await expect(clock.run(charge(order, root()))).rejects.toThrow("bank is down");
    expect(seen).toEqual([undefined, 1]);
  });

  test("the last write is not cut off by the abort that ended the run", async () => {
    const { store, writes } = noting();
    const controller = new AbortController();
    const charge = idempotent(async (_: Order): Promise<void> => {
      controller.abort(new Error("client went away"));
      throw new Error("stopped");
    }, options({ store }));
    await expect(charge(order, rootCall({ runtime: clock, signal: controller.signal }))).rejects.toThrow(
      "stopped",
    );
    expect(writes).toEqual(["claim", "release"]);
    expect(await idempotent(async (_: Order) => "ran", options())(order, root())).toBe("ran");
  });

  test("claims go out on the caller's call, transactions on the unit's", async () => {
    const { store, calls } = noting();
    const call = root();
    let own: Call | undefined;
    await idempotent(async (_: Order, inner) => {
      own = inner;
      return inner.unit.transact([], 1);
    }, options({ store }))(order, call);
    expect(calls["claim"]).toBe(call);
    expect(calls["transact"]).toBe(own);
  });

  test("a key is remembered for 14 days after its completion unless told otherwise", async () => {
    const { store, expiries } = noting();
    await idempotent(async (_: Order) => 1, options({ store }))(order, root());
    await idempotent(
      async (_: Order, { unit }) => unit.transact([], 1),
      options({ store, rememberMs: 5_000, leaseMs: 1_000 }),
    )({ id: "o-2" }, root());
    expect(expiries).toEqual({ claim: 5_000, complete: 14 * DAY_MS, transact: 5_000 });
  });

  test("a record does not expire before its own lease", async () => {
    const { store, expiries } = noting();
    await idempotent(async (_: Order) => 1, options({ store, rememberMs: 1_000, leaseMs: 9_000 }))(
      order,
      root(),
    );
    expect(expiries).toEqual({ claim: 9_000, complete: 1_000 });
  });

  test("a result that is still too large when gzipped is not stored, and not paid for with a second run", async () => {
    let runs = 0;
    const random = seededRandom(1);
    const noise = Array.from({ length: 500_000 }, () => Math.floor(random() * 36).toString(36)).join("");
    const charge = idempotent(async (input: Order) => {
      runs += 1;
      return input.id === "fits" ? noise.slice(0, 300_000) : noise;
    }, options());
    await charge({ id: "fits" }, root());
    expect(await charge({ id: "fits" }, root())).toBe(noise.slice(0, 300_000));
    await charge({ id: "too large" }, root());
    await expect(charge({ id: "too large" }, root())).rejects.toMatchObject({
      code: "IDEMPOTENCY_RESULT_NOT_STORED",
    });
    expect(runs).toBe(2);
  });
});

describe("a lost reply", () => {
  test("to the completion or to the transaction is known by the run's own record", async () => {
    const { store } = noting();
    const sentTwice: IdempotencyStore = {
      ...store,
      async write(lease, change, call) {
        await store.write(lease, change, call);
        return store.write(lease, change, call);
      },
      async transact(items, ending, call) {
        await store.transact(items, ending, call);
        return store.transact(items, ending, call);
      },
    };
    let sum = 0;
    const add: MemoryItem = () => {
      sum += 1;
    };
    expect(await idempotent(async (_: Order) => "a", options({ store: sentTwice }))(order, root())).toBe("a");
    const transacting = idempotent(
      async (_: Order, { unit }) => unit.transact([add], "b"),
      options({ store: sentTwice }),
    );
    expect(await transacting({ id: "o-2" }, root())).toBe("b");
    expect(sum).toBe(1);
  });

  test.each([
    ["another owner", { owner: "other" }],
    ["another fence", { fence: 1 }],
    ["a state that is no completion", { state: "RELEASED" as const }],
    ["nothing at all", undefined],
  ])("is not seen in a record that shows %s: the lease is lost", async (_name, changes) => {
    const refusing = withWrites(memory, {
      async complete(lease) {
        const found = {
          version: 1,
          state: "COMPLETED" as const,
          owner: lease.owner,
          fence: lease.fence,
          leaseUntilMs: 0,
          expiresAtMs: 0,
          atMs: 0,
          payloadHash: "-",
        };
        return { written: false, found: changes && { ...found, ...changes } };
      },
    });
    await expect(
      idempotent(async (_: Order) => 1, options({ store: refusing }))(order, root()),
    ).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST", name: "IdempotencyLeaseLostError" });
  });
});

describe("unit.transact", () => {
  test("begun twice at once applies one of them", async () => {
    let sum = 0;
    const add: MemoryItem = () => {
      sum += 1;
    };
    const outcomes: string[] = [];
    await idempotent(async (_: Order, { unit }) => {
      const both = await Promise.allSettled([unit.transact([add], 1), unit.transact([add], 2)]);
      outcomes.push(...both.map((one) => (one.status === "rejected" ? one.reason.code : one.value)));
    }, options())(order, root());
    expect(outcomes).toEqual([1, "IDEMPOTENCY_TRANSACT_TWICE"]);
    expect(sum).toBe(1);
  });

  test("on a call that is over sends nothing", async () => {
    const { store, writes } = noting();
    const controller = new AbortController();
    const charge = idempotent(async (_: Order, { unit }) => {
      controller.abort(new Error("enough"));
      return unit.transact([], 1);
    }, options({ store }));
    await expect(charge(order, rootCall({ runtime: clock, signal: controller.signal }))).rejects.toThrow(
      "enough",
    );
    expect(writes).toEqual(["claim", "release"]);
  });

  test("has a fence that rises with every run, for targets that refuse a stale one", async () => {
    const fences: number[] = [];
    const charge = idempotent(async (_: Order, { unit }): Promise<void> => {
      fences.push(unit.fence);
      throw new Error("again");
    }, options());
    for (const _delivery of [1, 2]) await charge(order, root()).catch(() => {});
    expect((fences[1] ?? 0) - (fences[0] ?? 0)).toBe(1);
  });
});

describe("observers hear", () => {
  const id = expect.stringMatching(/^charge#/);
  const fence = expect.any(Number);
  const operation = "charge";

  test("of the claim and the completion, and of a replay", async () => {
    const charge = idempotent(async (_: Order) => 1, options());
    expect(await factsOf((call) => charge(order, call))).toEqual([
      { type: "idempotency.claimed", operation, id, fence },
      { type: "idempotency.completed", operation, id, fence, state: "COMPLETED" },
    ]);
    clock.jump(1_500);
    expect(await factsOf((call) => charge(order, call))).toEqual([
      { type: "idempotency.replayed", operation, id, fence, state: "COMPLETED", ageMs: 1_500 },
    ]);
  });

  test("of a completion by transaction, once", async () => {
    const charge = idempotent(async (_: Order, { unit }) => unit.transact([], 1), options());
    expect(await factsOf((call) => charge(order, call))).toEqual([
      { type: "idempotency.claimed", operation, id, fence },
      { type: "idempotency.completed", operation, id, fence, state: "COMPLETED" },
    ]);
  });

  test("that a result was not stored, and the key is remembered all the same", async () => {
    const { store, expiries } = noting();
    const charge = idempotent(async (_: Order) => () => {}, options({ store, rememberMs: 5_000 }));
    expect(await factsOf((call) => charge(order, call))).toEqual([
      { type: "idempotency.claimed", operation, id, fence },
      { type: "idempotency.result-not-stored", operation, id },
      { type: "idempotency.completed", operation, id, fence, state: "COMPLETED_NO_RESULT" },
    ]);
    expect(expiries["complete"]).toBe(5_000);
  });

  test("of a release, and with its error of one that failed", async () => {
    const error = new Error("throttled");
    const failing = async (_: Order): Promise<void> => {
      throw new Error("bank is down");
    };
    expect(await factsOf((call) => idempotent(failing, options())(order, call))).toEqual([
      { type: "idempotency.claimed", operation, id, fence },
      { type: "idempotency.released", operation, id, fence },
    ]);
    const store = withWrites(memory, { release: async () => Promise.reject(error) });
    expect((await factsOf((call) => idempotent(failing, options({ store }))(order, call))).at(-1)).toEqual({
      type: "idempotency.release-failed",
      operation,
      id,
      fence,
      error,
    });
  });
});

test("a store's failure is told with the store's name, the step and the cause", async () => {
  const cause = new Error("throttled");
  const store = { ...memory, name: "table T", claim: async () => Promise.reject(cause) };
  await expect(idempotent(async (_: Order) => 1, options({ store }))(order, root())).rejects.toMatchObject({
    name: "IdempotencyStoreError",
    cause,
    message: expect.stringMatching(/table T.*claim/),
  });
});

test("with the kill switch on, the unit's transaction is awaited, and gives its result", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubEnv("HOLDFAST_DISABLE", "other, idempotency");
  const charge = idempotent(async (_: Order, { unit }) => unit.transact([], "done"), {
    ...options(),
    store: { ...memory, transact: async () => Promise.reject(new Error("table is gone")) },
  });
  const fine = idempotent(async (_: Order, { unit }) => unit.transact([], "fine"), options());
  vi.unstubAllEnvs();
  said.mockRestore();
  await expect(charge(order, root())).rejects.toThrow("table is gone");
  expect(await fine(order, root())).toBe("fine");
});

test("a target that knows a repeat by the unit's id, and a stale run by its fence, is told both with the kill switch on", async () => {
  const ask = async (_: Order, { unit }: Call & WithUnit) => ({ id: unit.id, fence: unit.fence });
  const unreadableKey = () => {
    throw new Error("no key here");
  };
  const guarded = await idempotent(ask, options())(order, root());
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
  const off = idempotent(ask, options());
  const unreadable = idempotent(ask, options({ key: unreadableKey }));
  vi.unstubAllEnvs();
  said.mockRestore();
  const [first, repeat, other] = [
    await off(order, root()),
    await off(order, root()),
    await off({ ...order, id: "another" }, root()),
  ];
  expect([first.id, repeat.id]).toEqual([guarded.id, guarded.id]);
  expect(other.id).not.toBe(guarded.id);
  expect(first.fence).toBeGreaterThan(0);
  const ids = [await unreadable(order, root()), await unreadable(order, root())].map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
});

test("inputs without a key, which run, are not one and the same to a target", async () => {
  const ask = idempotent(async (_: Order, { unit }) => unit.id, {
    ...options(),
    key: () => undefined,
    onMissingKey: "run",
  });
  expect(await ask(order, root())).not.toBe(await ask(order, root()));
});

test("a kill switch for something else leaves the protection on", async () => {
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency-metrics");
  let runs = 0;
  const charge = idempotent(async (_: Order) => ++runs, options());
  vi.unstubAllEnvs();
  await charge(order, root());
  expect(await charge(order, root())).toBe(1);
});

test.each([
  [{ operation: "a#b" }, /^idempotent: operation must be a name/],
  [{ operation: 7 as never }, /^idempotent: operation must be a name/],
  [{ operation: "x".repeat(101) }, /^idempotent: operation must be a name/],
  [{ store: undefined as never }, /^idempotent: store must be an idempotency store/],
  [{ leaseMs: 0.5 }, /^idempotent: leaseMs must be a number of at least 1/],
  [{ rememberMs: 0.5 }, /^idempotent: rememberMs must be a number of at least 1/],
  [{ remember: 1 } as never, /^idempotent: there is no option "remember"/],
])("a wrong option is refused by name: %o", (changes, message) => {
  expect(() => idempotent(async () => 1, options(changes))).toThrow(message);
});

test("an option's own limit is allowed", () => {
  const limits = { operation: "x".repeat(100), leaseMs: 1, rememberMs: 1 };
  expect(typeof idempotent(async () => 1, options(limits))).toBe("function");
});

test("a key or payload that cannot be written is refused with the operation, which of the two, and the place", async () => {
  const run = (changes: Partial<IdempotentOptions<Order>>) =>
    idempotent(async (_: Order) => 1, options(changes))(order, root());
  await expect(run({ key: () => ({ id: { read: () => 1 } }) })).rejects.toThrow(
    'Operation "charge": key.id.read: a function',
  );
  await expect(run({ payload: () => ({ read: () => 1 }) })).rejects.toThrow(
    'Operation "charge": payload.read: a function',
  );
  await expect(run({ key: () => undefined })).rejects.toThrow('Operation "charge": the key is missing');
});

test("a key of named parts may come without a prototype", async () => {
  const key = (): { readonly [part: string]: unknown } => Object.assign(Object.create(null), { id: "1" });
  expect(await idempotent(async (_: Order) => 1, options({ key }))(order, root())).toBe(1);
});
