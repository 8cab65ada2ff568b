import { rootCall, TerminalError, wrapHandler } from "holdfast";
import { bulkSender, json, kafkaBatch, orNull, type PoisonedRecord } from "holdfast/batching";
import { kafkaTarget } from "holdfast/batching/targets/kafka";
import { fakeContext, seededRandom } from "holdfast/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Client, clientOf, type Producer, producerOf } from "./client.ts";
import { type MockCluster, startCluster } from "./cluster.ts";
import { type Mapping, startMapping } from "./mapping.ts";
import { readTopic } from "./read-topic.ts";

const TOPICS = [
  { topic: "orders", partitions: 4 },
  { topic: "payments.v1", partitions: 3 },
] as const;
const EACH = 400;

interface Order {
  readonly id: number;
  readonly key: string;
  /** How often it fails before it succeeds; -1: for good. */
  readonly failures: number;
}

let cluster: MockCluster;
let client: Client;
let producer: Producer;
const toStop: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  cluster = await startCluster(2);
  client = await clientOf(cluster);
  producer = await producerOf(client);
});
afterEach(async () => {
  for (const stop of toStop.splice(0)) await stop();
  await producer?.disconnect();
  await cluster?.stop();
});

/** What the records' function did, in the order in which it did it. */
interface Seen {
  readonly started: { readonly invocation: number; readonly place: string; readonly offset: number }[];
  readonly done: { readonly place: string; readonly offset: number; readonly order: Order }[];
  readonly failed: { readonly invocation: number; readonly place: string; readonly offset: number }[];
}

/** Both topics' handler: fails as its records say, and sets aside to the topic of dead letters. */
function handlerOf(seen: Seen, random: () => number) {
  const attempts = new Map<number, number>();
  let invocation = 0;
  const deadLetters = bulkSender(kafkaTarget({ producer, topic: "dead-letters" }));
  const setAside = ({ identifier, ...rest }: PoisonedRecord, call: Parameters<typeof deadLetters.send>[1]) =>
    deadLetters.send([{ key: identifier, value: JSON.stringify({ identifier, ...rest }) }], call);
  return () => {
    invocation += 1;
    const here = invocation;
    return wrapHandler(
      kafkaBatch<Order>(
        async (order, { record }) => {
          const at = {
            invocation: here,
            place: `${record.topic}-${record.partition}`,
            offset: record.offset,
          };
          seen.started.push(at);
          await new Promise((resolve) => setTimeout(resolve, random() * 2));
          const attempt = (attempts.get(order.id) ?? 0) + 1;
          attempts.set(order.id, attempt);
          if (order.failures < 0) throw new TerminalError("It can never be stored.");
          if (attempt <= order.failures) {
            seen.failed.push(at);
            throw new Error("busy");
          }
          seen.done.push({ ...at, order });
        },
        { poison: { to: setAside }, concurrency: 3 },
      ),
    );
  };
}

async function produce(random: () => number): Promise<readonly Order[]> {
  const orders: Order[] = [];
  await cluster.makeTopic("dead-letters", 2);
  for (const { topic, partitions } of TOPICS) {
    await cluster.makeTopic(topic, partitions);
    const some = Array.from({ length: EACH }, (_, index): Order => {
      const fate = random();
      return {
        id: orders.length + index,
        key: `${topic}/${Math.floor(random() * 25)}`,
        failures: fate < 0.02 ? -1 : fate < 0.08 ? 1 + Math.floor(random() * 2) : 0,
      };
    });
    await producer.send({
      topic,
      messages: some.map((order) => ({ key: order.key, value: JSON.stringify(order) })),
    });
    orders.push(...some);
  }
  return orders;
}

async function startAll(
  next: ReturnType<typeof handlerOf>,
  random: () => number,
  from: ReadonlyMap<string, number> = new Map(),
): Promise<readonly Mapping[]> {
  return await Promise.all(
    TOPICS.map(({ topic, partitions }) =>
      startMapping(client, {
        topic,
        partitions,
        // The mock's groups take a member once.
        groupId: `mapping-${crypto.randomUUID()}`,
        batchSize: () => 1 + Math.floor(random() * 40),
        from,
        handler: (event) => next()(event, fakeContext({ timeoutMs: 20_000 })),
      }),
    ),
  );
}

const total = (mappings: readonly Mapping[]): number =>
  mappings.flatMap(({ committed }) => [...committed.values()]).reduce((sum, offset) => sum + offset, 0);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Nothing of a partition starts in an invocation beyond what failed there. */
function startedPastFailures({ started, failed }: Seen): readonly object[] {
  return started.filter((one) =>
    failed.some((at) => at.invocation === one.invocation && at.place === one.place && at.offset < one.offset),
  );
}

