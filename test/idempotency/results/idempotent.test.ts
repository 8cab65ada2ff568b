import { type Call, type Fact, observed, rootCall, wrap } from "holdfast";
import type { KeyProvider } from "holdfast/crypto";
import { type IdempotencyStore, type IdempotentOptions, idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ResultKeeperOptions, resultKeeper } from "holdfast/idempotency/results";
import { type MemoryObjectStore, memoryObjectStore, type ObjectStore } from "holdfast/object-store";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { newKeyProvider } from "./fixtures.ts";

interface Order {
  readonly id: string;
}
const order: Order = { id: "o-1" };

let clock: ManualRuntime;
let store: MemoryStore;
let objectStore: MemoryObjectStore;
let keyProvider: KeyProvider;
let facts: Fact[];
let runs: number;
beforeEach(() => {
  clock = manualRuntime();
  const memory = memoryStore();
  store = {
    ...memory,
    // As one that is asked over a network: nothing is sent on a call that is over.
    async write(lease, change, given) {
      given.signal.throwIfAborted();
      return memory.write(lease, change, given);
    },
  };
  objectStore = memoryObjectStore();
  keyProvider = newKeyProvider();
  facts = [];
  runs = 0;
});

const call = (timeoutMs?: number): Call =>
  rootCall(timeoutMs === undefined ? { runtime: clock } : { runtime: clock, timeoutMs });
/** Everything becomes an object, so that every setting is needed every time. */
const keeper = (changes: Partial<ResultKeeperOptions> = {}) =>
  resultKeeper({ objectStore, keyProvider, inlineBytes: 0, ...changes });
const options = (changes: Partial<IdempotentOptions<Order>> = {}): IdempotentOptions<Order> => ({
  store,
  operation: "charge",
  key: (input) => input.id,
  results: keeper(),
  ...changes,
});
/** Counts its runs, and tells what its observers are told. */
const charge = (changes: Partial<IdempotentOptions<Order>> = {}) =>
  wrap(
    idempotent(async (_: Order) => ({ run: ++runs, iban: "DE02" }), options(changes)),
    observed((fact) => facts.push(fact)),
  );
async function record() {
  const { id } = facts.find(({ type }) => type === "idempotency.claimed") as Fact & { readonly id: string };
  return store.read(id, call());
}
const down = async (): Promise<never> => {
  throw new Error("SlowDown");
};
/** Never answers, and rejects once the call's signal says so; a deaf one does not even that. */
const hangs = (given: Call): Promise<never> =>
  new Promise((_resolve, reject) => {
    given.signal.addEventListener("abort", () => reject(given.signal.reason));
  });
const deaf = (): Promise<never> => new Promise(() => {});
const withPut = (put: ObjectStore["put"]): ObjectStore => ({ ...objectStore, put });

