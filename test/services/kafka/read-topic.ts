import type { Client, ReadMessage } from "./client.ts";

const QUIET_MS = 700;

/** All that is in a topic, by partition, in its order: what has come when nothing more does. */
export async function readTopic(
  client: Client,
  topic: string,
  atLeast = 1,
): Promise<ReadonlyMap<number, readonly ReadMessage[]>> {
  const consumer = client.consumer({
    groupId: `reads-${crypto.randomUUID()}`,
    maxWaitTimeInMs: 50,
    retry: { retries: 5, initialRetryTime: 50 },
  });
  const found = new Map<number, ReadMessage[]>();
  let count = 0;
  let lastMs = Date.now();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 1,
    async eachBatch({ batch: { partition, messages } }) {
      const list = found.get(partition) ?? [];
      found.set(partition, list);
      list.push(...messages);
      count += messages.length;
      lastMs = Date.now();
      consumer.seek({ topic, partition, offset: String(Number(messages.at(-1)?.offset) + 1) });
    },
  });
  while (count < atLeast || Date.now() - lastMs < QUIET_MS)
    await new Promise((resolve) => setTimeout(resolve, 50));
  await consumer.disconnect();
  return found;
}
