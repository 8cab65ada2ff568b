import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { PlannedMessage } from "./chunks.ts";

export interface SendOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly clients: number;
  readonly signal: AbortSignal;
  readonly onSent: (sent: number, of: number) => void;
}

/** Sends every message and its repeats from several clients at once. Answers when each was sent first, by body. */
export async function send(
  messages: readonly PlannedMessage[],
  { sqs, queueUrl, clients, signal, onSent }: SendOptions,
): Promise<ReadonlyMap<string, number>> {
  const bodies = inOrder(messages);
  const sentMs = new Map<string, number>();
  let next = 0;
  let sent = 0;

  async function client(): Promise<void> {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      if (!sentMs.has(body)) sentMs.set(body, Date.now());
      const message = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body });
      await sqs.send(message, { abortSignal: signal });
      onSent(++sent, bodies.length);
    }
  }
  await Promise.all(Array.from({ length: clients }, client));
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
