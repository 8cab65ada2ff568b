import { setTimeout as wait } from "node:timers/promises";
import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { PlannedMessage } from "./transactions.ts";

export interface SendOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly signal: AbortSignal;
  /** Real milliseconds over which the messages are spread. */
  readonly overMs: number;
  readonly onSent: (sent: number, of: number) => void;
}

const BATCH = 10;

/** Sends every message and its repeats, ten at a time. Answers when each was sent first, by body. */
export async function send(
  messages: readonly PlannedMessage[],
  { sqs, queueUrl, signal, overMs, onSent }: SendOptions,
): Promise<ReadonlyMap<string, number>> {
  const bodies = inOrder(messages);
  const sentMs = new Map<string, number>();
  for (let from = 0; from < bodies.length; from += BATCH) {
    const some = bodies.slice(from, from + BATCH);
    for (const body of some) if (!sentMs.has(body)) sentMs.set(body, Date.now());
    const entries = some.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const batch = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries });
    const { Failed = [] } = await sqs.send(batch, { abortSignal: signal });
    if (Failed.length > 0) throw new Error(`SQS did not take a message: ${Failed[0]?.Message}`);
    onSent(Math.min(from + BATCH, bodies.length), bodies.length);
    await wait((overMs * BATCH) / bodies.length, undefined, { signal });
  }
  return sentMs;
}

/** Each repeat some places after its original. */
function inOrder(messages: readonly PlannedMessage[]): readonly string[] {
  return messages
    .flatMap(({ body, repeatsAfter }, index) => [
      { body, place: index },
      ...repeatsAfter.map((after) => ({ body, place: index + after + 0.5 })),
    ])
    .sort((a, b) => a.place - b.place)
    .map(({ body }) => body);
}
