import fc from "fast-check";
import { observed, rootCall, wrap } from "holdfast";
import { isEvent, type StoredEvent, snapshots } from "holdfast/events/store";
import { memoryObjectStore } from "holdfast/object-store";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { counted, counts, inMemoryDynamoDB, numberIn } from "./subjects.ts";

const call = rootCall();
const numbers = (count: number): readonly number[] => [...Array(count).keys()].map((n) => n + 1);

/** A state that JSON alone would change. */
interface State {
  readonly seen: ReadonlySet<number>;
  readonly last: Date | undefined;
}
const initial: State = { seen: new Set(), last: undefined };
function apply(state: State, event: StoredEvent): State {
  if (!isEvent(counted, event)) return state;
  return { seen: new Set([...state.seen, event.detail.n]), last: new Date(event.recordedAt) };
}

function setUp(every = 10, version = 1) {
  const { dynamo, store } = inMemoryDynamoDB();
  const objectStore = memoryObjectStore();
  const kept = snapshots({ objectStore, name: "counter", version, every });
  const read: number[] = [];
  const counting = (state: State, event: StoredEvent): State => {
    read.push(event.version);
    return apply(state, event);
  };
  return { dynamo, store, objectStore, kept, read, options: { initial, apply: counting, snapshots: kept } };
}
type World = ReturnType<typeof setUp>;

async function appendAll({ store }: World, count: number, from = 0): Promise<void> {
  for (let version = from; version < count; version += 1) {
    await store.append("s", version, counts([version + 1]), call);
  }
}

