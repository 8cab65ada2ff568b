import { connect, type Socket } from "node:net";
import { pathToFileURL } from "node:url";
import type { KafkaMessage, KafkaProducer } from "holdfast/batching/targets/kafka";
import type { MockCluster } from "./cluster.ts";

/** What is used of kafkajs, which lies in the cache of `npm run test:services`. Source: kafkajs 2.2.4, types/index.d.ts. */
export interface ReadMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly offset: string;
  readonly headers?: Readonly<Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>>;
}

export interface ReadBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly ReadMessage[];
}

export interface Consumer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(what: { topics: readonly string[]; fromBeginning: boolean }): Promise<void>;
  run(how: {
    autoCommit: false;
    eachBatchAutoResolve: false;
    partitionsConsumedConcurrently: number;
    eachBatch(given: { batch: ReadBatch }): Promise<void>;
  }): Promise<void>;
  seek(to: Position): void;
  commitOffsets(offsets: readonly Position[]): Promise<void>;
}

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

export interface Producer extends KafkaProducer {
  send(record: { topic: string; messages: KafkaMessage[] }): Promise<unknown>;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

export interface Client {
  producer(options: object): Producer;
  consumer(options: object): Consumer;
}

interface Library {
  readonly Kafka: new (options: object) => Client;
  readonly Partitioners: { readonly DefaultPartitioner: unknown };
}

async function library(): Promise<Library> {
  const path = process.env["HOLDFAST_TEST_KAFKAJS"];
  if (path === undefined) throw new Error("no kafkajs: npm run test:services -- --only kafka");
  const { default: found } = (await import(pathToFileURL(path).href)) as { readonly default: Library };
  return found;
}

/** A client of a cluster; `portFor` leads it another way, through a proxy say. */
export async function clientOf(
  cluster: MockCluster,
  portFor: (port: number) => number = (port) => port,
): Promise<Client> {
  const { Kafka } = await library();
  return new Kafka({
    clientId: "holdfast",
    brokers: cluster.ports.map((port) => `127.0.0.1:${port}`),
    // What it cannot do at once the bulk sender repeats, or the mapping.
    retry: { retries: 0, initialRetryTime: 10, maxRetryTime: 100 },
    logLevel: 0,
    socketFactory: ({ port, onConnect }: { port: number; onConnect: () => void }): Socket =>
      connect(portFor(port), "127.0.0.1", onConnect),
  });
}

export async function producerOf(client: Client): Promise<Producer> {
  const { Partitioners } = await library();
  const producer = client.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return producer;
}
