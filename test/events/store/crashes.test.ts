import { rootCall } from "holdfast";
import type { DynamoDBStreamRecord } from "holdfast/batching";
import { eventPublisher } from "holdfast/events";
import {
  dynamoDBCheckpoints,
  dynamoDBEventStore,
  eventOutbox,
  eventStoreBatch,
  type StoredEvent,
  transactAppends,
} from "holdfast/events/store";
import { idempotent } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { type CrashProcess, type CrashWorld, exploreCrashes } from "holdfast/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { memoryDynamoDB } from "../../support/memory-dynamodb/index.ts";
import { foundBy } from "../../testing/crash-explorer/found-by.ts";
import { fakeBus, idOf } from "../fake-bus.ts";
import { shardOf } from "./stream-of.ts";
import { counted, counts, TABLES } from "./subjects.ts";

/** Minutes of CPU time, and every length of a sleep: run when asked for. */
const isLong = process.env["HOLDFAST_EVERY_ORDER"] === "1";
const longTimeout = { timeout: isLong ? 3_600_000 : 120_000 };

// Loads ajv, which takes real time.
beforeAll(async () => {
  await counted.check({ n: 1 });
});

const setup = () => rootCall();
const idsIn = (dynamo: ReturnType<typeof memoryDynamoDB>, stream: string): (string | undefined)[] =>
  dynamo
    .itemsOf("Events")
    .filter((item) => item["stream"]?.S === stream)
    .map((item) => item["id"]?.S);
const addOne = {
  Update: {
    TableName: "Model",
    Key: { id: { S: "sum" } },
    UpdateExpression: "ADD n :one",
    ExpressionAttributeValues: { ":one": { N: "1" } },
  },
};

/** A unit that decides by what the stream has, appends two events to it, and counts. */
function appending({ watch, runtime }: CrashProcess, dynamo: ReturnType<typeof memoryDynamoDB>) {
  const transport = watch("dynamodb", dynamo);
  const store = dynamoDBEventStore({ transport, tableName: "Events" });
  const work = idempotent(
    async (key: string, call) => {
      const { version } = await store.rebuild("a", { initial: 0, apply: (n) => n + 1 }, call);
      const events = counts([1, 2], `a-${key}`);
      const appends = await store.appending("a", version, events, call);
      return transactAppends(call.unit, [appends], [addOne], { at: version + 2 });
    },
    { store: dynamoDBStore({ transport, tableName: "Records" }), operation: "append", key: (key) => key },
  );
  return () => work("order", rootCall({ runtime, timeoutMs: 30_000 }));
}

/** Every record of an append before the one before it: DynamoDB promises no order within a transaction. */
const lastFirst = (records: readonly DynamoDBStreamRecord[]) => [...records].reverse();

/** What follows the table's stream, with a bus of its own. */
function publishing(
  { watch, runtime }: CrashProcess,
  dynamo: ReturnType<typeof memoryDynamoDB>,
  bus: ReturnType<typeof fakeBus>,
  hasOutbox = true,
) {
  const transport = watch("dynamodb", dynamo);
  const store = dynamoDBEventStore({ transport, tableName: "Events" });
  const checkpoints = dynamoDBCheckpoints({ transport, tableName: "Checkpoints" });
  const publisher = eventPublisher({ transport: watch("bus", bus), busName: "bus", maxAttempts: 1 });
  const outbox = eventOutbox({ store, checkpoints, publisher });
  const follow = hasOutbox
    ? outbox.follow
    : (event: Parameters<typeof outbox.follow>[0], call: Parameters<typeof outbox.follow>[1]) =>
        publisher.publishOne(counted.of(event.detail as { n: number }, { id: event.id }), call);
  const batch = eventStoreBatch(follow, { concurrency: 1 });
  return (event: Parameters<typeof batch>[0]) => batch(event, rootCall({ runtime, timeoutMs: 30_000 }));
}

function checkPublished(dynamo: ReturnType<typeof memoryDynamoDB>, bus: ReturnType<typeof fakeBus>): void {
  expect(idsIn(dynamo, "a")).toHaveLength(2);
  for (const stream of ["a", "b"]) {
    const published = [...new Set(bus.taken.map(idOf).filter((id) => id.startsWith(stream)))];
    expect(published, `stream ${stream}`).toEqual(idsIn(dynamo, stream));
  }
  const bytesOf = new Map<string, Set<string>>();
  for (const entry of bus.taken) {
    bytesOf.set(idOf(entry), (bytesOf.get(idOf(entry)) ?? new Set()).add(JSON.stringify(entry)));
  }
  for (const bytes of bytesOf.values()) expect(bytes.size).toBe(1);
}

