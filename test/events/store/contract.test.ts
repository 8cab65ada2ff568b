import fc from "fast-check";
import { rootCall } from "holdfast";
import { type EventStore, isEvent, type StoredEvent } from "holdfast/events/store";
import { manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";
import { all, counted, countedElsewhere, counts, numberIn, reset, subjects } from "./subjects.ts";

let dynamo: TestDynamoDB;
beforeAll(async () => {
  dynamo = await startTestDynamoDB();
});
afterAll(() => dynamo.stop());

const call = rootCall();
const conflict = (expectedVersion: number, foundVersion?: number) => ({
  code: "EVENT_STREAM_CONFLICT",
  retryable: true,
  expectedVersion,
  foundVersion,
});

describe.each(subjects)("an event store: %s", (_name, make) => {
  let store: EventStore;
  beforeEach(async () => {
    store = await make(() => dynamo);
  });
  const numbers = async (stream = "s") => (await all(store.read(stream, {}, call))).map(numberIn);

  test("what was appended comes back in order, from version 1, with all that it was given", async () => {
    const runtime = manualRuntime({ startMs: Date.UTC(2026, 10, 1) });
    const time = new Date(Date.UTC(2026, 9, 31, 23, 59, 59, 123));
    const meta = { id: "first", correlationId: "c", causationId: "b", time, resources: ["arn:a", "arn:b"] };
    const answer = await store.append(
      "order 17/ß",
      0,
      [counted.of({ n: 5 }, meta), reset.of({ why: "__proto__" })],
      rootCall({ runtime }),
    );
    const recordedAt = "2026-11-01T00:00:00.000Z";
    const stored = [
      {
        stream: "order 17/ß",
        version: 1,
        id: "first",
        source: "test.counter",
        type: "Counted",
        schemaVersion: 1,
        time: "2026-10-31T23:59:59.123Z",
        recordedAt,
        correlationId: "c",
        causationId: "b",
        resources: ["arn:a", "arn:b"],
        appendedTo: 2,
        detail: { n: 5 },
      },
      {
        stream: "order 17/ß",
        version: 2,
        id: expect.any(String),
        source: "test.counter",
        type: "Reset",
        schemaVersion: 2,
        time: recordedAt,
        recordedAt,
        correlationId: expect.any(String),
        appendedTo: 2,
        detail: { why: "__proto__" },
      },
    ];
    expect(answer).toEqual({ version: 2, events: stored, isRepeat: false });
    expect(await all(store.read("order 17/ß", {}, call))).toEqual(stored);
  });

  test("an append to another version than the stream has is refused, and writes nothing", async () => {
    await store.append("s", 0, counts([1, 2]), call);
    await expect(store.append("s", 0, counts([7, 8, 9]), call)).rejects.toMatchObject(conflict(0, 2));
    await expect(store.append("s", 1, counts([7]), call)).rejects.toMatchObject(conflict(1, 2));
    await expect(store.append("s", 3, counts([7]), call)).rejects.toMatchObject(conflict(3));
    await expect(store.append("new", 1, counts([7]), call)).rejects.toMatchObject(conflict(1));
    expect(await numbers()).toEqual([1, 2]);
    expect(await numbers("new")).toEqual([]);
  });

  test("the same events again at the same versions are a success, also when the stream has gone on", async () => {
    const first = await store.append("s", 0, counts([1, 2], "a"), call);
    expect(await store.append("s", 0, counts([1, 2], "a"), call)).toEqual({ ...first, isRepeat: true });
    await store.append("s", 2, counts([3, 4], "b"), call);
    expect(await store.append("s", 0, counts([1, 2], "a"), call)).toEqual({ ...first, isRepeat: true });
    expect(await store.append("s", 2, counts([3, 4], "b"), call)).toMatchObject({
      version: 4,
      isRepeat: true,
    });
    expect(await numbers()).toEqual([1, 2, 3, 4]);
  });

  test("a part of what was appended is a success; more than that, another order or another place is a conflict", async () => {
    await store.append("s", 0, counts([1, 2], "a"), call);
    expect(await store.append("s", 0, counts([1], "a"), call)).toMatchObject({ version: 1, isRepeat: true });
    expect(await store.append("s", 1, counts([2], "a"), call)).toMatchObject({ version: 2, isRepeat: true });
    for (const [version, events] of [
      [0, counts([1, 2, 3], "a")],
      [0, counts([2, 1], "a")],
      [1, counts([1], "a")],
      [0, counts([1, 3], "a")],
    ] as const) {
      await expect(store.append("s", version, events, call)).rejects.toMatchObject(conflict(version, 2));
    }
    expect(await numbers()).toEqual([1, 2]);
  });

  test("an id that was used for another kind of event is no repeat", async () => {
    await store.append("s", 0, [counted.of({ n: 1 }, { id: "x" })], call);
    for (const other of [reset.of({}, { id: "x" }), countedElsewhere.of({ n: 1 }, { id: "x" })]) {
      await expect(store.append("s", 0, [other], call)).rejects.toMatchObject(conflict(0, 1));
    }
  });

  test("an event that does not fit its definition, or an id twice, keeps the whole append back", async () => {
    const wrong = [counted.of({ n: 1 }), counted.of({ n: "no" } as never)];
    await expect(store.append("s", 0, wrong, call)).rejects.toMatchObject({ code: "EVENT_INVALID" });
    await expect(store.append("s", 0, counts([1, 1], "a"), call)).rejects.toMatchObject({
      code: "EVENT_INVALID",
      problems: [{ path: "/_meta/id", rule: "unique" }],
    });
    expect(await numbers()).toEqual([]);
  });

  test("no events append nothing, to whatever version", async () => {
    expect(await store.append("s", 7, [], call)).toEqual({ version: 7, events: [], isRepeat: false });
    expect((await store.appending("s", 7, [], call)).items).toEqual([]);
    expect(await numbers()).toEqual([]);
  });

  test("of writers that append to one version at once, one wins and the others are told", async () => {
    for (let version = 0; version < 3; version += 1) {
      const ends = await Promise.allSettled(
        [1, 2, 3, 4, 5].map((writer) => store.append("s", version, counts([writer], `${version}`), call)),
      );
      expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const end of ends) {
        if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "EVENT_STREAM_CONFLICT" });
      }
    }
    expect(await numbers()).toHaveLength(3);
  });

  test("a range is read by versions, both included, whatever the size of a page", async () => {
    await store.append("s", 0, counts([1, 2, 3, 4, 5, 6, 7]), call);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 9 }),
        fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
        async (from, to, pageSize) => {
          const options = { from, to, ...(pageSize === undefined ? {} : { pageSize }) };
          const read = await all(store.read("s", options, call));
          expect(read.map(numberIn)).toEqual([1, 2, 3, 4, 5, 6, 7].filter((n) => n >= from && n <= to));
        },
      ),
      { numRuns: 40 },
    );
  });

  test("streams know nothing of each other, whatever their names", async () => {
    const names = ["a", "A", "a ", "a/b", "__proto__", "constructor", "ß", "💶", "a".repeat(1_024)];
    for (const [index, name] of names.entries()) await store.append(name, 0, counts([index]), call);
    for (const [index, name] of names.entries()) expect(await numbers(name)).toEqual([index]);
  });

  test.each([
    ["", 0, "stream"],
    ["a".repeat(1_025), 0, "1024 bytes"],
    ["\ud800", 0, "stream"],
    [7, 0, "stream"],
    ["s", -1, "expectedVersion"],
    ["s", 0.5, "expectedVersion"],
    ["s", Number.NaN, "expectedVersion"],
    ["s", undefined, "expectedVersion"],
  ])("a stream %j or a version %j that cannot be is refused", async (stream, version, named) => {
    const refused = { code: "INVALID_OPTION", message: expect.stringContaining(named) };
    await expect(store.append(stream as string, version as number, counts([1]), call)).rejects.toMatchObject(
      refused,
    );
  });

  test("a state is rebuilt now, as of a version, and of a stream without events", async () => {
    await store.append("s", 0, counts([1, 2]), call);
    await store.append("s", 2, [reset.of({}), ...counts([5])], call);
    const sum = {
      initial: 0,
      apply: (total: number, event: StoredEvent) =>
        isEvent(counted, event) ? total + event.detail.n : isEvent(reset, event) ? 0 : total,
    };
    expect(await store.rebuild("s", sum, call)).toEqual({ state: 5, version: 4 });
    const asOf = async (version: number) => store.rebuild("s", { ...sum, asOf: { version } }, call);
    expect(await Promise.all([0, 1, 2, 3, 4, 99].map(asOf))).toEqual([
      { state: 0, version: 0 },
      { state: 1, version: 1 },
      { state: 3, version: 2 },
      { state: 0, version: 3 },
      { state: 5, version: 4 },
      { state: 5, version: 4 },
    ]);
    expect(await store.rebuild("none", sum, call)).toEqual({ state: 0, version: 0 });
  });

  test("as of a time is the longest prefix recorded until then, though a later writer's clock is behind", async () => {
    const at = (second: number) => rootCall({ runtime: manualRuntime({ startMs: second * 1_000 }) });
    await store.append("s", 0, counts([1, 2]), at(10));
    await store.append("s", 2, counts([3]), at(30));
    await store.append("s", 3, counts([4]), at(20));
    const asOf = async (second: number) => {
      const time = new Date(second * 1_000);
      return (await store.rebuild("s", { initial: 0, apply: (n) => n + 1, asOf: { time } }, call)).version;
    };
    expect(await Promise.all([9, 10, 20, 29, 30].map(asOf))).toEqual([0, 2, 2, 2, 4]);
  });

  test("a scan has every event of every stream once, and goes on at any page's cursor", async () => {
    for (const stream of ["a", "b", "c"]) await store.append(stream, 0, counts([1, 2, 3, 4], stream), call);
    const pages = await all(store.scan({ pageSize: 5 }, call));
    const idsOf = (list: typeof pages) => list.flatMap(({ events }) => events.map(({ id }) => id));
    expect(new Set(idsOf(pages)).size).toBe(12);
    expect(idsOf(pages)).toHaveLength(12);
    const { cursor = "" } = pages[0] ?? {};
    expect(idsOf(await all(store.scan({ pageSize: 5, cursor }, call)))).toEqual(idsOf(pages.slice(1)));
  });

  test("a call that is over writes nothing and reads nothing", async () => {
    const over = rootCall({ signal: AbortSignal.abort(new Error("over")) });
    await expect(store.append("s", 0, counts([1]), over)).rejects.toThrow("over");
    await store.append("s", 0, counts([1]), call);
    await expect(all(store.read("s", {}, over))).rejects.toThrow("over");
    await expect(all(store.scan({}, over))).rejects.toThrow("over");
    expect(await numbers()).toEqual([1]);
  });

  test("what a reader does to an event stays the reader's", async () => {
    await store.append("s", 0, counts([1]), call);
    const [event] = await all(store.read("s", {}, call));
    (event?.detail as { n: number }).n = 9;
    expect(await numbers()).toEqual([1]);
  });
});
