import { type Call, type Fact, observed, rootCall, wrap } from "holdfast";
import { type IdempotencyStore, type IdempotentOptions, idempotent } from "holdfast/idempotency";
import { type MemoryItem, type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { fakeContext, type ManualRuntime, manualRuntime, seededRandom } from "holdfast/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { withWrites } from "../support/store-writes.ts";

interface Order {
  readonly id: string;
  readonly cents: number;
}
const order: Order = { id: "o-1", cents: 500 };

let clock: ManualRuntime;
let store: MemoryStore;
beforeEach(() => {
  clock = manualRuntime();
  store = memoryStore();
});
const options = (changes: Partial<IdempotentOptions<Order>> = {}): IdempotentOptions<Order> => ({
  store,
  operation: "charge",
  key: (input) => input.id,
  ...changes,
});
const call = (timeoutMs?: number): Call =>
  rootCall(timeoutMs === undefined ? { runtime: clock } : { runtime: clock, timeoutMs });
const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));

describe("a repeat", () => {
  test("gets the first answer again, and the function is not called", async () => {
    let runs = 0;
    const charge = idempotent(
      async (input: Order) => ({ run: ++runs, at: new Date(5), id: input.id }),
      options(),
    );
    const first = await charge(order, call());
    expect(await charge(order, call())).toStrictEqual(first);
    expect(runs).toBe(1);
  });

  test("gets an object of its own: what one caller does to it, the next does not see", async () => {
    const charge = idempotent(async () => ({ list: [1] }), options());
    await charge(order, call());
    (await charge(order, call())).list.push(2);
    expect(await charge(order, call())).toEqual({ list: [1] });
  });

  test("of another key, or of the same key in another operation, is no repeat", async () => {
    let runs = 0;
    const charge = idempotent(async (_: Order) => ++runs, options());
    const refund = idempotent(async (_: Order) => ++runs, options({ operation: "refund" }));
    await charge(order, call());
    await charge({ ...order, id: "o-2" }, call());
    await refund(order, call());
    expect(runs).toBe(3);
  });

  test("with another payload is refused, completed or not", async () => {
    const charge = idempotent(async () => wait(100), options({ payload: ({ cents }) => cents }));
    const running = charge(order, call());
    await expect(charge({ ...order, cents: 1 }, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_PAYLOAD_MISMATCH",
    });
    await clock.run(running);
    await expect(charge({ ...order, cents: 1 }, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_PAYLOAD_MISMATCH",
    });
  });

  test("while the first run goes on is refused, retryable, with how long its lease can last", async () => {
    const charge = idempotent(async () => wait(100), options({ leaseMs: 4_000 }));
    const running = charge(order, call());
    await clock.advance(50);
    await expect(charge(order, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_IN_PROGRESS",
      retryable: true,
      retryAfterMs: 3_950,
    });
    await clock.run(running);
  });

  test("after the record's expiry runs again, although no TTL has swept it", async () => {
    let runs = 0;
    const charge = idempotent(async (_: Order) => ++runs, options({ rememberMs: 60_000 }));
    await charge(order, call());
    clock.jump(59_999);
    expect(await charge(order, call())).toBe(1);
    clock.jump(1);
    expect(await charge(order, call())).toBe(2);
  });
});

describe("a result", () => {
  test("that cannot be stored is not paid for with a second effect", async () => {
    let runs = 0;
    const charge = idempotent(async (_: Order) => ({ run: ++runs, close: () => {} }), options());
    expect(await charge(order, call())).toMatchObject({ run: 1 });
    await expect(charge(order, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_RESULT_NOT_STORED",
      retryable: false,
    });
    expect(runs).toBe(1);
  });

  test("larger than an item is not paid for with a second effect", async () => {
    let runs = 0;
    const random = seededRandom(1);
    const noise = Array.from({ length: 500_000 }, () => Math.floor(random() * 36).toString(36)).join("");
    const charge = idempotent(async (_: Order) => `${++runs} ${noise}`, options());
    await charge(order, call());
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_NOT_STORED" });
    expect(runs).toBe(1);
  });

  test.each([
    ["undefined", undefined],
    ["a Date", new Date(0)],
    ["NaN", Number.NaN],
    ["a Set", new Set([1])],
  ])("of %s is stored and comes back", async (_name, value) => {
    const charge = idempotent(async (_: Order) => value, options());
    await charge(order, call());
    expect(await charge(order, call())).toStrictEqual(value);
  });
});

