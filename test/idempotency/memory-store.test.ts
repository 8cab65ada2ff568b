import { RetryableError, rootCall } from "holdfast";
import { type ClaimRequest, idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { expect, test } from "vitest";

const call = rootCall();
const ask = (id: string, nowMs: number, owner = "a"): ClaimRequest => ({
  id,
  owner,
  payloadHash: "-",
  version: 1,
  takesAbandoned: true,
  nowMs,
  leaseUntilMs: nowMs + 10,
  expiresAtMs: nowMs + 100,
});

test("a full store forgets what has expired, and only that", async () => {
  const store = memoryStore({ maxRecords: 2 });
  await store.claim(ask("old", 0), call);
  await store.claim(ask("live", 50), call);
  expect((await store.claim(ask("new", 100), call)).claimed).toBe(true);
  expect(await store.claim(ask("live", 55, "b"), call)).toMatchObject({
    claimed: false,
    found: { owner: "a" },
  });
});

test("a store full of what is still needed refuses a new key, and no record is lost", async () => {
  const store = memoryStore({ maxRecords: 1 });
  await store.claim(ask("live", 0), call);
  await expect(store.claim(ask("new", 99), call)).rejects.toThrow(
    "memoryStore: all 1 records are still needed; allow more with maxRecords",
  );
  expect(await store.claim(ask("live", 5, "b"), call)).toMatchObject({
    claimed: false,
    found: { owner: "a" },
  });
});

test("a full store still lets a key that it knows be taken over", async () => {
  const store = memoryStore({ maxRecords: 1 });
  await store.claim(ask("live", 0), call);
  expect((await store.claim(ask("live", 10, "b"), call)).claimed).toBe(true);
});

test("a store that is not full forgets nothing", async () => {
  const store = memoryStore({ maxRecords: 2 });
  await store.claim(ask("old", 0), call);
  await store.claim(ask("new", 100), call);
  expect(await store.claim(ask("old", 100, "b"), call)).toMatchObject({
    claimed: false,
    found: { owner: "a" },
  });
});

test.each([[0], [-1], [1.5], [Number.NaN], ["5" as never]])("a maxRecords of %o is refused", (maxRecords) => {
  expect(() => memoryStore({ maxRecords })).toThrow(
    "memoryStore: maxRecords must be a whole number of at least 1",
  );
});

test("the items that were applied last are listed, as many as there may be records", async () => {
  const store = memoryStore({ maxRecords: 2 });
  const [one, two, three] = [{ Put: 1 }, { Put: 2 }, { Put: 3 }];
  await store.transact([one, two], undefined, call);
  expect(store.applied).toEqual([one, two]);
  await store.transact([three], undefined, call);
  expect(store.applied).toEqual([two, three]);
});

test("an item that answers something else than its undoing does not hide why a later one threw", async () => {
  const store = memoryStore();
  const undone: string[] = [];
  const items = [
    () => () => undone.push("first"),
    () => "no undoing",
    () => {
      throw new Error("condition failed");
    },
  ];
  await expect(store.transact(items, undefined, call)).rejects.toMatchObject({
    code: "IDEMPOTENCY_ITEM_REFUSED",
    refused: [{ index: 2, code: "Thrown" }],
    cause: { message: "condition failed" },
    retryable: false,
  });
  expect(undone).toEqual(["first"]);
});

test("what an item that threw says of itself holds for the refusal: it may pass", async () => {
  const refuse = () => {
    throw new RetryableError("busy");
  };
  await expect(memoryStore().transact([refuse], undefined, call)).rejects.toMatchObject({ retryable: true });
});

test("a result that is known only when the items are through is recorded, or all is undone", async () => {
  const store = memoryStore();
  let sum = 0;
  const addOne = () => {
    sum++;
    return () => sum--;
  };
  const post = (outcome: () => number) =>
    idempotent(async (_: { readonly id: string }, { unit }) => unit.transact([addOne], outcome), {
      store,
      operation: "op",
      key: (input) => input.id,
    });
  const failing = post(() => {
    throw new Error("no result");
  });
  await expect(failing({ id: "1" }, call)).rejects.toThrow("no result");
  expect([sum, store.applied]).toEqual([0, []]);
  const good = post(() => sum * 10);
  expect([await good({ id: "1" }, call), await good({ id: "1" }, call), sum]).toEqual([10, 10, 1]);
});

test("a run that lost its lease while its result was made has its items undone", async () => {
  const store = memoryStore();
  let sum = 0;
  const request = {
    id: "op#1",
    payloadHash: "p",
    version: 1,
    leaseUntilMs: 1,
    expiresAtMs: 9,
    takesAbandoned: true,
  };
  await store.claim({ ...request, owner: "a", nowMs: 0 }, call);
  const change = async () => {
    await store.claim({ ...request, owner: "b", nowMs: 2 }, call);
    return { state: "COMPLETED", atMs: 3, expiresAtMs: 9 } as const;
  };
  const item = () => {
    sum++;
    return () => sum--;
  };
  const ending = { lease: { id: "op#1", owner: "a", fence: 1 }, change };
  expect(await store.transact([item], ending, call)).toMatchObject({ written: false, found: { owner: "b" } });
  expect([sum, store.applied]).toEqual([0, []]);
});

test("a misspelt option is refused by name", () => {
  expect(() => memoryStore({ maxRecord: 5 } as never)).toThrow(/memoryStore: there is no option "maxRecord"/);
});

test("items that are no list are refused", async () => {
  const one = { Put: {} } as unknown as readonly object[];
  await expect(memoryStore().transact(one, undefined, call)).rejects.toThrow("items must be a list");
});
