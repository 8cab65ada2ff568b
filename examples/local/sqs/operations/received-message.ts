import { attributesMd5, chosenAttributes } from "../messages/message-attributes.ts";
import type { Message } from "../queue/message.ts";
import { writeHandle } from "../queue/receipt-handle.ts";

/** Who sends here: there is one caller. AWS's ids look like this one. */
const SENDER_ID = "AIDALOCALCLOUD0000000";

/** What a receiver asked to be told with each message. */
export interface Wanted {
  readonly system: readonly string[];
  readonly attributes: readonly string[];
}

const SYSTEM: Readonly<Record<string, (message: Message) => string | undefined>> = {
  ApproximateFirstReceiveTimestamp: ({ firstReceivedAtMs }) => text(firstReceivedAtMs),
  ApproximateReceiveCount: ({ receiveCount }) => String(receiveCount),
  AWSTraceHeader: ({ traceHeader }) => traceHeader,
  DeadLetterQueueSourceArn: ({ deadLetterSourceArn }) => deadLetterSourceArn,
  MessageDeduplicationId: ({ deduplicationId }) => deduplicationId,
  MessageGroupId: ({ groupId }) => groupId,
  SenderId: () => SENDER_ID,
  SentTimestamp: ({ sentAtMs }) => text(sentAtMs),
  SequenceNumber: ({ sequenceNumber }) => sequenceNumber,
};

export function isSystemAttribute(name: string): boolean {
  return name === "All" || Object.hasOwn(SYSTEM, name);
}

/** A message as ReceiveMessage gives it: with what was asked for, and the MD5 of just that. */
export function receivedMessage(message: Message, queueKey: string, wanted: Wanted): object {
  const all = wanted.system.includes("All");
  const system = Object.entries(SYSTEM).flatMap(([name, of]) => {
    const value = all || wanted.system.includes(name) ? of(message) : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  const attributes = chosenAttributes(message.attributes, wanted.attributes);
  const md5 = attributesMd5(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: writeHandle({ queueKey, messageId: message.id, receipt: message.receivedHere }),
    Body: message.body,
    MD5OfBody: message.bodyMd5,
    ...(system.length === 0 ? {} : { Attributes: Object.fromEntries(system) }),
    ...(md5 === undefined ? {} : { MessageAttributes: attributes, MD5OfMessageAttributes: md5 }),
  };
}

function text(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : String(Math.floor(ms));
}
