import fc from "fast-check";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import type { DynamoDBStreamRecord } from "holdfast/batching";
import {
  dynamoDBCheckpoints,
  dynamoDBEventStore,
  eventStoreBatch,
  projection,
  type StoredEvent,
} from "holdfast/events/store";
import { type CrashWorld, exploreCrashes, manualRuntime, seededRandom } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";
import { type MemoryDynamoDB, memoryDynamoDB } from "../../support/memory-dynamodb/index.ts";
import { foundBy } from "../../testing/crash-explorer/found-by.ts";
import { shardOf } from "./stream-of.ts";
import { all, counted, counts, newEventTable, numberIn, reset, TABLES } from "./subjects.ts";

const call = rootCall();

/** What each stream's events make of a row: how many, their sum, and the version of the last one applied. */
function rowOf(TableName: string, generation: number) {
  return (event: StoredEvent): readonly object[] => {
    if (event.type !== "Counted") return [];
    return [
      {
        Update: {
          TableName,
          Key: { id: { S: `${generation}/${event.stream}` } },
          UpdateExpression: "SET #last = :version ADD #count :one, #sum :n",
          ExpressionAttributeNames: { "#last": "last", "#count": "count", "#sum": "sum" },
          ExpressionAttributeValues: {
            ":version": { N: String(event.version) },
            ":one": { N: "1" },
            ":n": { N: String(numberIn(event)) },
          },
        },
      },
    ];
  };
}

function setUp(transport = memoryDynamoDB({ tables: TABLES })) {
  const store = dynamoDBEventStore({ transport, tableName: "Events" });
  const checkpoints = dynamoDBCheckpoints({ transport, tableName: "Checkpoints" });
  const applied: string[] = [];
  const projectionOf = (generation = 1) =>
    projection({
      name: "rows",
      generation,
      store,
      checkpoints,
      apply(event) {
        applied.push(`${event.stream}-${event.version}`);
        return rowOf("Model", generation)(event);
      },
    });
  return { dynamo: transport, store, checkpoints, applied, projectionOf, live: projectionOf() };
}

/** The rows of a generation, by stream. */
function rows(dynamo: MemoryDynamoDB, generation: number): Readonly<Record<string, unknown>> {
  const own = dynamo.itemsOf("Model").filter(({ id }) => id?.S?.startsWith(`${generation}/`));
  return Object.fromEntries(own.map(({ id, ...row }) => [id?.S?.slice(2), row]));
}

const row = (count: number, sum: number, last: number) => ({
  count: { N: String(count) },
  sum: { N: String(sum) },
  last: { N: String(last) },
});

describe("a projection", () => {
  test("applies each event once, in its stream's order, together with its checkpoint", async () => {
    const { store, dynamo, live, checkpoints } = setUp();
    await store.append("a", 0, counts([5, 7]), call);
    for (const event of await all(store.read("a", {}, call))) await live.follow(event, call);
    expect(rows(dynamo, 1)).toEqual({ a: row(2, 12, 2) });
    expect(await checkpoints.read("rows#1", "a", call)).toBe(2);
  });

  test("is changed by no repeat, however late", async () => {
    const { store, dynamo, live } = setUp();
    await store.append("a", 0, counts([1, 2, 3]), call);
    const events = await all(store.read("a", {}, call));
    for (const event of [...events, ...events, ...events.reverse()]) await live.follow(event, call);
    expect(rows(dynamo, 1)).toEqual({ a: row(3, 6, 3) });
  });

  test("reads what has not come before it applies what has", async () => {
    const { store, dynamo, live, applied } = setUp();
    await store.append("a", 0, counts([1, 2, 3, 4]), call);
    const [, , third, fourth] = await all(store.read("a", {}, call));
    if (third === undefined || fourth === undefined) throw new Error("no events");
    await live.follow(third, call);
    expect(rows(dynamo, 1)).toEqual({ a: row(3, 6, 3) });
    await live.follow(fourth, call);
    expect(rows(dynamo, 1)).toEqual({ a: row(4, 10, 4) });
    // The third once in vain, which is how it was seen that two are missing.
    expect(applied).toEqual(["a-3", "a-1", "a-2", "a-3", "a-4"]);
  });

  test("passes over events that concern it not, and moves its checkpoint on", async () => {
    const { store, dynamo, live, checkpoints } = setUp();
    await store.append("a", 0, [reset.of({}), ...counts([2])], call);
    for (const event of await all(store.read("a", {}, call))) await live.follow(event, call);
    expect(rows(dynamo, 1)).toEqual({ a: row(1, 2, 2) });
    expect(await checkpoints.read("rows#1", "a", call)).toBe(2);
  });

  test("whose own items are refused says which, applies nothing, and stops its stream", async () => {
    const { store, checkpoints, dynamo } = setUp();
    await store.append("a", 0, counts([1, 2]), call);
    const wrong = {
      ConditionCheck: {
        TableName: "Model",
        Key: { id: { S: "x" } },
        ConditionExpression: "attribute_exists(id)",
      },
    };
    const failing = projection({
      name: "rows",
      store,
      checkpoints,
      apply: (event) => [...rowOf("Model", 1)(event), wrong],
    });
    const [first] = await all(store.read("a", {}, call));
    if (first === undefined) throw new Error("no event");
    await expect(failing.follow(first, call)).rejects.toMatchObject({
      code: "PROJECTION_ITEM_REFUSED",
      refused: [1],
      retryable: false,
    });
    expect(rows(dynamo, 1)).toEqual({});
    expect(await checkpoints.read("rows#1", "a", call)).toBe(0);
  });

  test("of several environments with the same events, in any order, is as of one", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: 1, max: 3 })), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.nat(),
        async (appends, seed) => {
          const world = setUp();
          for (const [stream, count] of appends) {
            const { version } = await world.store.rebuild(stream, { initial: 0, apply: (n) => n + 1 }, call);
            await world.store.append(
              stream,
              version,
              counts([...Array(count).keys()].map((n) => version + n)),
              call,
            );
          }
          const random = seededRandom(seed);
          const clock = manualRuntime();
          const deliver = async (): Promise<void> => {
            const arranged = (records: readonly DynamoDBStreamRecord[]) =>
              records
                .map((record) => [random(), record] as const)
                .sort(([a], [b]) => a - b)
                .map(([, record]) => record);
            const shard = shardOf(world.dynamo, { batchSize: 3, arranged });
            const handler = eventStoreBatch(world.projectionOf().follow);
            while (shard.waiting > 0)
              await shard.deliver((event) => handler(event, rootCall({ runtime: clock })));
          };
          await clock.run(Promise.all([deliver(), deliver(), deliver()]));
          const expected = inOrder(await pagesOf(world.store));
          expect(rows(world.dynamo, 1)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});