describe.each([1, 2, 3])("a mapping of two topics, seed %i", (seed) => {
  test("every record is done once, or set aside, in its partition's and its key's order", async () => {
    const random = seededRandom(seed);
    const orders = await produce(random);
    const seen: Seen = { started: [], done: [], failed: [] };
    const mappings = await startAll(handlerOf(seen, random), random);
    toStop.push(...mappings.map(({ stop }) => stop));
    await until(() => total(mappings) === orders.length);

    expect(mappings.flatMap(({ wrongAnswers }) => wrongAnswers)).toEqual([]);
    expect(startedPastFailures(seen)).toEqual([]);
    expect(seen.failed.length).toBeGreaterThan(10);
    const poisoned = orders.filter(({ failures }) => failures < 0).map(({ id }) => id);
    const doneIds = seen.done.map(({ order }) => order.id);
    // Of no partition anything ran beyond its failure, so nothing comes twice.
    expect(doneIds.toSorted((a, b) => a - b)).toEqual(
      orders.filter(({ failures }) => failures >= 0).map(({ id }) => id),
    );
    for (const place of new Set(seen.done.map((one) => one.place))) {
      const offsets = seen.done.filter((one) => one.place === place).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    }
    for (const key of new Set(orders.map((order) => order.key))) {
      const ids = seen.done.filter(({ order }) => order.key === key).map(({ order }) => order.id);
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    }
    const letters = [...(await readTopic(client, "dead-letters", poisoned.length)).values()].flat();
    const written = letters.map(({ value }) => JSON.parse(String(value)) as PoisonedRecord);
    const found = written.map(
      ({ payload }) => JSON.parse(Buffer.from(payload, "base64").toString()) as Order,
    );
    expect(found.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(poisoned);
    expect(written.every(({ reason, source }) => reason.kind === "terminal" && source === "kafka")).toBe(
      true,
    );
    expect(letters.every(({ key }, index) => String(key) === written[index]?.identifier)).toBe(true);
  });
});

test("a mapping that ends is followed by one that lacks its last commits: nothing is lost, and repeats come in order", async () => {
  const random = seededRandom(4);
  const orders = await produce(random);
  const seen: Seen = { started: [], done: [], failed: [] };
  const next = handlerOf(seen, random);
  const first = await startAll(next, random);
  await until(() => total(first) > orders.length / 3);
  await Promise.all(first.map(({ stop }) => stop()));
  const doneBefore = seen.done.length;
  const from = new Map(
    first.flatMap(({ committed }) =>
      [...committed].map(([place, offset]) => [place, Math.floor(offset * 0.8)]),
    ),
  );
  const second = await startAll(next, random, from);
  toStop.push(...second.map(({ stop }) => stop));
  await until(() => total(second) === orders.length);

  expect(startedPastFailures(seen)).toEqual([]);
  const ids = new Set(seen.done.map(({ order }) => order.id));
  expect(ids).toEqual(new Set(orders.filter(({ failures }) => failures >= 0).map(({ id }) => id)));
  expect(seen.done.length).toBeGreaterThan(ids.size);
  for (const part of [seen.done.slice(0, doneBefore), seen.done.slice(doneBefore)]) {
    for (const place of new Set(part.map((one) => one.place))) {
      const offsets = part.filter((one) => one.place === place).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    }
  }
});

test("keys, headers, tombstones and bytes come as they were sent", async () => {
  await cluster.makeTopic("changes", 1);
  await bulkSender(kafkaTarget({ producer, topic: "changes" })).send(
    [
      { key: "größe", value: '{"a":1}', headers: { kind: "placed", raw: Uint8Array.of(0, 255) } },
      { key: Uint8Array.of(255, 0, 104), value: null },
      { key: Buffer.from("k"), value: new TextEncoder().encode('{"b":"ü"}'), timestamp: "1700000000000" },
      { value: Buffer.from('{"c":3}') },
      { key: "", value: "4" },
    ],
    rootCall(),
  );
  const came: unknown[] = [];
  const handler = wrapHandler(
    kafkaBatch(
      async (body, { record }) => {
        const { key, headers } = record;
        came.push({ body, key: key === null ? null : [...Buffer.from(String(key), "base64")], headers });
      },
      { body: orNull(json()) },
    ),
  );
  const mapping = await startMapping(client, {
    topic: "changes",
    partitions: 1,
    groupId: "changes",
    batchSize: () => 100,
    handler: (event) => handler(event, fakeContext()),
  });
  toStop.push(mapping.stop);
  await until(() => came.length === 5);
  expect(came).toEqual([
    {
      body: { a: 1 },
      key: [...Buffer.from("größe")],
      headers: [{ kind: [...Buffer.from("placed")] }, { raw: [0, 255] }],
    },
    { body: null, key: [255, 0, 104], headers: [] },
    { body: { b: "ü" }, key: [107], headers: [] },
    { body: { c: 3 }, key: null, headers: [] },
    { body: 4, key: [], headers: [] },
  ]);
});
