import { type Fact, observed, rootCall, sleep, wrap } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { manualRuntime } from "holdfast/testing";
import { expect, test, vi } from "vitest";
import { withWrites } from "../support/store-writes.ts";

interface Order {
  readonly id: string;
}

test("a release that was refused is not reported as one", async () => {
  const clock = manualRuntime();
  const facts: Fact[] = [];
  let runs = 0;
  const charge = wrap(
    idempotent(
      async (_: Order) => {
        if (++runs > 1) return 1;
        await new Promise<void>((resolve) => clock.setTimer(5_000, resolve));
        throw new Error("slow");
      },
      { store: memoryStore(), operation: "op", key: (order) => order.id, leaseMs: 1_000, heartbeatMs: false },
    ),
    observed((fact) => facts.push(fact)),
  );
  const slow = charge({ id: "1" }, rootCall({ runtime: clock }));
  slow.catch(() => {});
  await clock.advance(1_500);
  await charge({ id: "1" }, rootCall({ runtime: clock }));
  facts.length = 0;
  await clock.run(slow).catch(() => {});
  expect(facts.map((fact) => fact.type)).not.toContain("idempotency.released");
});

function losingTheFirstReply() {
  const base = memoryStore();
  let sends = 0;
  const store: typeof base = {
    ...base,
    async transact(items, ending, call) {
      const answer = await base.transact(items, ending, call);
      if (++sends === 1) throw new Error("reply lost");
      return answer;
    },
  };
  return store;
}

test("a second transaction with other items never passes for applied because a first one was", async () => {
  const applied: string[] = [];
  const handle = idempotent(
    async (_: Order, { unit }) =>
      unit
        .transact([() => applied.push("A")], "A")
        .catch(() => unit.transact([() => applied.push("B")], "B")),
    { store: losingTheFirstReply(), operation: "op", key: (order) => order.id },
  );
  const first = await handle({ id: "1" }, rootCall()).catch(() => "rejected");
  expect([first, applied]).not.toEqual(["B", ["A"]]);
});

test("an answer is never other than the one that repeats get: a lost transaction's result is the record's", async () => {
  const handle = idempotent(
    async (_: Order, { unit }) => unit.transact([], "stored").catch(() => "not stored"),
    { store: losingTheFirstReply(), operation: "op", key: (order) => order.id },
  );
  const first = await handle({ id: "1" }, rootCall()).catch(() => "rejected");
  const again = await handle({ id: "1" }, rootCall());
  expect(["rejected", again]).toContain(first);
});

test("a transaction begun after the function has answered applies its items or rejects", async () => {
  const clock = manualRuntime();
  const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimer(ms, resolve));
  const base = memoryStore();
  let sum = 0;
  let late: Promise<unknown> = Promise.resolve();
  const slow = withWrites(base, {
    async complete(lease, change, call) {
      const answer = await base.write(lease, change, call);
      await wait(50);
      return answer;
    },
  });
  const handle = idempotent(
    async (_: Order, { unit }) => {
      late = wait(10).then(() =>
        unit.transact(
          [
            () => {
              sum += 1;
            },
          ],
          "late",
        ),
      );
      late.catch(() => {});
      return "early";
    },
    { store: slow, operation: "op", key: (order) => order.id },
  );
  await clock.run(handle({ id: "1" }, rootCall({ runtime: clock })));
  const outcome = await late.then(
    () => "applied",
    () => "rejected",
  );
  expect([outcome, sum]).not.toEqual(["applied", 0]);
});

test("a transaction begun after the function has answered does not overtake its completion", async () => {
  const clock = manualRuntime();
  const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimer(ms, resolve));
  const base = memoryStore();
  const slow = withWrites(base, {
    async complete(lease, change, call) {
      await wait(50);
      return base.write(lease, change, call);
    },
  });
  let late: Promise<unknown> = Promise.resolve();
  const handle = idempotent(
    async (_: Order, { unit }) => {
      late = expect(wait(10).then(() => unit.transact([{ Put: {} }], "late"))).rejects.toMatchObject({
        code: "CALL_ENDED",
      });
      return "early";
    },
    { store: slow, operation: "op", key: (order) => order.id },
  );
  expect(await clock.run(handle({ id: "1" }, rootCall({ runtime: clock })))).toBe("early");
  await late;
  expect(base.applied).toEqual([]);
});

test("a transaction that was not applied may be tried again with other items", async () => {
  const store = memoryStore();
  const refuses = () => {
    throw new Error("condition failed");
  };
  const handle = idempotent(
    async (_: Order, { unit }) =>
      unit.transact([refuses], "first").catch(() => unit.transact([{ Put: {} }], "second")),
    { store, operation: "op", key: (order) => order.id },
  );
  expect(await handle({ id: "1" }, rootCall())).toBe("second");
  expect(store.applied).toEqual([{ Put: {} }]);
});