async function pagesOf(store: ReturnType<typeof setUp>["store"]): Promise<readonly StoredEvent[]> {
  return (await all(store.scan({}, call))).flatMap(({ events }) => events);
}

/** What the events make, by a second hand. */
function inOrder(events: readonly StoredEvent[]): Readonly<Record<string, unknown>> {
  const streams = Map.groupBy(events, ({ stream }) => stream);
  return Object.fromEntries(
    [...streams].map(([stream, own]) => [
      stream,
      row(
        own.length,
        own.reduce((sum, event) => sum + numberIn(event), 0),
        Math.max(...own.map(({ version }) => version)),
      ),
    ]),
  );
}

describe("a replay", () => {
  test("from zero, beside live updates and beside another replay, ends equal to the live one", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.nat(), async (pageSize, seed) => {
        const world = setUp();
        const random = seededRandom(seed);
        const versions = new Map<string, number>();
        const appendSome = async (many: number): Promise<void> => {
          for (let round = 0; round < many; round += 1) {
            const stream = `s${Math.floor(random() * 4)}`;
            const version = versions.get(stream) ?? 0;
            const count = 1 + Math.floor(random() * 3);
            versions.set(stream, version + count);
            await world.store.append(
              stream,
              version,
              counts([...Array(count).keys()].map((n) => version + n)),
              call,
            );
          }
        };
        const shard = shardOf(world.dynamo, { batchSize: 4 });
        const first = eventStoreBatch(world.live.follow);
        await appendSome(10);
        while (shard.waiting > 0) await shard.deliver((event) => first(event, call));

        const next = world.projectionOf(2);
        const both = eventStoreBatch(async (event, inner) => {
          await world.live.follow(event, inner);
          await next.follow(event, inner);
        });
        const clock = manualRuntime();
        const inTime = rootCall({ runtime: clock });
        const updates = (async () => {
          for (let round = 0; round < 5; round += 1) {
            await appendSome(2);
            while (shard.waiting > 0) await shard.deliver((event) => both(event, inTime));
          }
        })();
        const replays = [
          next.replay({ pageSize, concurrency: 2 }, inTime),
          world.projectionOf(2).replay({ pageSize }, inTime),
        ];
        await clock.run(Promise.all([updates, ...replays]));
        expect(rows(world.dynamo, 2)).toEqual(rows(world.dynamo, 1));
        expect(rows(world.dynamo, 2)).toEqual(inOrder(await pagesOf(world.store)));
      }),
      { numRuns: 30 },
    );
  });

  test("that runs out of time says where to go on, and goes on there", async () => {
    const { store, dynamo, projectionOf } = setUp();
    for (const stream of ["a", "b", "c", "d"]) await store.append(stream, 0, counts([1, 2, 3]), call);
    const clock = manualRuntime();
    const late = rootCall({ runtime: clock, timeoutMs: 5_000 });
    const replay = projectionOf();
    let cursor: string | undefined;
    let invocations = 0;
    do {
      const from = cursor === undefined ? {} : { cursor };
      const answer = await replay.replay({ ...from, pageSize: 3, marginMs: 10_000 }, late);
      ({ cursor } = answer);
      invocations += 1;
    } while (cursor !== undefined);
    expect(invocations).toBeGreaterThan(2);
    expect(Object.keys(rows(dynamo, 1))).toEqual(["a", "b", "c", "d"]);
    expect(rows(dynamo, 1)["d"]).toEqual(row(3, 6, 3));
  });

  test("stops at a failure, when the streams that had begun have ended, and can be repeated", async () => {
    const { store, checkpoints, dynamo } = setUp();
    for (const stream of ["a", "b", "c"]) await store.append(stream, 0, counts([1, 2]), call);
    let isBroken = true;
    const failing = projection({
      name: "rows",
      store,
      checkpoints,
      apply(event) {
        if (isBroken && event.stream === "b" && event.version === 2) throw new Error("a bug");
        return rowOf("Model", 1)(event);
      },
    });
    await expect(failing.replay({ concurrency: 3 }, call)).rejects.toThrow("a bug");
    expect(rows(dynamo, 1)).toMatchObject({ a: row(2, 3, 2), b: row(1, 1, 1), c: row(2, 3, 2) });
    isBroken = false;
    expect(await failing.replay({}, call)).toEqual({ scanned: 6, done: 1, cursor: undefined });
    expect(rows(dynamo, 1)["b"]).toEqual(row(2, 3, 2));
  });
});

