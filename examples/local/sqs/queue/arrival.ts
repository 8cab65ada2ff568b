/** How messages come into a queue: sent, given up by another queue, or moved back from a dead-letter queue. */
import { randomUUID } from "node:crypto";
import type { CloudClock } from "../../services.ts";
import type { Outgoing, Sent } from "../messages/sent-message.ts";
import { realMs } from "./cloud-time.ts";
import { add } from "./contents.ts";
import type { Message } from "./message.ts";
import type { Accepted, Queue } from "./queue.ts";

/** SQS Developer Guide, 'Exactly-once processing in Amazon SQS': the deduplication interval. */
const DEDUPLICATION_SECONDS = 300;

/** Takes a message in, or answers as for the first one when a FIFO queue has accepted its like. */
export function send(queue: Queue, { md5: _, delaySeconds, ...sent }: Outgoing, clock: CloudClock): Accepted {
  const nowMs = clock.now();
  const key = deduplicationKey(queue, sent);
  const earlier = key === undefined ? undefined : queue.accepted.get(key, nowMs);
  if (earlier !== undefined) return earlier;
  const visibleAtMs = nowMs + realMs(clock, delaySeconds ?? queue.settings.delaySeconds);
  const { id, sequenceNumber } = arrive(queue, { ...sent, ...freshIn(nowMs) }, visibleAtMs, nowMs);
  const accepted = { id, ...(sequenceNumber === undefined ? {} : { sequenceNumber }) };
  if (key !== undefined) {
    queue.accepted.set(key, accepted, nowMs + realMs(clock, DEDUPLICATION_SECONDS));
  }
  return accepted;
}

/**
 * Takes in what another queue has given up. It keeps its id, counts its receives on, and comes without delay.
 *
 * In a FIFO queue its id is its deduplication id, and its retention begins anew (SQS Developer Guide, 'Configuring a
 * dead-letter queue redrive', 'Setting-up dead-letter queue retention').
 */
export function giveUp(
  { attemptId: _, ...message }: Message,
  source: Queue,
  deadLetters: Queue,
  nowMs: number,
): void {
  const { fifo } = deadLetters.settings;
  const moved = { ...message, receivedHere: 0, deadLetterSourceArn: source.arn };
  const inFifo = fifo ? { deduplicationId: message.id, enqueuedAtMs: nowMs } : {};
  arrive(deadLetters, { ...moved, ...inFifo }, nowMs, nowMs);
}

/** Takes in what a move task brings: a new message, with an id and a time of its own. */
export function redrive(message: Message, target: Queue, clock: CloudClock): void {
  const nowMs = clock.now();
  const { body, bodyMd5, attributes, traceHeader, groupId, deduplicationId } = message;
  const sent: Sent = {
    body,
    bodyMd5,
    attributes,
    ...(traceHeader === undefined ? {} : { traceHeader }),
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
  };
  const visibleAtMs = nowMs + realMs(clock, target.settings.delaySeconds);
  arrive(target, { ...sent, ...freshIn(nowMs) }, visibleAtMs, nowMs);
}

type Arriving = Omit<Message, "order" | "state" | "sequenceNumber">;

function arrive(queue: Queue, message: Arriving, visibleAtMs: number, nowMs: number): Message {
  queue.arrivals += 1;
  const arrived: Message = {
    ...message,
    order: queue.arrivals,
    state: "visible",
    ...(queue.settings.fifo ? { sequenceNumber: sequenceNumber(queue.arrivals) } : {}),
  };
  add(queue.contents, arrived, visibleAtMs, nowMs);
  return arrived;
}

function freshIn(nowMs: number) {
  return { id: randomUUID(), sentAtMs: nowMs, enqueuedAtMs: nowMs, receiveCount: 0, receivedHere: 0 };
}

/** 20 digits, not consecutive. */
function sequenceNumber(arrival: number): string {
  return `1${String(arrival * 256).padStart(19, "0")}`;
}

function deduplicationKey({ settings }: Queue, { groupId, deduplicationId }: Sent): string | undefined {
  if (deduplicationId === undefined) return undefined;
  return settings.deduplicationScope === "queue" ? deduplicationId : `${groupId} ${deduplicationId}`;
}
