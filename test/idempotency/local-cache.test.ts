import { type Call, type Fact, observed, rootCall, wrap } from "holdfast";
import { type IdempotentOptions, idempotent, localCache } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";

interface Order {
  readonly id: string;
  readonly tenant?: string;
  readonly cents?: number;
}

let clock: ManualRuntime;
let store: MemoryStore;
let claims: number;
let runs: number;
beforeEach(() => {
  clock = manualRuntime();
  claims = 0;
  runs = 0;
  const memory = memoryStore();
  store = {
    ...memory,
    claim(request, call) {
      claims += 1;
      return memory.claim(request, call);
    },
  };
});
const call = (): Call => rootCall({ runtime: clock });
const counting = (changes: Partial<IdempotentOptions<Order>>) =>
  idempotent(async (_: Order) => ({ run: ++runs, at: new Date(5) }), {
    store,
    operation: "charge",
    key: (order) => order.id,
    ...changes,
  });

describe("a local cache", () => {
  test("answers a repeat of what this process completed without asking the store", async () => {
    const charge = counting({ cache: localCache() });
    await charge({ id: "1" }, call());
    expect(await charge({ id: "1" }, call())).toEqual({ run: 1, at: new Date(5) });
    expect(claims).toBe(1);
  });

  test("remembers what another process completed, once it has been replayed here", async () => {
    await counting({})({ id: "1" }, call());
    const charge = counting({ cache: localCache() });
    await charge({ id: "1" }, call());
    await charge({ id: "1" }, call());
    expect(claims).toBe(2);
  });

  test("remembers what a transaction recorded", async () => {
    const charge = idempotent(async (_: Order, { unit }) => unit.transact([], "stored"), {
      store,
      operation: "charge",
      key: (order) => order.id,
      cache: localCache(),
    });
    await charge({ id: "1" }, call());
    expect(await charge({ id: "1" }, call())).toBe("stored");
    expect(claims).toBe(1);
  });

  test("gives every repeat an object of its own", async () => {
    const charge = counting({ cache: localCache() });
    await charge({ id: "1" }, call());
    (await charge({ id: "1" }, call())).at.setTime(0);
    expect((await charge({ id: "1" }, call())).at).toEqual(new Date(5));
  });

  test("tells observers of a replay as the store's would be told", async () => {
    const facts: Fact[] = [];
    const charge = wrap(
      counting({ cache: localCache() }),
      observed((fact) => facts.push(fact)),
    );
    await charge({ id: "1" }, call());
    clock.jump(700);
    await charge({ id: "1" }, call());
    expect(facts.at(-1)).toMatchObject({ type: "idempotency.replayed", state: "COMPLETED", ageMs: 700 });
  });

  test("never answers for another tenant, operation or payload", async () => {
    const cache = localCache();
    const charge = counting({ cache, tenant: ({ tenant }) => tenant, payload: ({ cents }) => cents });
    await charge({ id: "1", tenant: "a", cents: 5 }, call());
    expect(await charge({ id: "1", tenant: "b", cents: 5 }, call())).toMatchObject({ run: 2 });
    await expect(charge({ id: "1", tenant: "a", cents: 6 }, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_PAYLOAD_MISMATCH",
    });
    const refund = counting({ cache, operation: "refund" });
    expect(await refund({ id: "1" }, call())).toMatchObject({ run: 3 });
  });

  test("forgets with the record: what has expired runs again", async () => {
    const charge = counting({ cache: localCache(), rememberMs: 1_000 });
    await charge({ id: "1" }, call());
    clock.jump(999);
    expect(await charge({ id: "1" }, call())).toMatchObject({ run: 1 });
    clock.jump(1);
    expect(await charge({ id: "1" }, call())).toMatchObject({ run: 2 });
  });

  test("asks the store again when a result has been here for long, for someone may have purged it", async () => {
    const charge = counting({ cache: localCache({ maxAgeMs: 60_000 }) });
    await charge({ id: "1" }, call());
    clock.jump(60_000);
    await charge({ id: "1" }, call());
    expect(claims).toBe(2);
  });

  test("keeps no failure, and no completion without a result", async () => {
    const failing = idempotent(
      async (_: Order): Promise<number> => {
        throw new Error("no");
      },
      { store, operation: "fails", key: (order) => order.id, onError: () => "remember", cache: localCache() },
    );
    for (const _ of [1, 2]) await failing({ id: "1" }, call()).catch(() => {});
    const unstorable = idempotent(async (_: Order) => () => {}, {
      store,
      operation: "unstorable",
      key: (order) => order.id,
      cache: localCache(),
    });
    for (const _ of [1, 2]) await unstorable({ id: "1" }, call()).catch(() => {});
    expect(claims).toBe(4);
  });
});