describe("whatever await it dies, loses a reply or sleeps at", () => {
  function world(isTogether: boolean): () => Promise<CrashWorld> {
    return async () => {
      const dynamo = memoryDynamoDB({ tables: TABLES });
      const { store } = setUp(dynamo);
      await store.append("a", 0, counts([1, 2]), call);
      const shard = shardOf(dynamo, { arranged: (records) => [...records].reverse() });
      return {
        start({ watch, runtime }) {
          const transport = watch("dynamodb", dynamo);
          const { live } = setUp(transport);
          const apart = async (event: StoredEvent): Promise<void> => {
            const { Update } = rowOf("Model", 1)(event)[0] as { readonly Update: object };
            await transport.call("UpdateItem", Update, rootCall({ runtime }));
          };
          const handler = eventStoreBatch(isTogether ? live.follow : apart);
          return () => shard.deliver((event) => handler(event, rootCall({ runtime, timeoutMs: 30_000 })));
        },
        check: () => expect(rows(dynamo, 1)).toEqual({ a: row(2, 3, 2) }),
      };
    };
  }

  test("each event is applied once, though an ADD is not idempotent", { timeout: 60_000 }, async () => {
    const report = await exploreCrashes(world(true), { maxFaults: 2 });
    expect(report.isComplete).toBe(true);
    expect(report.schedules).toBeGreaterThan(500);
  });

  test("without the checkpoint it is applied twice, or out of order: the control", {
    timeout: 60_000,
  }, async () => {
    await foundBy(world(false));
  });
});

describe("on the emulator", () => {
  let started: TestDynamoDB;
  beforeAll(async () => {
    started = await startTestDynamoDB();
  });
  afterAll(() => started.stop());

  test("a projection and a replay beside it make the same rows, with items that the client takes", async () => {
    const client = started.clientFor();
    const transport = dynamoDBTransport(client);
    const [events, checkpointTable, model] = [
      await newEventTable(started),
      await started.newTable(),
      await started.newTable(),
    ];
    const store = dynamoDBEventStore({ transport, tableName: events });
    const checkpoints = dynamoDBCheckpoints({ transport, tableName: checkpointTable });
    const of = (generation: number) =>
      projection({ name: "rows", generation, store, checkpoints, apply: rowOf(model, generation) });
    for (const stream of ["a", "b"]) {
      await store.append(stream, 0, counts([1, 2]), call);
      await store.append(stream, 2, [counted.of({ n: 3 }), reset.of({})], call);
    }
    const [live, next] = [of(1), of(2)];
    await Promise.all([
      next.replay({ pageSize: 3 }, call),
      ...["a", "b"].map(async (stream) => {
        for (const event of (await all(store.read(stream, {}, call))).reverse()) {
          await live.follow(event, call);
          await next.follow(event, call);
        }
      }),
    ]);
    for (const generation of [1, 2]) {
      for (const stream of ["a", "b"]) {
        const id = `${generation}/${stream}`;
        expect(await started.numberOf(model, id, "count")).toBe(3);
        expect(await started.numberOf(model, id, "sum")).toBe(6);
      }
    }
    expect(await checkpoints.read("rows#1", "a", call)).toBe(4);
  });
});
