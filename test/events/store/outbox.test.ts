import fc from "fast-check";
import { rootCall, wrapHandler } from "holdfast";
import type { DynamoDBStreamRecord } from "holdfast/batching";
import { type EventPublisher, eventPublisher, onEvent } from "holdfast/events";
import { dynamoDBCheckpoints, eventOutbox, eventStoreBatch, type StoredEvent } from "holdfast/events/store";
import { fakeContext, manualRuntime, seededRandom } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { clientFault, fakeBus, idOf } from "../fake-bus.ts";
import { shardOf } from "./stream-of.ts";
import { all, counted, counts, inMemoryDynamoDB, reset } from "./subjects.ts";

const call = rootCall();

type As = (event: StoredEvent) => ReturnType<typeof counted.of> | undefined;

function setUp(
  bus = fakeBus(),
  options: { readonly as?: As; readonly publisher?: Pick<EventPublisher, "publishOne"> } = {},
) {
  const { store, dynamo } = inMemoryDynamoDB();
  const checkpoints = dynamoDBCheckpoints({ transport: dynamo, tableName: "Checkpoints" });
  const publisher = options.publisher ?? eventPublisher({ transport: bus, busName: "bus", maxAttempts: 1 });
  const outbox = eventOutbox({
    store,
    checkpoints,
    publisher,
    ...(options.as === undefined ? {} : { as: options.as }),
  });
  const clock = manualRuntime();
  const wrapped = wrapHandler(eventStoreBatch(outbox.follow));
  const handler = (event: Parameters<typeof wrapped>[0]) =>
    clock.run(wrapped(event, fakeContext({ runtime: clock, timeoutMs: 60_000 })));
  return { store, dynamo, bus, outbox, handler, checkpoints };
}

/** In a stream's order, the first time that each was taken. */
const firstTimes = (bus: ReturnType<typeof fakeBus>, stream: string): readonly string[] => [
  ...new Set(bus.taken.map(idOf).filter((id) => id.startsWith(`${stream}-`))),
];