describe("a failure", () => {
  test("is thrown as it is, and the next delivery runs at once", async () => {
    let runs = 0;
    const error = new Error("bank is down");
    const charge = idempotent(async (_: Order) => {
      if (++runs === 1) throw error;
      return runs;
    }, options());
    await expect(charge(order, call())).rejects.toBe(error);
    expect(await charge(order, call())).toBe(2);
  });

  test("of the store at the claim is an error, never a new key", async () => {
    let runs = 0;
    const broken = { ...store, claim: async () => Promise.reject(new Error("throttled")) };
    const charge = idempotent(async (_: Order) => ++runs, options({ store: broken }));
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE", retryable: true });
    expect(runs).toBe(0);
  });

  test("of the store at the completion keeps the lease: the next delivery waits, it does not run beside", async () => {
    let runs = 0;
    const broken = withWrites(store, { complete: async () => Promise.reject(new Error("throttled")) });
    const charge = idempotent(async (_: Order) => ++runs, options({ store: broken, leaseMs: 1_000 }));
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
    expect(runs).toBe(1);
  });

  test("of the store at the release does not hide the function's error", async () => {
    const facts: Fact[] = [];
    const broken = withWrites(store, { release: async () => Promise.reject(new Error("throttled")) });
    const charge = wrap(
      idempotent(
        async (_: Order): Promise<void> => {
          throw new Error("bank is down");
        },
        options({ store: broken }),
      ),
      observed((fact) => facts.push(fact)),
    );
    await expect(charge(order, call())).rejects.toThrow("bank is down");
    expect(facts.map((fact) => fact.type)).toContain("idempotency.release-failed");
  });

  test("that comes because time is up still lets go of the key", async () => {
    let runs = 0;
    const charge = idempotent(async (_: Order, call: Call) => {
      if (++runs > 1) return runs;
      await wait(2_000);
      call.signal.throwIfAborted();
      return runs;
    }, options());
    await expect(clock.run(charge(order, call(1_000)))).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(await charge(order, call())).toBe(2);
  });
});

