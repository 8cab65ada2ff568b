import { type Call, type Fact, observed, rootCall, wrap } from "holdfast";
import { type IdempotentOptions, idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { beforeEach, describe, expect, test } from "vitest";
import { identify } from "../../src/idempotency/key.ts";

interface Order {
  readonly id?: string;
  readonly tenant?: string;
  readonly cents?: number;
}

let store: MemoryStore;
let runs: number;
beforeEach(() => {
  store = memoryStore();
  runs = 0;
});
const call = (): Call => rootCall();
const counting = (changes: Partial<IdempotentOptions<Order>>) =>
  idempotent(async (_: Order) => ++runs, {
    store,
    operation: "charge",
    key: (order) => order.id,
    ...changes,
  });
const idOf = (input: Order, changes: Partial<IdempotentOptions<Order>> = {}) =>
  identify({ operation: "charge", key: (order: Order) => order.id, ...changes }, input)?.id;

describe("a key of several functions", () => {
  const key = { tenant: (order: Order) => order.tenant, id: (order: Order) => order.id };

  test("is the object of its parts, whatever their order", () => {
    const order = { id: "1", tenant: "a" };
    const object = idOf(order, { key: ({ id, tenant }) => ({ id, tenant }) });
    expect(idOf(order, { key })).toBe(object);
    expect(idOf(order, { key: { id: key.id, tenant: key.tenant } })).toBe(object);
  });

  test("names the part that is missing", async () => {
    await expect(counting({ key })({ id: "1" }, call())).rejects.toThrow(
      /the key's part "tenant" is missing/,
    );
  });

  test("that is no function is refused by name", () => {
    expect(() => counting({ key: { ...key, cents: "cents" as never } })).toThrow(/key must be a function/);
    expect(() => counting({ key: { id: "id" as never } })).toThrow(/key must be a function of the input/);
  });
});

describe("a tenant", () => {
  const tenant = (order: Order) => order.tenant;

  test("that is missing together with the key is not what the error names first", async () => {
    await expect(counting({ tenant })({}, call())).rejects.toThrow(/the key is missing/);
  });

  test("keeps the same key of two tenants apart", async () => {
    const charge = counting({ tenant });
    await charge({ id: "1", tenant: "a" }, call());
    expect(await charge({ id: "1", tenant: "b" }, call())).toBe(2);
    expect(await charge({ id: "1", tenant: "a" }, call())).toBe(1);
  });

  test("that is missing is refused, and nothing runs", async () => {
    await expect(counting({ tenant })({ id: "1" }, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_KEY_MISSING",
      message: expect.stringContaining("the tenant is missing"),
    });
    expect(runs).toBe(0);
  });

  test("cannot be forged by the key of another: their places are kept apart", () => {
    const forged = idOf({ id: "1" }, { key: () => ({ 0: "a", 1: "1" }) });
    const plain = idOf({ id: "1" }, { key: () => "a,1" });
    expect(new Set([idOf({ id: "1", tenant: "a" }, { tenant }), forged, plain]).size).toBe(3);
    expect(idOf({ id: "b1", tenant: "a" }, { tenant })).not.toBe(idOf({ id: "1", tenant: "ab" }, { tenant }));
  });

  test("is hashed with the key: the record's identifier shows neither", () => {
    expect(idOf({ id: "person@example.com", tenant: "acme" }, { tenant })).toMatch(/^charge#[\w-]{43}$/);
  });
});

describe('onMissingKey: "run"', () => {
  test("runs an input without a key, every time, and says so", async () => {
    const facts: Fact[] = [];
    const charge = wrap(
      counting({ onMissingKey: "run" }),
      observed((fact) => facts.push(fact)),
    );
    await charge({}, call());
    expect(await charge({}, call())).toBe(2);
    expect(facts).toEqual(
      Array.from({ length: 2 }, () => ({ type: "idempotency.key-missing", operation: "charge" })),
    );
  });

  test("still applies what the function transacts, and protects what has a key", async () => {
    const charge = idempotent(async (_: Order, { unit }) => unit.transact([{ Put: {} }], ++runs), {
      store,
      operation: "charge",
      key: (order) => order.id,
      onMissingKey: "run",
    });
    await charge({}, call());
    await charge({ id: "1" }, call());
    await charge({ id: "1" }, call());
    expect(store.applied).toHaveLength(2);
  });

  test("is no way round a key that cannot be read", async () => {
    const charge = counting({
      onMissingKey: "run",
      key: () => {
        throw new Error("no");
      },
    });
    await expect(charge({}, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_FAILED" });
  });
});

describe("the payload check", () => {
  test("compares what the caller says counts, and nothing else", async () => {
    const charge = counting({ payload: ({ cents }) => cents });
    await charge({ id: "1", cents: 5 }, call());
    expect(await charge({ id: "1", cents: 5, tenant: "differs" }, call())).toBe(1);
    await expect(charge({ id: "1", cents: 6 }, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_PAYLOAD_MISMATCH",
    });
  });

  test("tells an absent payload from one that is not compared", () => {
    const hash = (changes: Partial<IdempotentOptions<Order>>) =>
      identify({ operation: "charge", key: () => "1", ...changes }, {})?.payloadHash;
    expect(hash({})).toBe("-");
    expect(hash({ payload: () => undefined })).not.toBe("-");
    expect(hash({ payload: () => undefined })).not.toBe(hash({ payload: () => null }));
  });

  test("whose function throws says so, and nothing runs", async () => {
    const charge = counting({
      payload: () => {
        throw new Error("no");
      },
    });
    await expect(charge({ id: "1" }, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_FAILED" });
    expect(runs).toBe(0);
  });
});
