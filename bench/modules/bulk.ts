/**
 * What many entries pay for the bulk sender, beside the AWS client alone: batches made by hand, as many requests at once,
 * nothing sent again. Against a stand-in on this machine, so the client is what takes the time.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { BatchWriteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { eventBridgeTransport } from "holdfast/aws/eventbridge";
import { sqsTransport } from "holdfast/aws/sqs";
import { type BulkTarget, bulkSender } from "holdfast/batching";
import { dynamoDBBatchWriter } from "holdfast/batching/targets/dynamodb";
import { eventBridgeTarget } from "holdfast/batching/targets/eventbridge";
import { sqsTarget } from "holdfast/batching/targets/sqs";
import { besidePeer, type Row } from "../row.ts";
import { titled } from "./titled.ts";

const CONCURRENCY = 4;
const ENTRIES = 1_000;
const ROUNDS = 41;
const WARM_UPS = 20;
/** 0.95 of the throughput of the client alone is 1 / 0.95 of its time, and a little less is asked. */
const TARGET = 1.05;

interface Service<E> {
  readonly name: string;
  readonly target: BulkTarget<E>;
  readonly entries: readonly E[];
  /** One request of the client alone. */
  readonly sendByHand: (some: readonly E[]) => Promise<unknown>;
}

export async function rows(): Promise<readonly Row[]> {
  const standIn = spawn(process.execPath, [fileURLToPath(new URL("bulk/stand-in.ts", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const [port] = (await once(standIn.stdout, "data")) as [Buffer];
    const endpoint = `http://127.0.0.1:${Number(port.toString())}`;
    return [
      ...(await rowsOf(sqs(endpoint))),
      ...(await rowsOf(dynamoDB(endpoint))),
      ...(await rowsOf(eventBridge(endpoint))),
    ];
  } finally {
    standIn.kill();
  }
}

async function rowsOf<E>({ name, target, entries, sendByHand }: Service<E>): Promise<readonly Row[]> {
  const sender = bulkSender(target, { concurrency: CONCURRENCY });
  const ways = {
    async sent(): Promise<void> {
      const results = await sender.send(entries, rootCall({ timeoutMs: 60_000 }));
      if (!results.every(({ ok }) => ok)) throw new Error(`${name} has not taken all.`);
    },
    async streamed(): Promise<void> {
      let taken = 0;
      for await (const { result } of sender.stream(entries, rootCall({ timeoutMs: 60_000 }))) {
        if (result.ok) taken += 1;
      }
      if (taken !== entries.length) throw new Error(`${name} has not taken all.`);
    },
    byHand: () => allByHand(entries, target.maxEntries, sendByHand),
  };
  const { wall, cpu } = await perEntry(ways, entries.length);
  const title = titled("bulk", "µs");
  const peer = "the client alone";
  return [
    besidePeer(title(`${name}, send, time an entry`, TARGET), wall.sent, peer, wall.byHand),
    besidePeer(title(`${name}, stream, time an entry`, TARGET), wall.streamed, peer, wall.byHand),
    besidePeer(title(`${name}, send, CPU an entry`, TARGET), cpu.sent, peer, cpu.byHand),
    besidePeer(title(`${name}, stream, CPU an entry`, TARGET), cpu.streamed, peer, cpu.byHand),
  ];
}

async function allByHand<E>(
  entries: readonly E[],
  maxEntries: number,
  sendByHand: (some: readonly E[]) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  async function lane(): Promise<void> {
    while (next < entries.length) {
      const some = entries.slice(next, next + maxEntries);
      next += maxEntries;
      await sendByHand(some);
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

type Samples<Name extends string> = Record<Name, number[]>;

/**
 * Microseconds an entry took, round by round, as they pass and of this process's computing, which a busy machine
 * disturbs less. In every round each way once, the first one another each time.
 */
async function perEntry<Name extends string>(
  ways: Readonly<Record<Name, () => Promise<void>>>,
  count: number,
): Promise<{ readonly wall: Samples<Name>; readonly cpu: Samples<Name> }> {
  const names = Object.keys(ways) as Name[];
  const none = (): Samples<Name> =>
    Object.fromEntries(names.map((name) => [name, [] as number[]])) as Samples<Name>;
  const samples = { wall: none(), cpu: none() };
  for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
    const first = (round + WARM_UPS) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const startedMs = performance.now();
      const before = process.cpuUsage();
      await ways[name]();
      const { user, system } = process.cpuUsage(before);
      if (round < 0) continue;
      samples.wall[name].push(((performance.now() - startedMs) * 1_000) / count);
      samples.cpu[name].push((user + system) / count);
    }
  }
  return samples;
}

const common = {
  region: "eu-west-1",
  credentials: { accessKeyId: "x", secretAccessKey: "x" },
  maxAttempts: 1,
};
const payload = (n: number): string => JSON.stringify({ orderId: `order-${n}`, note: "x".repeat(300) });
const numbers = Array.from({ length: ENTRIES }, (_, n) => n);

function sqs(endpoint: string): Service<{ readonly MessageBody: string }> {
  const client = new SQSClient({ ...common, endpoint });
  const queueUrl = `${endpoint}/1/orders`;
  return {
    name: "SQS",
    target: sqsTarget({ transport: sqsTransport(client), queueUrl }),
    entries: numbers.map((n) => ({ MessageBody: payload(n) })),
    sendByHand: (some) =>
      client.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: some.map((entry, index) => ({ ...entry, Id: String(index) })),
        }),
      ),
  };
}

function dynamoDB(endpoint: string): Service<{ readonly id: { S: string }; readonly order: { S: string } }> {
  const client = new DynamoDBClient({ ...common, endpoint });
  const transport = dynamoDBTransport(client);
  return {
    name: "DynamoDB",
    target: dynamoDBBatchWriter({ transport, tableName: "Orders", key: ["id"] }),
    entries: numbers.map((n) => ({ id: { S: String(n) }, order: { S: payload(n) } })),
    sendByHand: (some) =>
      client.send(
        new BatchWriteItemCommand({
          RequestItems: { Orders: some.map((Item) => ({ PutRequest: { Item } })) },
        }),
      ),
  };
}

function eventBridge(
  endpoint: string,
): Service<{ readonly Source: string; readonly DetailType: string; readonly Detail: string }> {
  const client = new EventBridgeClient({ ...common, endpoint });
  return {
    name: "EventBridge",
    target: eventBridgeTarget({ transport: eventBridgeTransport(client) }),
    entries: numbers.map((n) => ({ Source: "shop", DetailType: "OrderPlaced", Detail: payload(n) })),
    sendByHand: (some) => client.send(new PutEventsCommand({ Entries: [...some] })),
  };
}
