import { rootCall } from "holdfast";
import { bulkSender } from "holdfast/batching";
import { type KafkaMessage, kafkaTarget } from "holdfast/batching/targets/kafka";
import { exponential } from "holdfast/retry";
import { seededRandom } from "holdfast/testing";
import { afterEach, describe, expect, test } from "vitest";
import { type LosingProxy, startLosingProxy } from "../losing-proxy.ts";
import { type Client, clientOf, type Producer, producerOf } from "./client.ts";
import { type MockCluster, startCluster } from "./cluster.ts";
import { readTopic } from "./read-topic.ts";

/** Errors of Kafka's protocol. */
const MESSAGE_TOO_LARGE = 10;
const TOPIC_AUTHORIZATION_FAILED = 29;
/** LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, REQUEST_TIMED_OUT, NETWORK_EXCEPTION, NOT_ENOUGH_REPLICAS */
const PASSING = [5, 6, 7, 13, 19];
const COUNT = 3_000;
const KEYS = 60;

interface Bench {
  readonly cluster: MockCluster;
  readonly client: Client;
  readonly producer: Producer;
  readonly proxies: readonly LosingProxy[];
}

const toStop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop();
});

async function start(brokers: number): Promise<Bench> {
  const cluster = await startCluster(brokers);
  toStop.push(cluster.stop);
  await cluster.makeTopic("events", 4);
  const proxies = await Promise.all(cluster.ports.map(startLosingProxy));
  toStop.push(async () => {
    for (const proxy of proxies) proxy.stop();
  });
  const client = await clientOf(cluster, (port) => proxies[cluster.ports.indexOf(port)]?.port ?? port);
  const producer = await producerOf(client);
  toStop.push(() => producer.disconnect());
  return { cluster, client, producer, proxies };
}

const messages: readonly KafkaMessage[] = Array.from({ length: COUNT }, (_, id) => ({
  key: `key-${id % KEYS}`,
  value: `message-${id}.`,
  headers: { id: String(id) },
}));
const backoff = exponential({ initialDelayMs: 5, maxDelayMs: 100 });
const options = { concurrency: 4, maxAttempts: 50, backoff };

/** The messages' numbers, by partition. */
async function written(client: Client, atLeast: number): Promise<readonly (readonly number[])[]> {
  const found = await readTopic(client, "events", atLeast);
  return [...found.values()].map((list) => list.map(({ headers }) => Number(String(headers?.["id"]))));
}

/** A key's messages stand in the order of their first arrival; what comes once more was there before. */
function expectOrder(partitions: readonly (readonly number[])[]): void {
  for (const ids of partitions) {
    for (const key of new Set(ids.map((id) => id % KEYS))) {
      const first = [...new Set(ids.filter((id) => id % KEYS === key))];
      expect(first).toEqual(first.toSorted((a, b) => a - b));
    }
  }
}

const all = messages.map((_, id) => id);
const sorted = (partitions: readonly (readonly number[])[]): number[] =>
  partitions.flat().toSorted((a, b) => a - b);

describe("one broker", () => {
  test("refuses requests for what passes: each message is written once, in its key's order, and its result says so", async () => {
    const { cluster, client, producer } = await start(1);
    const random = seededRandom(1);
    await cluster.refuseProduce(Array.from({ length: 20 }, () => PASSING[Math.floor(random() * 5)] ?? 5));
    const target = kafkaTarget({ producer, topic: "events", maxMessages: 100 });
    const results = await bulkSender(target, options).send(messages, rootCall());
    expect(results).toEqual(messages.map(() => ({ ok: true })));
    const partitions = await written(client, COUNT);
    expect(sorted(partitions)).toEqual(all);
    expectOrder(partitions);
  });

  test("the same of a stream, whose entries come back in their order", async () => {
    const { cluster, client, producer } = await start(1);
    await cluster.refuseProduce(Array(15).fill(PASSING[1]));
    const target = kafkaTarget({ producer, topic: "events", maxMessages: 50 });
    const told: unknown[] = [];
    for await (const { entry, result } of bulkSender(target, options).stream(messages, rootCall())) {
      expect(result.ok).toBe(true);
      told.push(entry);
    }
    expect(told).toEqual(messages);
    const partitions = await written(client, COUNT);
    expect(sorted(partitions)).toEqual(all);
    expectOrder(partitions);
  });

  test("refuses one message as too large: it fails alone, and the others are written", async () => {
    const { cluster, client, producer } = await start(1);
    // The whole, its first half, and of that the first.
    await cluster.refuseProduce([MESSAGE_TOO_LARGE, MESSAGE_TOO_LARGE, MESSAGE_TOO_LARGE]);
    const target = kafkaTarget({ producer, topic: "events" });
    const results = await bulkSender(target, options).send(messages.slice(0, 4), rootCall());
    expect(results).toMatchObject([
      { ok: false, retryable: false, error: { type: "MESSAGE_TOO_LARGE" } },
      { ok: true },
      { ok: true },
      { ok: true },
    ]);
    expect(sorted(await written(client, 3))).toEqual([1, 2, 3]);
  });

  test("does not let the sender write: each message fails for good, in one request", async () => {
    const { cluster, client, producer } = await start(1);
    await cluster.refuseProduce([TOPIC_AUTHORIZATION_FAILED]);
    const target = kafkaTarget({ producer, topic: "events" });
    const results = await bulkSender(target, options).send(messages.slice(0, 4), rootCall());
    expect(results.map((result) => !result.ok && result.retryable)).toEqual(Array(4).fill(false));
    expect(await bulkSender(target, options).send(messages.slice(4, 5), rootCall())).toEqual([{ ok: true }]);
    expect(sorted(await written(client, 1))).toEqual([4]);
  });
});

describe("two brokers", () => {
  test("one refuses what the other writes: all is written, at least once, in its key's order", async () => {
    const { cluster, client, producer } = await start(2);
    await cluster.refuseProduce(Array(20).fill(PASSING[1]));
    const target = kafkaTarget({ producer, topic: "events", maxMessages: 100 });
    const results = await bulkSender(target, options).send(messages, rootCall());
    expect(results.every(({ ok }) => ok)).toBe(true);
    const partitions = await written(client, COUNT);
    expect([...new Set(sorted(partitions))]).toEqual(all);
    expectOrder(partitions);
  });

  test("replies get lost: all is written, at least once, in its key's order", async () => {
    const { client, producer, proxies } = await start(2);
    const target = kafkaTarget({ producer, topic: "events", maxMessages: 100 });
    // Of the partitions it stays unknown here which broker has which, so either loses what it gets of the keys.
    for (const proxy of proxies) proxy.loseReplyTo("message-1");
    const results = await bulkSender(target, options).send(messages, rootCall());
    expect(results.every(({ ok }) => ok)).toBe(true);
    const partitions = await written(client, COUNT);
    expect(partitions.flat().length).toBeGreaterThan(COUNT);
    expect([...new Set(sorted(partitions))]).toEqual(all);
    expectOrder(partitions);
  });

  test("one is away for a while: all is written in the end", async () => {
    const { cluster, client, producer } = await start(2);
    const target = kafkaTarget({ producer, topic: "events", maxMessages: 100 });
    await cluster.down(2);
    const sending = bulkSender(target, options).send(messages, rootCall());
    await new Promise((resolve) => setTimeout(resolve, 500));
    await cluster.up(2);
    expect((await sending).every(({ ok }) => ok)).toBe(true);
    const partitions = await written(client, COUNT);
    expect([...new Set(sorted(partitions))]).toEqual(all);
    expectOrder(partitions);
  });
});
