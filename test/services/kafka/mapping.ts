import type { KafkaBatchResponse, KafkaEvent, KafkaRecord } from "holdfast/batching";
import type { Client, ReadBatch, ReadMessage } from "./client.ts";

export interface Mapping {
  /** Offsets that the mapping has committed, by "topic-partition". */
  readonly committed: ReadonlyMap<string, number>;
  readonly invocations: number;
  /** What of the answers named no record of its event. Lambda would send the whole batch again. */
  readonly wrongAnswers: readonly unknown[];
  stop(): Promise<void>;
}

/**
 * What Lambda's event source mapping does with a topic: batches of several partitions in one event, from the lowest offset that the
 * answer names of a partition on again, and else on with the next. Source: AWS Lambda Developer Guide, "Configuring error handling
 * controls for Kafka event sources".
 */
export async function startMapping(
  client: Client,
  {
    topic,
    groupId,
    partitions,
    batchSize,
    from = new Map(),
    handler,
  }: {
    readonly topic: string;
    readonly groupId: string;
    readonly partitions: number;
    /** Of one partition in one event; asked anew each time. */
    readonly batchSize: () => number;
    /** Where it begins, by "topic-partition". */
    readonly from?: ReadonlyMap<string, number>;
    readonly handler: (event: KafkaEvent) => Promise<KafkaBatchResponse | null | undefined>;
  },
): Promise<Mapping> {
  const consumer = client.consumer({
    groupId,
    maxWaitTimeInMs: 50,
    retry: { retries: 5, initialRetryTime: 50 },
  });
  const committed = new Map<string, number>();
  const wrongAnswers: unknown[] = [];
  let invocations = 0;
  let gathering: { readonly batches: ReadBatch[]; readonly answered: Promise<void> } | undefined;

  /** Partitions are read beside each other; what comes within a moment goes into one event. */
  function gather(batch: ReadBatch): Promise<void> {
    if (gathering === undefined) {
      const batches: ReadBatch[] = [];
      const answered = new Promise((resolve) => setTimeout(resolve, 5)).then(() => {
        gathering = undefined;
        return invoke(batches);
      });
      gathering = { batches, answered };
    }
    gathering.batches.push({ ...batch, messages: batch.messages.slice(0, batchSize()) });
    return gathering.answered;
  }

  async function invoke(batches: readonly ReadBatch[]): Promise<void> {
    const records = Object.fromEntries(
      batches.map((batch) => [nameOf(batch), batch.messages.map((message) => recordOf(batch, message))]),
    );
    const event: KafkaEvent = {
      eventSource: "SelfManagedKafka",
      bootstrapServers: "127.0.0.1:9092",
      records,
    };
    invocations += 1;
    const answer = await handler(event);
    const lowest = new Map<string, number>();
    for (const { itemIdentifier } of answer?.batchItemFailures ?? []) {
      const { partition, offset } = itemIdentifier;
      const known = records[partition]?.some((record) => record.offset === offset) ?? false;
      if (!known) wrongAnswers.push(itemIdentifier);
      lowest.set(partition, Math.min(offset, lowest.get(partition) ?? offset));
    }
    for (const batch of batches) {
      const name = nameOf(batch);
      const offset = lowest.get(name) ?? Number(batch.messages.at(-1)?.offset) + 1;
      const position = { topic, partition: batch.partition, offset: String(offset) };
      await consumer.commitOffsets([position]);
      committed.set(name, offset);
      consumer.seek(position);
    }
  }

  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: partitions,
    eachBatch: ({ batch }) => gather(batch),
  });
  for (let partition = 0; partition < partitions; partition += 1) {
    consumer.seek({ topic, partition, offset: String(from.get(`${topic}-${partition}`) ?? 0) });
  }
  return {
    committed,
    wrongAnswers,
    get invocations() {
      return invocations;
    },
    stop: () => consumer.disconnect(),
  };
}

const nameOf = ({ topic, partition }: ReadBatch): string => `${topic}-${partition}`;

function recordOf({ topic, partition }: ReadBatch, message: ReadMessage): KafkaRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    timestampType: "CREATE_TIME",
    key: message.key?.toString("base64") ?? null,
    value: message.value?.toString("base64") ?? null,
    headers: Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
      [values].flat().map((value) => ({ [name]: [...Buffer.from(value as Buffer | string)] })),
    ),
  };
}
