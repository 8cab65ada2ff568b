import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** What a queue takes in one request. */
const AT_ONCE = 10;
/** Requests under way. */
const SENDERS = 4;

/** This share of a task's copies comes within so many messages of its first: workers must meet at a key, also frozen ones. */
const [NEAR_SHARE, NEAR] = [0.3, 150];

/** Every task as often as it is delivered, in an order of chance. */
export function deliveriesOf(
  tasks: readonly string[],
  deliveries: number,
  random: () => number,
): readonly string[] {
  const placed = tasks.flatMap((task) => {
    const first = random();
    return Array.from({ length: deliveries }, (_, n) => {
      if (n === 0) return { task, place: first };
      const isNear = random() < NEAR_SHARE;
      return {
        task,
        place: isNear ? first + (random() ** 2 * NEAR) / (tasks.length * deliveries) : random(),
      };
    });
  });
  return placed.sort((a, b) => a.place - b.place).map(({ task }) => task);
}

/** Sends them in their order, as far as several senders keep one. */
export async function feed(
  client: SQSClient,
  queueUrl: string,
  tasks: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  let next = 0;
  async function send(): Promise<void> {
    while (next < tasks.length && !signal.aborted) {
      const batch = tasks.slice(next, next + AT_ONCE);
      next += batch.length;
      const Entries = batch.map((task, n) => ({ Id: String(n), MessageBody: JSON.stringify({ task }) }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      if (Failed.length > 0) throw new Error(`the queue refused a message: ${Failed[0]?.Message}`);
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, send));
}
