import type { CloudClock } from "../../services.ts";
import { type AttributeTexts, attributesOf, isSettable } from "../attributes/settable.ts";
import { visibleCount } from "../queue/contents.ts";
import type { Queue } from "../queue/queue.ts";
import { settled } from "../queue/settled.ts";

/** Those that SQS itself sets. */
const MEASURED: Readonly<Record<string, (queue: Queue) => string>> = {
  QueueArn: ({ arn }) => arn,
  ApproximateNumberOfMessages: ({ contents }) => String(visibleCount(contents)),
  ApproximateNumberOfMessagesNotVisible: ({ contents }) => String(contents.inFlight.size),
  ApproximateNumberOfMessagesDelayed: ({ contents }) => String(contents.delayed.size),
  CreatedTimestamp: ({ createdAtMs }) => seconds(createdAtMs),
  LastModifiedTimestamp: ({ modifiedAtMs }) => seconds(modifiedAtMs),
};

/** Every attribute of a queue. Source: SQS API Reference, 'GetQueueAttributes'. */
export function describedQueue(queue: Queue, clock: CloudClock): AttributeTexts {
  settled(queue, clock);
  const measured = Object.entries(MEASURED).map(([name, of]) => [name, of(queue)] as const);
  return { ...Object.fromEntries(measured), ...attributesOf(queue.settings) };
}

export function isAttribute(name: string): boolean {
  return name === "All" || Object.hasOwn(MEASURED, name) || isSettable(name);
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}