describe("a snapshot", () => {
  test("is written by the rebuild that passes its version, once, and begins the next one", async () => {
    const world = setUp();
    await appendAll(world, 23);
    const first = await world.store.rebuild("s", world.options, call);
    expect([...world.objectStore.objects.keys()]).toEqual([
      expect.stringMatching(/^counter\/v1\/[0-9a-f]{64}\/20$/),
    ]);
    expect(world.read).toEqual(numbers(23));
    world.read.length = 0;
    expect(await world.store.rebuild("s", world.options, call)).toEqual(first);
    expect(world.read).toEqual([21, 22, 23]);
    expect(world.objectStore.objects.size).toBe(1);
  });

  test("changes no state, whatever of it is there, damaged or wrong, now or as of a version or a time", {
    timeout: 60_000,
  }, async () => {
    const kinds = fc.constantFrom("kept", "gone", "cut", "changed", "swapped", "empty");
    const clock = (second: number) => rootCall({ runtime: manualRuntime({ startMs: second * 1_000 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 14 }),
        fc.array(fc.tuple(fc.nat(14), kinds, fc.nat()), { maxLength: 6 }),
        fc.oneof(
          fc.constant(undefined),
          fc.nat(16).map((version) => ({ version })),
          fc.nat(10).map((second) => ({ time: new Date(second * 1_000) })),
        ),
        async (seconds, harm, asOf) => {
          const world = setUp(2);
          const { store, objectStore, options } = world;
          for (const [version, second] of seconds.entries()) {
            await store.append("s", version, counts([version + 1]), clock(second));
            await store.rebuild("s", options, call);
          }
          const { objects } = objectStore;
          for (const [which, kind, where] of harm) {
            const key = [...objects.keys()][which % Math.max(1, objects.size)] ?? "";
            const bytes = objects.get(key);
            if (bytes === undefined || kind === "kept") continue;
            if (kind === "gone") objects.delete(key);
            else if (kind === "empty") objects.set(key, new Uint8Array());
            else if (kind === "cut") objects.set(key, bytes.slice(0, where % bytes.length));
            else if (kind === "swapped") objects.set(key, [...objects.values()][0] ?? bytes);
            else
              objects.set(
                key,
                bytes.map((byte, index) => (index === where % bytes.length ? byte ^ 1 : byte)),
              );
          }
          const asked = asOf === undefined ? {} : { asOf };
          const plain = await store.rebuild("s", { initial, apply, ...asked }, call);
          expect(await store.rebuild("s", { ...options, ...asked }, call)).toEqual(plain);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("of another reducer's version, or of a newer format, is not looked at", async () => {
    const world = setUp();
    await appendAll(world, 10);
    await world.store.rebuild("s", world.options, call);
    const newer = {
      ...world.options,
      snapshots: snapshots({ objectStore: world.objectStore, name: "counter", version: 2, every: 10 }),
    };
    world.read.length = 0;
    await world.store.rebuild("s", newer, call);
    expect(world.read).toHaveLength(10);
    expect(world.objectStore.objects.size).toBe(2);
  });

  test("of another history of the stream, as after a restored table, is not taken", async () => {
    const world = setUp(5);
    await appendAll(world, 6);
    await world.store.rebuild("s", world.options, call);
    const other = inMemoryDynamoDB().store;
    await other.append("s", 0, counts([11, 12, 13, 14, 15]), call);
    expect([...(await other.rebuild("s", world.options, call)).state.seen]).toEqual([11, 12, 13, 14, 15]);
    const shorter = inMemoryDynamoDB().store;
    await shorter.append("s", 0, counts([11]), call);
    expect([...(await shorter.rebuild("s", world.options, call)).state.seen]).toEqual([11]);
  });

  test("of a state that is no plain data is not written, and that is reported", async () => {
    const world = setUp(1);
    await world.store.append("s", 0, counts([1]), call);
    const facts: unknown[] = [];
    const rebuild = wrap(
      (_: undefined, inner) =>
        world.store.rebuild(
          "s",
          { initial: 0 as unknown, apply: () => () => 1, snapshots: world.kept },
          inner,
        ),
      observed((fact) => facts.push(fact)),
    );
    expect(await rebuild(undefined, rootCall())).toMatchObject({ version: 1 });
    expect(world.objectStore.objects.size).toBe(0);
    expect(facts).toMatchObject([{ type: "events.snapshot-failed", name: "counter" }]);
  });

  test("store that fails, or does not answer, costs its own time limit and no more", async () => {
    const world = setUp(1);
    await appendAll(world, 3);
    const clock = manualRuntime();
    const hanging = { get: () => new Promise<never>(() => {}), put: () => Promise.reject(new Error("down")) };
    const kept = snapshots({ objectStore: hanging, name: "counter", version: 1, every: 1, timeoutMs: 100 });
    const began = clock.now();
    const rebuilt = await clock.run(
      world.store.rebuild(
        "s",
        { initial: 0, apply: (sum, event) => sum + numberIn(event), snapshots: kept },
        rootCall({ runtime: clock }),
      ),
    );
    expect(rebuilt).toEqual({ state: 6, version: 3 });
    expect(clock.now() - began).toBe(300);
    expect(clock.pendingTimers).toBe(0);
  });

  test("is of the state as it was, though the reducer goes on changing what it was given", async () => {
    const world = setUp(2);
    await appendAll(world, 3);
    const mutating = (list: number[], event: StoredEvent): number[] => {
      list.push(numberIn(event));
      return list;
    };
    const first = await world.store.rebuild(
      "s",
      { initial: [], apply: mutating, snapshots: world.kept },
      call,
    );
    expect(first.state).toEqual([1, 2, 3]);
    const again = await world.store.rebuild(
      "s",
      { initial: [], apply: mutating, snapshots: world.kept },
      call,
    );
    expect(again.state).toEqual([1, 2, 3]);
  });
});

test("a far stream without snapshots is not looked for long", async () => {
  const world = setUp(1);
  await appendAll(world, 40);
  let looks = 0;
  const objectStore = {
    put: async () => {},
    get: async () => {
      looks += 1;
      return undefined;
    },
  };
  const kept = snapshots({ objectStore, name: "counter", version: 1, every: 1 });
  await world.store.rebuild("s", { initial, apply, snapshots: kept }, call);
  expect(looks).toBeLessThanOrEqual(9);
});

test.each<[object, RegExp]>([
  [{}, /objectStore must be/],
  [{ objectStore: memoryObjectStore(), name: "a/b" }, /name must be/],
  [{ objectStore: memoryObjectStore(), name: "a", version: 0 }, /version must be/],
  [{ objectStore: memoryObjectStore(), name: "a", version: 1, every: 0 }, /every must be/],
  [{ objectStore: memoryObjectStore(), name: "a", version: 1, ttl: 1 }, /there is no option "ttl"/],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => snapshots(options as never)).toThrow(message);
});

test.each<[object, RegExp]>([
  [{ initial: 0 }, /apply must be a function/],
  [{ initial: 0, apply: () => 0, asOf: {} }, /asOf must be/],
  [{ initial: 0, apply: () => 0, asOf: { time: new Date(Number.NaN) } }, /asOf must be/],
  [{ initial: 0, apply: () => 0, asOf: { version: 1, time: new Date() } }, /asOf must be/],
  [{ initial: 0, apply: () => 0, at: 1 }, /there is no option "at"/],
])("a wrong option of a rebuild is refused: %o", async (options, message) => {
  await expect(inMemoryDynamoDB().store.rebuild("s", options as never, call)).rejects.toThrow(message);
});

test("a reducer that returns a promise is refused: its state would be one", async () => {
  const { store } = inMemoryDynamoDB();
  await store.append("s", 0, counts([1]), call);
  const options = { initial: 0 as unknown, apply: async () => 1 };
  await expect(store.rebuild("s", options, call)).rejects.toThrow(/not a promise/);
});