describe("a worker that was too slow", () => {
  test("cannot overwrite the result of the one that took over", async () => {
    let runs = 0;
    const charge = idempotent(
      async (_: Order) => {
        const run = ++runs;
        if (run === 1) await wait(5_000);
        return run;
      },
      options({ leaseMs: 1_000, heartbeatMs: false }),
    );
    const slow = charge(order, call());
    await clock.advance(1_500);
    expect(await charge(order, call())).toBe(2);
    await expect(clock.run(slow)).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST", retryable: true });
    expect(await charge(order, call())).toBe(2);
  });

  test("cannot delete the record of the one that took over, by failing", async () => {
    let runs = 0;
    const charge = idempotent(
      async (_: Order) => {
        const run = ++runs;
        if (run === 1) {
          await wait(5_000);
          throw new Error("slow and wrong");
        }
        return run;
      },
      options({ leaseMs: 1_000, heartbeatMs: false }),
    );
    const slow = charge(order, call());
    await clock.advance(1_500);
    await charge(order, call());
    await expect(clock.run(slow)).rejects.toThrow("slow and wrong");
    expect(await charge(order, call())).toBe(2);
    expect(runs).toBe(2);
  });

  test("is told through its signal, and starts nothing more through wrapped calls", async () => {
    const effects: number[] = [];
    const effect = wrap(async (run: number) => effects.push(run));
    let runs = 0;
    const reasons: unknown[] = [];
    const charge = idempotent(
      async (_: Order, inner) => {
        const run = ++runs;
        inner.signal.addEventListener("abort", () => reasons.push(inner.signal.reason));
        if (run === 1) await wait(5_000);
        await effect(run, inner);
        return run;
      },
      options({ leaseMs: 1_000, heartbeatMs: false }),
    );
    const slow = charge(order, call());
    await clock.advance(1_500);
    await charge(order, call());
    await expect(clock.run(slow)).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
    expect(effects).toEqual([2]);
    expect(reasons).toMatchObject([{ code: "IDEMPOTENCY_LEASE_LOST" }]);
  });

  test("that slept between its claim and the reply runs nothing, and lets go of the key", async () => {
    let runs = 0;
    const sleepy: IdempotencyStore = {
      ...store,
      async claim(request, inner) {
        const answer = await store.claim(request, inner);
        clock.jump(60_000);
        return answer;
      },
    };
    const late = idempotent(async (_: Order) => ++runs, options({ store: sleepy, leaseMs: 1_000 }));
    await expect(late(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
    expect(runs).toBe(0);
    expect(await idempotent(async (_: Order) => ++runs, options())(order, call())).toBe(1);
  });

  test("whose call is over before it begins claims nothing", async () => {
    const over = rootCall({ runtime: clock, signal: AbortSignal.abort(new Error("gone")) });
    let claims = 0;
    const counting: IdempotencyStore = {
      ...store,
      claim: (request, c) => {
        claims += 1;
        return store.claim(request, c);
      },
    };
    await expect(
      idempotent(async (_: Order) => 1, options({ store: counting }))(order, over),
    ).rejects.toThrow("gone");
    expect(claims).toBe(0);
  });

  test("applies nothing in a transaction, also when its clock has not noticed", async () => {
    let sum = 0;
    const add: MemoryItem = () => {
      sum += 1;
    };
    const stale: IdempotencyStore = {
      ...store,
      // Before this run's transaction arrives another run takes the key.
      async transact(items, ending, inner) {
        clock.jump(-500);
        const { id } = ending?.lease ?? { id: "" };
        const nowMs = clock.now() + 10_000;
        const other = {
          id,
          owner: "other",
          payloadHash: "-",
          version: 1,
          takesAbandoned: true,
          nowMs,
          leaseUntilMs: nowMs + 1,
          expiresAtMs: nowMs + 2,
        };
        await store.claim(other, inner);
        return store.transact(items, ending, inner);
      },
    };
    const charge = idempotent(
      async (_: Order, inner) => inner.unit.transact([add], 1),
      options({ store: stale, leaseMs: 1_000, heartbeatMs: false }),
    );
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
    expect(sum).toBe(0);
  });

  test("that finished leaves what it left running unable to start anything", async () => {
    let effects = 0;
    const effect = wrap(async () => {
      effects += 1;
    });
    let late: Promise<void> = Promise.resolve();
    const charge = idempotent(async (_: Order, inner) => {
      late = wait(100).then(() => effect(undefined, inner));
      return "answered";
    }, options());
    await charge(order, call());
    await expect(clock.run(late)).rejects.toMatchObject({ code: "CALL_ENDED" });
    expect(effects).toBe(0);
  });
});

describe("unit.transact", () => {
  test("applies its items and the completion together, once", async () => {
    let sum = 0;
    const charge = idempotent(
      async (_: Order, { unit }) =>
        unit.transact(
          [
            () => {
              sum += 1;
            },
          ],
          { charged: true },
        ),
      options(),
    );
    expect(await charge(order, call())).toEqual({ charged: true });
    expect(await charge(order, call())).toEqual({ charged: true });
    expect(sum).toBe(1);
  });

  test("completes the unit: a second one is refused, and a later error does not undo it", async () => {
    const charge = idempotent(async (_: Order, { unit }) => {
      await unit.transact([], "first");
      await unit.transact([], "second");
    }, options());
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_TRANSACT_TWICE" });
    expect(await charge(order, call())).toBe("first");
  });

  test("that was not awaited is waited for, and gives the unit's answer", async () => {
    let sum = 0;
    const slow: IdempotencyStore = {
      ...store,
      async transact(items, ending, inner) {
        await wait(50);
        return store.transact(items, ending, inner);
      },
    };
    const add: MemoryItem = () => {
      sum += 1;
    };
    const charge = idempotent(
      async (_: Order, { unit }) => {
        void unit.transact([add], "recorded");
        return "returned";
      },
      options({ store: slow }),
    );
    expect(await clock.run(charge(order, call()))).toBe("recorded");
    expect(await charge(order, call())).toBe("recorded");
    expect(sum).toBe(1);
  });

  test("that fails without being awaited fails the unit, which can run again", async () => {
    let runs = 0;
    const slow: IdempotencyStore = {
      ...store,
      async transact(items, ending, inner) {
        await wait(50);
        if (runs === 1) throw new Error("throttled");
        return store.transact(items, ending, inner);
      },
    };
    const charge = idempotent(
      async (_: Order, { unit }) => {
        runs += 1;
        void unit.transact([], runs);
        return 0;
      },
      options({ store: slow }),
    );
    await expect(clock.run(charge(order, call()))).rejects.toThrow("throttled");
    expect(await clock.run(charge(order, call()))).toBe(2);
  });

  test("answers the first time what it recorded, whatever the function returns", async () => {
    const charge = idempotent(async (_: Order, { unit }) => {
      await unit.transact([], "recorded");
      return "returned";
    }, options());
    expect(await charge(order, call())).toBe("recorded");
    expect(await charge(order, call())).toBe("recorded");
  });

  test("in flight when the function throws is not released under it", async () => {
    let runs = 0;
    const slow: IdempotencyStore = {
      ...store,
      async transact(items, ending, inner) {
        await wait(50);
        return store.transact(items, ending, inner);
      },
    };
    const charge = idempotent(
      async (_: Order, { unit }) => {
        runs += 1;
        void unit.transact([], "recorded");
        throw new Error("afterthought");
      },
      options({ store: slow }),
    );
    await expect(clock.run(charge(order, call()))).rejects.toThrow("afterthought");
    expect(await charge(order, call())).toBe("recorded");
    expect(runs).toBe(1);
  });

  test("takes DynamoDB's items with the memory store too, and lists them", async () => {
    const memory = memoryStore();
    const put = { Put: { TableName: "Ledger", Item: {} } };
    const charge = idempotent(
      async (_: Order, { unit }) => unit.transact([put], 1),
      options({ store: memory }),
    );
    await charge(order, call());
    await charge(order, call());
    expect(memory.applied).toEqual([put]);
  });

  test("may be tried again after a failure of its own", async () => {
    let tries = 0;
    const charge = idempotent(async (_: Order, { unit }) => {
      const flaky: MemoryItem = () => {
        if (++tries === 1) throw new Error("conflict");
      };
      return unit.transact([flaky], "stored").catch(() => unit.transact([flaky], "stored at last"));
    }, options());
    expect(await charge(order, call())).toBe("stored at last");
  });
});

describe("the key", () => {
  test.each([
    ["undefined", undefined],
    ["null", null],
    ["an empty text", ""],
    ["NaN", Number.NaN],
    ["an object without parts", {}],
  ])("missing as %s is refused, and nothing runs", async (_name, key) => {
    let runs = 0;
    const charge = idempotent(async (_: Order) => ++runs, options({ key: () => key }));
    await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_MISSING" });
    expect(runs).toBe(0);
  });

  test.each([
    ["a Promise", Promise.resolve("id"), /a Promise \(key must answer at once\)/],
    ["a Date", new Date(0), /string, a number or an object/],
    [
      "a part that cannot be told apart",
      { id: { nested: () => 1 } },
      /Operation "charge": key\.id\.nested: a function/,
    ],
  ])("given as %s is refused with the reason", async (_name, key, reason) => {
    const charge = idempotent(async (_: Order) => 1, options({ key: () => key as never }));
    await expect(charge(order, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_UNSUPPORTED_VALUE",
      message: expect.stringMatching(reason),
    });
  });

  test("whose function throws names the operation, and nothing runs", async () => {
    let runs = 0;
    const charge = idempotent(
      async (_: Order) => ++runs,
      options({ key: (input) => (input as never as { a: { b: string } }).a.b }),
    );
    await expect(charge(order, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_KEY_FAILED",
      message: expect.stringContaining('"charge"'),
      cause: expect.any(TypeError),
    });
    expect(runs).toBe(0);
  });

  test("of several parts names the one that is missing", async () => {
    const charge = idempotent(async () => 1, options({ key: ({ id }) => ({ tenant: undefined, id }) }));
    await expect(charge(order, call())).rejects.toThrow(/part "tenant" is missing/);
  });

  test("is computed before the function can change its input", async () => {
    let runs = 0;
    const charge = idempotent(
      async (input: { id: string }) => {
        input.id = "changed";
        return ++runs;
      },
      { store, operation: "op", key: (input: { id: string }) => input.id },
    );
    await charge({ id: "a" }, call());
    expect(await charge({ id: "a" }, call())).toBe(1);
    expect(await charge({ id: "changed" }, call())).toBe(2);
  });

  test("is hashed in the record, the operation is not", async () => {
    const ids: string[] = [];
    const charge = idempotent(
      async (_: Order, { unit }) => ids.push(unit.id),
      options({ key: () => "person@example.com" }),
    );
    await charge(order, call());
    expect(ids[0]).toMatch(/^charge#[\w-]{43}$/);
  });
});

test("Lambda's context instead of a call is refused with what to export", async () => {
  const charge = idempotent(async (_: Order) => 1, options()) as unknown as (
    event: Order,
    context: object,
  ) => Promise<number>;
  await expect(charge(order, fakeContext())).rejects.toMatchObject({
    code: "CALL_IS_CONTEXT",
    message: expect.stringContaining("wrapHandler("),
  });
  await expect(charge(order, undefined as never)).rejects.toMatchObject({ code: "CALL_MISSING" });
});

test.each([
  [
    "throws at once",
    () => {
      throw new Error("at once");
    },
  ],
  ["answers nothing", async () => undefined],
  ["gives no fence", async () => ({ claimed: true, fence: Number.NaN })],
])("a store that %s at the claim is the store's failure, and nothing runs", async (_name, claim) => {
  let runs = 0;
  const broken = { ...store, claim } as unknown as IdempotencyStore;
  const charge = idempotent(async (_: Order) => ++runs, options({ store: broken }));
  await expect(charge(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
  expect(runs).toBe(0);
});

test("a store that knows the mistake says what to look at, another says to see the cause", async () => {
  const broken = { ...store, claim: async () => Promise.reject(new Error("no")) };
  const run = (one: IdempotencyStore) =>
    idempotent(async (_: Order) => 1, options({ store: one }))(order, call());
  await expect(run({ ...broken, hint: () => "Is the table's name right?" })).rejects.toThrow(/name right/);
  await expect(run(broken)).rejects.toThrow(/see the cause/);
});

test("the default lease lasts until the call's deadline and a little longer, for clocks that differ", async () => {
  const claims: number[] = [];
  const spying = {
    ...store,
    claim: (request: Parameters<typeof store.claim>[0], c: Call) => {
      claims.push(request.leaseUntilMs - request.nowMs);
      return store.claim(request, c);
    },
  };
  const charge = idempotent(async () => 1, options({ store: spying }));
  await charge(order, call(3_000));
  await charge({ ...order, id: "o-2" }, call());
  expect(claims).toEqual([3_500, 60_000]);
});

test("a new key costs two writes, a repeat one", async () => {
  let writes = 0;
  const counting: IdempotencyStore = {
    ...store,
    claim: (request, c) => {
      writes += 1;
      return store.claim(request, c);
    },
    write: (lease, change, c) => {
      writes += 1;
      return store.write(lease, change, c);
    },
  };
  const charge = idempotent(async () => 1, options({ store: counting }));
  await charge(order, call());
  expect(writes).toBe(2);
  await charge(order, call());
  expect(writes).toBe(3);
});

test("a record of a newer format is refused, retryable, instead of misread", async () => {
  const newer: IdempotencyStore = {
    ...store,
    claim: async () => ({
      claimed: false,
      found: {
        version: 2,
        state: "COMPLETED",
        owner: "x",
        fence: 1,
        leaseUntilMs: 0,
        expiresAtMs: 9e15,
        atMs: 0,
        payloadHash: "-",
      },
    }),
  };
  await expect(idempotent(async () => 1, options({ store: newer }))(order, call())).rejects.toMatchObject({
    code: "IDEMPOTENCY_RECORD_VERSION",
    retryable: true,
  });
});

test("the kill switch takes the protection away, loudly, and transactions still apply", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
  let sum = 0;
  const addOne: MemoryItem = () => {
    sum += 1;
  };
  const charge = idempotent(async (_: Order, { unit }) => unit.transact([addOne], sum), options());
  vi.unstubAllEnvs();
  await charge(order, call());
  await charge(order, call());
  expect(sum).toBe(2);
  expect(said.mock.calls.flat().join()).toContain('OFF for operation "charge"');
  said.mockRestore();
});

test.each([
  [{ operation: "" }, /operation must be a name/],
  [{ operation: "a#b" }, /operation must be a name/],
  [{ leasMs: 5 } as never, /there is no option "leasMs"; there is store, operation/],
  [{ key: "id" as never }, /key must be a function/],
  [{ payload: "id" as never }, /payload must be a function/],
  [{ store: {} as never }, /store must be an idempotency store/],
  [{ store: { claim: async () => {} } as never }, /store must be an idempotency store/],
  [{ store: { write: async () => {} } as never }, /store must be an idempotency store/],
  [{ inFlight: {} as never }, /inFlight must be "throw", "wait" or \{ skip: value \}/],
  [{ inFlight: "skip" as never }, /inFlight must be "throw"/],
  [{ leaseMs: 0 }, /leaseMs must be a number of at least 1/],
  [{ key: {} }, /key must be a function/],
  [{ leaseMs: 1_000, heartbeatMs: 1_000 }, /heartbeatMs must be shorter than the lease/],
  [{ heartbeatMs: 60_000 }, /heartbeatMs must be shorter than the lease/],
  [{ heartbeatMs: true as never }, /heartbeatMs must be a number of at least 1, or false/],
  [{ inFlight: "Wait" as never }, /inFlight must be "throw", "wait" or \{ skip: value \}/],
  [{ onAbandoned: "blok" as never }, /onAbandoned must be "rerun" or "block"/],
  [{ results: {} as never }, /results must be made by resultKeeper/],
  [{ cache: {} as never }, /cache must be made by localCache/],
  [{ rememberMs: Number.NaN }, /rememberMs/],
])("a wrong option is refused by name: %o", (changes, message) => {
  expect(() => idempotent(async () => 1, options(changes))).toThrow(message);
});
