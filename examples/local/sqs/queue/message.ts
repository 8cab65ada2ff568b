import type { Sent } from "../messages/sent-message.ts";

/** A message as it lies in one queue. Only `contents.ts` and what receives it write to it. */
export interface Message extends Sent {
  readonly id: string;
  /** Of FIFO queues. */
  readonly sequenceNumber?: string;
  readonly sentAtMs: number;
  /** Its retention counts from here: when it was sent, or moved into a FIFO queue. */
  readonly enqueuedAtMs: number;
  /** The queue that gave it up, when this is a dead-letter queue. */
  readonly deadLetterSourceArn?: string;
  /** Its place among the messages of this queue: rises with every arrival. */
  readonly order: number;
  state: "delayed" | "visible" | "in-flight" | "gone";
  /** Over all queues that it was in. */
  receiveCount: number;
  /** In this queue: what `maxReceiveCount` is compared with, and what tells one receipt from another. */
  receivedHere: number;
  firstReceivedAtMs?: number;
  lastReceivedAtMs?: number;
  /** The ReceiveRequestAttemptId that it came by, which is no good any more once the message is changed. */
  attemptId?: string;
}