test("a transaction on its way when the function throws goes on, and what it needs of its call", async () => {
  const clock = manualRuntime();
  const base = memoryStore();
  const contended: typeof base = {
    ...base,
    async transact(items, ending, call) {
      await sleep(call, 50);
      return base.transact(items, ending, call);
    },
  };
  const handle = idempotent(
    async (_: Order, { unit }) => {
      unit.transact([{ Put: {} }], "recorded").catch(() => {});
      throw new Error("afterthought");
    },
    { store: contended, operation: "op", key: (order) => order.id },
  );
  const call = () => rootCall({ runtime: clock });
  await expect(clock.run(handle({ id: "1" }, call()))).rejects.toThrow("afterthought");
  expect(base.applied).toEqual([{ Put: {} }]);
  expect(await handle({ id: "1" }, call())).toBe("recorded");
});

test("a function that throws while its transaction fails is heard, and lets go of the key", async () => {
  const store = memoryStore();
  let runs = 0;
  const handle = idempotent(
    async (_: Order, { unit }) => {
      if (++runs > 1) return runs;
      const refuses = () => {
        throw new Error("condition failed");
      };
      unit.transact([refuses], 0).catch(() => {});
      throw new Error("the function's own");
    },
    { store, operation: "op", key: (order) => order.id },
  );
  await expect(handle({ id: "1" }, rootCall())).rejects.toThrow("the function's own");
  expect(await handle({ id: "1" }, rootCall())).toBe(2);
});

test("without protection, a store that cannot apply items says so as it does with it", async () => {
  const { transact: _, ...store } = memoryStore();
  const handle = idempotent(async (_: { id?: string }, { unit }) => unit.transact([], 1), {
    store,
    operation: "op",
    key: (order) => order.id,
    onMissingKey: "run",
  });
  const unsupported = { code: "IDEMPOTENCY_TRANSACT_UNSUPPORTED" };
  await expect(handle({}, rootCall())).rejects.toMatchObject(unsupported);
  await expect(handle({ id: "1" }, rootCall())).rejects.toMatchObject(unsupported);
});

test("with the kill switch on, a function that throws before its first await still rejects", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
  const handle = idempotent(
    (_: Order): Promise<never> => {
      throw new Error("at once");
    },
    { store: memoryStore(), operation: "op", key: (order) => order.id },
  );
  vi.unstubAllEnvs();
  said.mockRestore();
  let work: Promise<unknown> | undefined;
  expect(() => {
    work = handle({ id: "1" }, rootCall());
    work.catch(() => {});
  }).not.toThrow();
});

test("with the kill switch on, a call that is over still starts nothing", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
  let runs = 0;
  const handle = idempotent(async (_: Order) => ++runs, {
    store: memoryStore(),
    operation: "op",
    key: (order) => order.id,
  });
  vi.unstubAllEnvs();
  said.mockRestore();
  await handle({ id: "1" }, rootCall({ signal: AbortSignal.abort(new Error("over")) })).catch(() => {});
  expect(runs).toBe(0);
});

test("a second transaction with the first one's result and other items does not pass for applied either", async () => {
  const applied: string[] = [];
  const handle = idempotent(
    async (_: Order, { unit }) =>
      unit
        .transact([{ Put: { Item: "A" } }, () => applied.push("A")], "same")
        .catch(() => unit.transact([{ Put: { Item: "B" } }, () => applied.push("B")], "same")),
    { store: losingTheFirstReply(), operation: "op", key: (order) => order.id },
  );
  await expect(handle({ id: "1" }, rootCall())).rejects.toMatchObject({ code: "IDEMPOTENCY_TRANSACT_TWICE" });
  expect(applied).toEqual(["A"]);
});

const itemOf = (name: string) => ({ Put: { Item: name } });
const [one, two, three] = [itemOf("1"), itemOf("2"), itemOf("3")] as const;

test.each([
  ["fewer", [one]],
  ["more", [one, two, three]],
  ["other", [one, three]],
])(
  "a second transaction with the first one's result and %s items is not taken for the first",
  async (_name, items) => {
    const store = losingTheFirstReply();
    const handle = idempotent(
      async (_: Order, { unit }) =>
        unit.transact([one, two], "same").catch(() => unit.transact(items, "same")),
      { store, operation: "op", key: (order) => order.id },
    );
    await expect(handle({ id: "1" }, rootCall())).rejects.toMatchObject({
      code: "IDEMPOTENCY_TRANSACT_TWICE",
    });
    expect(store.applied).toEqual([one, two]);
  },
);

test("the same transaction sent again after its reply was lost is known as applied", async () => {
  const item = { Put: { TableName: "Ledger", Item: { id: { S: "1" } } } };
  const store = losingTheFirstReply();
  const handle = idempotent(
    async (_: Order, { unit }) =>
      unit.transact([item], "stored").catch(() => unit.transact([{ ...item }], "stored")),
    { store, operation: "op", key: (order) => order.id },
  );
  expect(await handle({ id: "1" }, rootCall())).toBe("stored");
  expect(store.applied).toEqual([item]);
});