describe("an outbox", () => {
  test("publishes an event as it was appended, under its id, with its time, correlation and resources", async () => {
    const world = setUp();
    const time = new Date(1_000);
    const meta = { id: "x", correlationId: "c", causationId: "b", time, resources: ["arn:x"] };
    await world.store.append("s", 0, [reset.of({ why: "because" }, meta)], call);
    await shardOf(world.dynamo).deliver(world.handler);
    expect(world.bus.taken).toEqual([
      {
        EventBusName: "bus",
        Source: "test.counter",
        DetailType: "Reset",
        Detail: JSON.stringify({
          why: "because",
          _meta: { id: "x", correlationId: "c", causationId: "b", version: 2 },
        }),
        Time: time,
        Resources: ["arn:x"],
      },
    ]);
  });

  test("publishes the same bytes each time, also of an event that was given no id and no time", async () => {
    const world = setUp();
    await world.store.append("s", 0, counts([1]), call);
    const shard = shardOf(world.dynamo);
    await shard.deliver(world.handler);
    for (const { id } of world.dynamo.itemsOf("Checkpoints")) {
      world.dynamo.delete("Checkpoints", { id: id ?? {} });
    }
    await shardOf(world.dynamo).deliver(world.handler);
    expect(world.bus.taken).toHaveLength(2);
    expect(world.bus.taken[1]).toEqual(world.bus.taken[0]);
  });

  test("publishes what was appended, in each stream's order, each once, however the records come", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 4 })), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        async (appends, batchSize, seed) => {
          const world = setUp();
          const random = seededRandom(seed);
          const arranged = (records: readonly DynamoDBStreamRecord[]) =>
            records
              .map((record) => [random(), record] as const)
              .sort(([a], [b]) => a - b)
              .map(([, record]) => record);
          const versions = new Map<string, number>();
          for (const [stream, count] of appends) {
            const version = versions.get(stream) ?? 0;
            const numbers = [...Array(count).keys()].map((n) => version + n + 1);
            await world.store.append(stream, version, counts(numbers, stream), call);
            versions.set(stream, version + count);
          }
          const shard = shardOf(world.dynamo, { batchSize, arranged });
          while (shard.waiting > 0) await shard.deliver(world.handler);
          for (const [stream, version] of versions) {
            expect(firstTimes(world.bus, stream)).toEqual(
              [...Array(version).keys()].map((n) => `${stream}-${n + 1}`),
            );
          }
          const total = [...versions.values()].reduce((sum, version) => sum + version, 0);
          expect(world.bus.taken).toHaveLength(total);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a failure stops the events after it in its stream; those of other streams before it in the shard are done", async () => {
    let isDown = true;
    const bus = fakeBus({
      fate: (entry) => (isDown && idOf(entry) === "a-2" ? { code: "AccessDenied" } : "taken"),
    });
    const world = setUp(bus);
    await world.store.append("b", 0, counts([1], "b"), call);
    await world.store.append("a", 0, counts([1, 2, 3], "a"), call);
    const shard = shardOf(world.dynamo);
    await expect(shard.deliver(world.handler)).rejects.toThrow("come again");
    expect(bus.taken.map(idOf).sort()).toEqual(["a-1", "b-1"]);
    isDown = false;
    await shard.deliver(world.handler);
    expect(bus.taken.map(idOf).slice(2)).toEqual(["a-2", "a-3"]);
  });

  test("with poison other streams go on past a failure; its own stream waits, and is made good in order", async () => {
    let isDown = true;
    const bus = fakeBus({
      fate: (entry) => (isDown && idOf(entry) === "a-2" ? { code: "NotAuthorized" } : "taken"),
    });
    const world = setUp(bus);
    await world.store.append("a", 0, counts([1, 2], "a"), call);
    await world.store.append("b", 0, counts([1], "b"), call);
    await world.store.append("a", 2, counts([3], "a"), call);
    const aside: unknown[] = [];
    const poison = { to: async (poisoned: { readonly reason: unknown }) => void aside.push(poisoned.reason) };
    const handler = eventStoreBatch(world.outbox.follow, { poison });
    await shardOf(world.dynamo).deliver((event) => handler(event, rootCall()));
    expect(bus.taken.map(idOf).toSorted()).toEqual(["a-1", "b-1"]);
    expect(aside).toMatchObject([{ code: "EVENT_NOT_PUBLISHED" }, { code: "EVENT_NOT_PUBLISHED" }]);
    isDown = false;
    expect(await world.outbox.replay({}, call)).toMatchObject({ done: 2 });
    expect(bus.taken.map(idOf).slice(2)).toEqual(["a-2", "a-3"]);
  });

  test("what it publishes is what a consumer is given, under the stored event's id", async () => {
    const world = setUp();
    const meta = { id: "x", correlationId: "c", causationId: "b", time: new Date(5_000) };
    await world.store.append("a", 0, [counted.of({ n: 7 }, meta)], call);
    await shardOf(world.dynamo).deliver(world.handler);
    const [entry] = world.bus.taken;
    if (entry === undefined) throw new Error("nothing was published");
    const seen: unknown[] = [];
    const consume = onEvent(counted, async (detail, inner) => void seen.push([detail, inner.event]));
    await consume(
      {
        id: "eventbridge's own",
        source: entry.Source,
        "detail-type": entry.DetailType,
        time: "1970-01-01T00:00:05Z",
        detail: JSON.parse(entry.Detail),
      } as Parameters<typeof consume>[0],
      call,
    );
    expect(seen).toEqual([
      [{ n: 7 }, expect.objectContaining({ id: "x", correlationId: "c", causationId: "b", version: 1 })],
    ]);
  });

  test("a record that never comes is made good by the next one of its stream, or by a replay", async () => {
    const world = setUp();
    await world.store.append("a", 0, counts([1], "a"), call);
    await world.store.append("b", 0, counts([1], "b"), call);
    const dropped = shardOf(world.dynamo, { arranged: () => [] });
    expect(dropped.waiting).toBe(0);
    await world.store.append("a", 1, counts([2], "a"), call);
    const [, , third] = world.dynamo.changes;
    await world.handler({ Records: third === undefined ? [] : [third] });
    expect(world.bus.taken.map(idOf)).toEqual(["a-1", "a-2"]);
    expect(await world.outbox.replay({}, call)).toEqual({ scanned: 3, done: 1, cursor: undefined });
    expect(world.bus.taken.map(idOf)).toEqual(["a-1", "a-2", "b-1"]);
    expect(await world.outbox.replay({}, call)).toEqual({ scanned: 3, done: 0, cursor: undefined });
  });

  test("changed and deleted items are passed over", async () => {
    const world = setUp();
    await world.store.append("a", 0, counts([1], "a"), call);
    const [item = {}] = world.dynamo.itemsOf("Events");
    await world.dynamo.call("PutItem", { TableName: "Events", Item: { ...item, v: { N: "9" } } }, call);
    world.dynamo.delete("Events", { stream: { S: "a" }, version: { N: "1" } });
    const records = world.dynamo.changes.filter(({ eventName }) => eventName !== "INSERT");
    expect(records).toHaveLength(2);
    expect(await world.handler({ Records: records })).toEqual({ batchItemFailures: [] });
    expect(world.bus.taken).toEqual([]);
  });

  test("a table's stream without new images is an error that says so", async () => {
    const world = setUp();
    await world.store.append("a", 0, counts([1], "a"), call);
    const [record] = world.dynamo.changes;
    const { NewImage: _, ...dynamodb } = record?.dynamodb ?? {};
    const seen: unknown[] = [];
    const handler = eventStoreBatch(world.outbox.follow, {
      poison: { to: async (poisoned) => void seen.push(poisoned) },
    });
    await handler({ Records: [{ ...record, dynamodb }] }, rootCall());
    expect(seen).toMatchObject([
      { reason: { code: "STORED_EVENT_UNREADABLE", message: expect.stringContaining("NEW_IMAGE") } },
    ]);
  });

  test("may tell others something else, or nothing; the checkpoint moves on all the same", async () => {
    const as: As = (event) =>
      event.type === "Reset"
        ? undefined
        : counted.of({ n: 100 + (event.detail as { n: number }).n }, { id: undefined, time: undefined });
    const world = setUp(fakeBus(), { as });
    await world.store.append("a", 0, [...counts([1], "a"), reset.of({}), ...counts([3], "a")], call);
    await shardOf(world.dynamo).deliver(world.handler);
    expect(world.bus.taken.map((entry) => [idOf(entry), JSON.parse(entry.Detail).n])).toEqual([
      ["a-1", 101],
      ["a-3", 103],
    ]);
    const [first] = await all(world.store.read("a", {}, call));
    expect(world.bus.taken[0]?.Time).toEqual(new Date(first?.time ?? 0));
    expect(await world.checkpoints.read("outbox#1", "a", call)).toBe(3);
  });

  test("an event whose definition has become stricter since still goes out as it was appended", async () => {
    const world = setUp();
    await world.store.append("a", 0, counts([1], "a"), call);
    const [item = {}] = world.dynamo.itemsOf("Events");
    const Item = { ...item, version: { N: "2" }, appendedTo: { N: "2" }, detail: { S: '{"n":"old"}' } };
    await world.dynamo.call("PutItem", { TableName: "Events", Item }, call);
    await shardOf(world.dynamo).deliver(world.handler);
    expect(world.bus.taken).toHaveLength(2);
  });

  test("a publication that fails for a wrong bus is told by its own error", async () => {
    const bus = fakeBus({
      breakdown: () => ({ when: "before", error: clientFault("AccessDeniedException") }),
    });
    const world = setUp(bus);
    await world.store.append("a", 0, counts([1], "a"), call);
    const [event] = await all(world.store.read("a", {}, call));
    if (event === undefined) throw new Error("no event");
    await expect(world.outbox.follow(event, call)).rejects.toMatchObject({ code: "EVENT_NOT_PUBLISHED" });
    expect(await world.checkpoints.read("outbox#1", "a", call)).toBe(0);
  });
});

test.each<[object, RegExp]>([
  [{}, /store must be an event store/],
  [{ name: "a#b" }, /name must be/],
  [{ store: inMemoryDynamoDB().store }, /checkpoints must be/],
  [{ generation: 2 }, /there is no option "generation"/],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => eventOutbox(options as never)).toThrow(message);
});
