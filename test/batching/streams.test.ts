import { type Fact, observed, rootCall, sleep, wrap } from "holdfast";
import { dynamoStreamBatch, kafkaBatch, kinesisBatch, sqsBatch } from "holdfast/batching";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { streamEvent } from "./fixtures/dynamodb-stream.ts";
import { eventHubsEvent, mskEvent, partitioned, selfManagedKafkaEvent } from "./fixtures/kafka.ts";
import { kinesisEvent } from "./fixtures/kinesis.ts";
import { failedIds, sqsEvent } from "./sqs-fixtures.ts";

const failOn =
  (...failing: readonly number[]) =>
  async (n: number): Promise<void> => {
    if (failing.includes(n)) throw new Error("no");
  };

test("of a shard only the lowest failure is reported", async () => {
  const event = kinesisEvent([0, 1, 2, 3], ["a", "b", "c", "d"]);
  const response = await kinesisBatch(failOn(1, 3))(event, rootCall());
  expect(failedIds(response)).toEqual([event.Records[1]?.kinesis.sequenceNumber]);
  const change = streamEvent([0, 1], ["a", "b"]);
  const failed = await dynamoStreamBatch(async ({ keys }) => failOn(1)(keys["id"] === "b" ? 1 : 0))(
    change,
    rootCall(),
  );
  expect(failedIds(failed)).toEqual([change.Records[1]?.dynamodb?.SequenceNumber]);
});

test("a failure that is found later, and lower, takes the checkpoint back", async () => {
  const clock = manualRuntime();
  const event = kinesisEvent([0, 1], ["a", "b"]);
  const batch = kinesisBatch(async (n: number, call) => {
    await sleep(call, n === 0 ? 50 : 10);
    throw new Error("no");
  });
  const response = await clock.run(batch(event, rootCall({ runtime: clock })));
  expect(failedIds(response)).toEqual([event.Records[0]?.kinesis.sequenceNumber]);
});

test("what had begun beyond the failure is let finish, and counted as what will be repeated", async () => {
  const clock = manualRuntime();
  const facts: Fact[] = [];
  const finished: number[] = [];
  const batch = wrap(
    kinesisBatch(async (n: number, call) => {
      if (n === 0) throw new Error("no");
      await sleep(call, 20);
      finished.push(n);
    }),
    observed((fact) => facts.push(fact)),
  );
  await clock.run(batch(kinesisEvent([0, 1, 2], ["a", "b", "c"]), rootCall({ runtime: clock })));
  expect(finished).toEqual([1, 2]);
  expect(facts.at(-1)).toMatchObject({ type: "batch.done", ok: 2, failed: 1, repeated: 2 });
});

test("changes of different items run in order where a key attribute that they share says so", async () => {
  const change = (customer: string, order: number) => ({
    eventName: "INSERT" as const,
    eventSource: "aws:dynamodb",
    dynamodb: {
      Keys: { customer: { S: customer }, order: { N: String(order) } },
      SequenceNumber: String(order).padStart(21, "0"),
    },
  });
  const event = { Records: [change("a", 1), change("b", 2), change("a", 3), change("a", 4)] };
  async function orderOfEnds(options: { readonly orderBy?: string }): Promise<readonly unknown[]> {
    const clock = manualRuntime();
    const ends: unknown[] = [];
    const batch = dynamoStreamBatch(async ({ keys }, call) => {
      await sleep(call, 100 - 10 * Number(keys["order"]));
      ends.push(keys["order"]);
    }, options);
    await clock.run(batch(event, rootCall({ runtime: clock })));
    return ends;
  }
  expect(await orderOfEnds({ orderBy: "customer" })).toEqual([2, 1, 3, 4]);
  expect(await orderOfEnds({})).toEqual([4, 3, 2, 1]);
  for (const orderBy of ["", 7]) {
    expect(() => dynamoStreamBatch(async () => {}, { orderBy } as never)).toThrow(/orderBy must be/);
  }
});

test("that a stream's records come again is told once, to those who hear, and never of a queue", async () => {
  const told: unknown[] = [];
  const heard = observed((fact) => fact.type === "batch.repeats" && told.push(fact["source"]));
  const stream = kinesisBatch(async () => {});
  const queue = sqsBatch(async () => {});
  await stream(kinesisEvent([1]), rootCall());
  for (let time = 0; time < 2; time += 1) {
    await wrap(stream, heard)(kinesisEvent([1]), rootCall());
    await wrap(queue, heard)(sqsEvent([1]), rootCall());
  }
  expect(told).toEqual(["kinesis"]);
});

test.each([
  ["MSK", mskEvent],
  ["a self-managed cluster", selfManagedKafkaEvent],
  ["Event Hubs", eventHubsEvent],
])("of %s each partition has its own checkpoint", async (_name, event) => {
  const records = partitioned([0, 1, 2, 3, 4], [0, 1, 0, 1, 2]);
  expect(await kafkaBatch(failOn(1, 2, 3))(event(records), rootCall())).toEqual({
    batchItemFailures: [
      { itemIdentifier: { partition: "orders.v1-0", offset: 101 } },
      { itemIdentifier: { partition: "orders.v1-1", offset: 100 } },
    ],
  });
});

test("a record that aborts its batch is soon the last one", async () => {
  const controller = new AbortController();
  const ran: number[] = [];
  const batch = sqsBatch(
    async (n: number) => {
      ran.push(n);
      controller.abort();
    },
    { concurrency: 1 },
  );
  const response = await batch(sqsEvent([...Array(100).keys()]), rootCall({ signal: controller.signal }));
  // The clock, and with it the call, is asked at every fourth start at least.
  expect(ran.length).toBeLessThanOrEqual(4);
  expect(failedIds(response)).toHaveLength(100 - ran.length);
});