describe("a repeat", () => {
  test("gets a result that is encrypted and an object, and the function is not called", async () => {
    expect(await charge()(order, call())).toEqual({ run: 1, iban: "DE02" });
    expect(await charge()(order, call())).toEqual({ run: 1, iban: "DE02" });
    expect((await record())?.result).toMatch(/^obj:1:.*:enc:1/);
    expect(objectStore.objects.size).toBe(1);
  });

  test("gets what the default keeper wrote before", async () => {
    const { results: _, ...before } = options();
    await idempotent(async (_order: Order) => ++runs, before)(order, call());
    expect(await charge()(order, call())).toBe(1);
  });

  test.each([
    ["that has expired", () => ({}), () => objectStore.objects.clear()],
    ["under another key", () => ({ keyProvider: newKeyProvider() }), () => {}],
    ["whose store does not answer", () => ({ objectStore: { ...objectStore, get: down } }), () => {}],
  ])("of a result %s is an error, and the function is not called", async (_name, settings, happens) => {
    await charge()(order, call());
    happens();
    const repeat = charge({ results: keeper(settings()) });
    await expect(repeat(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_UNREADABLE" });
    expect(runs).toBe(1);
  });

  test("of a result that needs settings which are not there is an error, and the function is not called", async () => {
    await charge()(order, call());
    const repeat = charge({ results: resultKeeper() });
    await expect(repeat(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_UNREADABLE" });
    expect(runs).toBe(1);
  });

  test("of a record that was given another's result is an error, and the function is not called", async () => {
    await charge()(order, call());
    const result = (await record())?.result ?? "";
    facts.length = 0;
    await charge()({ id: "o-2" }, call());
    const second = await record();
    const { id } = facts.find(({ type }) => type === "idempotency.claimed") as Fact & { readonly id: string };
    if (second === undefined || second.state === "IN_PROGRESS") throw new Error("it must have completed");
    await store.settle({ ...second, id }, { result, owner: second.owner }, call());
    await expect(charge()({ id: "o-2" }, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_RESULT_UNREADABLE",
    });
    expect(runs).toBe(2);
  });
});

describe("when the work is done and its result cannot be kept", () => {
  test.each<[string, () => Partial<ResultKeeperOptions>]>([
    ["the object store is down", () => ({ objectStore: withPut(down) })],
    ["the object store hangs", () => ({ objectStore: withPut((_key, _bytes, given) => hangs(given)) })],
    ["the object store hangs and does not listen", () => ({ objectStore: withPut(deaf) })],
    ["the key provider is down", () => ({ keyProvider: { ...keyProvider, generateDataKey: down } })],
    [
      "the key provider hangs",
      () => ({ keyProvider: { ...keyProvider, generateDataKey: (_context, given) => hangs(given) } }),
    ],
  ])("because %s, the record says that it was done, and it is not done again", async (_name, settings) => {
    const startMs = clock.now();
    const first = charge({ results: keeper(settings()) })(order, call(60_000));
    expect(await clock.run(first)).toMatchObject({ run: 1 });
    expect(clock.now() - startMs).toBeLessThanOrEqual(2_000);
    expect(await record()).toMatchObject({ state: "COMPLETED_NO_RESULT" });
    expect(facts).toContainEqual(
      expect.objectContaining({ type: "idempotency.result-not-stored", error: expect.any(Error) }),
    );
    await expect(charge()(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_NOT_STORED" });
    expect(runs).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test("a failure that is to be remembered is remembered, without its error", async () => {
    const fails = idempotent(
      async (_: Order): Promise<void> => {
        runs += 1;
        throw new Error("card refused");
      },
      options({ onError: () => "remember", results: keeper({ objectStore: withPut(deaf) }) }),
    );
    await expect(clock.run(fails(order, call()))).rejects.toThrow("card refused");
    await expect(fails(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_NOT_STORED" });
    expect(runs).toBe(1);
  });

  test("the last word is still said when the unit's own time is up", async () => {
    const slow = idempotent(
      async (_: Order) => {
        await new Promise<void>((resolve) => clock.setTimer(900, resolve));
        return ++runs;
      },
      options({ results: keeper({ objectStore: withPut((_key, _bytes, given) => hangs(given)) }) }),
    );
    expect(await clock.run(slow(order, call(1_000)))).toBe(1);
    await expect(charge()(order, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_NOT_STORED" });
    expect(runs).toBe(1);
  });
});

describe("a failure that is remembered", () => {
  test("is encrypted as results are, and repeats get it again", async () => {
    const fails = wrap(
      idempotent(
        async (_: Order): Promise<void> => {
          throw Object.assign(new Error("card DE02 refused"), { code: "REFUSED" });
        },
        options({ onError: () => "remember", results: keeper({ inlineBytes: 8_192 }) }),
      ),
      observed((fact) => facts.push(fact)),
    );
    for (const _delivery of [1, 2]) {
      await expect(fails(order, call())).rejects.toMatchObject({
        message: "card DE02 refused",
        code: "REFUSED",
      });
    }
    const { state, result } = (await record()) ?? {};
    expect(state).toBe("FAILED");
    expect(result).toMatch(/^enc:1\./);
    expect(result).not.toContain("DE02");
  });
});

describe("a transaction", () => {
  const item = { Put: "a ledger line" };
  const transacting = (
    inner: IdempotencyStore,
    results = keeper(),
    attempts = 1,
    result = (_attempt: number) => "posted",
  ) =>
    idempotent(
      async (_: Order, given) => {
        runs += 1;
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await given.unit.transact([item], result(attempt));
          } catch (error) {
            if (attempt >= attempts) throw error;
          }
        }
      },
      options({ store: inner, results }),
    );
  /** Applies the first transaction, and loses the reply to it. */
  function losingReply(): IdempotencyStore {
    let lost = false;
    return {
      ...store,
      async transact(...given) {
        const answer = await store.transact(...given);
        if (lost) return answer;
        lost = true;
        throw new Error("socket hang up");
      },
    };
  }

  test.each<[string, () => Partial<ResultKeeperOptions>]>([
    ["the object store is down", () => ({ objectStore: withPut(down) })],
    ["the object store hangs", () => ({ objectStore: withPut((_key, _bytes, given) => hangs(given)) })],
    ["the key provider is down", () => ({ keyProvider: { ...keyProvider, generateDataKey: down } })],
  ])(
    "whose result cannot be kept because %s applies nothing, and the next delivery applies it once",
    async (_name, settings) => {
      const first = transacting(store, keeper(settings()))(order, call(1_000));
      await expect(clock.run(first)).rejects.toThrow();
      expect(store.applied).toEqual([]);
      await transacting(store)(order, call());
      await transacting(store)(order, call());
      expect(store.applied).toEqual([item]);
    },
  );

  test("whose reply was lost is known again when it is tried again, although it is encrypted anew", async () => {
    const post = transacting(losingReply(), keeper(), 2);
    expect(await post(order, call())).toBe("posted");
    expect(await post(order, call())).toBe("posted");
    expect(store.applied).toEqual([item]);
    expect(runs).toBe(1);
  });

  test("that is tried again with another result after a failure records that one", async () => {
    let failures = 0;
    const failing: IdempotencyStore = {
      ...store,
      async transact(...given) {
        if (++failures === 1) throw new Error("throttled");
        return store.transact(...given);
      },
    };
    const post = transacting(failing, keeper(), 2, (attempt) => `attempt ${attempt}`);
    expect(await post(order, call())).toBe("attempt 2");
    expect(await post(order, call())).toBe("attempt 2");
    expect(objectStore.objects.size).toBe(2);
  });
});

test("a run that lost its lease leaves an object that nothing points to, and the other's result is untouched", async () => {
  const slow = idempotent(
    async (_: Order) => {
      const run = ++runs;
      if (run === 1) await new Promise<void>((resolve) => clock.setTimer(5_000, resolve));
      return `run ${run}`;
    },
    options({ leaseMs: 1_000, heartbeatMs: false }),
  );
  const first = slow(order, call());
  await clock.advance(1_500);
  expect(await slow(order, call())).toBe("run 2");
  await expect(clock.run(first)).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
  expect(objectStore.objects.size).toBe(2);
  expect(await slow(order, call())).toBe("run 2");
});

test("no fact holds a result, or a key", async () => {
  const keys: string[] = [];
  const spying: KeyProvider = {
    ...keyProvider,
    async generateDataKey(...given) {
      const key = await keyProvider.generateDataKey(...given);
      keys.push(Buffer.from(key.plaintext).toString("base64"));
      return key;
    },
  };
  const settings = { results: keeper({ keyProvider: spying }) };
  await charge(settings)(order, call());
  await charge(settings)(order, call());
  const told = JSON.stringify(facts);
  expect(told).toContain("idempotency.replayed");
  for (const secret of ["DE02", ...keys]) expect(told).not.toContain(secret);
});