describe("whatever await it dies, loses a reply or sleeps at", () => {
  test("a unit appends its events, and counts, once", { timeout: 60_000 }, async () => {
    const report = await exploreCrashes(
      () => {
        const dynamo = memoryDynamoDB({ tables: TABLES });
        return {
          start: (process) => appending(process, dynamo),
          check() {
            expect(dynamo.itemsOf("Events").map((item) => item["version"]?.N)).toEqual(["1", "2"]);
            expect(dynamo.itemsOf("Model")[0]?.["n"]?.N).toBe("1");
          },
        };
      },
      { maxFaults: 2 },
    );
    // Claim, read, transact.
    expect(report).toMatchObject({ isComplete: true, awaits: Array(3).fill("dynamodb.call") });
    expect(report.schedules).toBeGreaterThan(500);
  });

  /** Outside a unit: what the state shows is not appended again. */
  function alone(looks: boolean): () => CrashWorld {
    return () => {
      const dynamo = memoryDynamoDB({ tables: TABLES });
      return {
        start({ watch, runtime }) {
          const store = dynamoDBEventStore({ transport: watch("dynamodb", dynamo), tableName: "Events" });
          return async () => {
            const call = rootCall({ runtime, timeoutMs: 30_000 });
            const apply = (ids: readonly string[], event: StoredEvent) => [...ids, event.id];
            const { state, version } = await store.rebuild(
              "a",
              { initial: [] as readonly string[], apply },
              call,
            );
            if (looks && state.includes("a-1")) return;
            await store.append("a", version, looks ? counts([1], "a") : counts([1]), call);
          };
        },
        check: () => expect(dynamo.itemsOf("Events")).toHaveLength(1),
      };
    };
  }

  test("a plain append of an event with an id of its own, by who looks at the state first, is there once", {
    timeout: 60_000,
  }, async () => {
    expect(await exploreCrashes(alone(true), { maxFaults: 2 })).toMatchObject({ isComplete: true });
  });

  test("without either it is there twice: the control", { timeout: 60_000 }, async () => {
    const found = await foundBy(alone(false));
    expect(found.schedule).toMatchObject([{ await: 2, do: "stop-after" }]);
  });

  test("what is published is what was appended, in order, repeats under their ids", longTimeout, async () => {
    const world = async (): Promise<CrashWorld> => {
      const dynamo = memoryDynamoDB({ tables: TABLES });
      const bus = fakeBus();
      const shard = shardOf(dynamo, { arranged: lastFirst });
      const others = dynamoDBEventStore({ transport: dynamo, tableName: "Events" });
      await others.append("b", 0, counts([1], "b"), setup());
      return {
        start(process) {
          const append = appending(process, dynamo);
          const publish = publishing(process, dynamo, bus);
          return async () => {
            await append();
            await shard.deliver(publish);
          };
        },
        check: () => checkPublished(dynamo, bus),
      };
    };
    const report = await exploreCrashes(
      world,
      isLong ? { maxFaults: 2, asleepMs: 0, maxSchedules: 1_000_000 } : {},
    );
    if (isLong) console.log(`appended and published: ${report.schedules} schedules`);
    expect(report.isComplete).toBe(true);
    expect(report.schedules).toBeGreaterThan(100);
    expect(report.awaits.filter((operation) => operation === "bus.call")).toHaveLength(3);
  });

  test("the same of the publication alone, with two faults", longTimeout, async () => {
    const sleeps = isLong ? { maxSchedules: 1_000_000 } : { asleepMs: 0 };
    const report = await exploreCrashes(published(true), { maxFaults: 2, ...sleeps });
    if (isLong) console.log(`published: ${report.schedules} schedules`);
    expect(report.isComplete).toBe(true);
    expect(report.schedules).toBeGreaterThan(1_000);
  });

  test("events go out in another order where they are published as they come: the control", {
    timeout: 60_000,
  }, async () => {
    const found = await foundBy(published(false));
    expect(found.schedule).toEqual([]);
  });

  /** Two events of one append. */
  function published(hasOutbox: boolean): () => Promise<CrashWorld> {
    return async () => {
      const dynamo = memoryDynamoDB({ tables: TABLES });
      const bus = fakeBus();
      const shard = shardOf(dynamo, { arranged: lastFirst });
      const store = dynamoDBEventStore({ transport: dynamo, tableName: "Events" });
      await store.append("a", 0, counts([1, 2], "a"), setup());
      return {
        start(process) {
          const publish = publishing(process, dynamo, bus, hasOutbox);
          return () => shard.deliver(publish);
        },
        check: () => checkPublished(dynamo, bus),
      };
    };
  }
});
