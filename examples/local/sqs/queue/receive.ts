import type { CloudClock } from "../../services.ts";
import { giveUp } from "./arrival.ts";
import { realMs } from "./cloud-time.ts";
import { hide, remove } from "./contents.ts";
import { takeFairly } from "./fair-order.ts";
import { takeInOrder } from "./fifo-order.ts";
import type { Message } from "./message.ts";
import type { Ask, Attempt, Queue } from "./queue.ts";
import { settled } from "./settled.ts";

/** SQS API Reference, 'ReceiveMessage': how long a ReceiveRequestAttemptId is good for. */
const ATTEMPT_SECONDS = 300;

/**
 * Receives what there is right now. Messages that were received as often as they may be go to the dead-letter queue
 * instead; `gaveUp` says that some did.
 */
export function receiveNow(
  queue: Queue,
  ask: Ask,
  on: {
    readonly clock: CloudClock;
    readonly deadLetters: Queue | undefined;
    /** Messages in flight that a queue can have. */
    readonly inFlightLimit: number;
  },
): { readonly messages: readonly Message[]; readonly gaveUp: boolean } {
  const { settings, attempts } = queue;
  const { clock, deadLetters } = on;
  const nowMs = clock.now();
  const contents = settled(queue, clock);
  const untilMs = nowMs + realMs(clock, ask.visibilityTimeoutSeconds);

  const before = ask.attemptId === undefined ? undefined : attempts.get(ask.attemptId, nowMs);
  if (before !== undefined && isUnchanged(before)) {
    for (const message of before.messages) hide(contents, message, untilMs);
    return { messages: before.messages, gaveUp: false };
  }

  const messages: Message[] = [];
  const givenUp: Message[] = [];
  const maxReceiveCount = deadLetters && settings.redrive?.maxReceiveCount;
  const take = (message: Message): boolean => {
    if (maxReceiveCount !== undefined && message.receivedHere >= maxReceiveCount) {
      remove(contents, message);
      givenUp.push(message);
      return false;
    }
    message.receiveCount += 1;
    message.receivedHere += 1;
    message.firstReceivedAtMs ??= nowMs;
    message.lastReceivedAtMs = nowMs;
    hide(contents, message, untilMs);
    messages.push(message);
    return true;
  };
  const most = Math.min(ask.most, on.inFlightLimit - contents.inFlight.size);
  if (settings.fifo) takeInOrder(contents, most, take);
  else takeFairly(contents, most, take);

  if (deadLetters !== undefined) {
    for (const message of givenUp) giveUp(message, queue, deadLetters, nowMs);
  }
  if (ask.attemptId !== undefined && messages.length > 0) {
    const receipts = messages.map(({ receivedHere }) => receivedHere);
    attempts.set(ask.attemptId, { messages, receipts }, nowMs + realMs(clock, ATTEMPT_SECONDS));
    for (const message of messages) message.attemptId = ask.attemptId;
  }
  return { messages, gaveUp: givenUp.length > 0 };
}

function isUnchanged({ messages, receipts }: Attempt): boolean {
  return messages.every(
    ({ state, receivedHere }, index) => state === "in-flight" && receivedHere === receipts[index],
  );
}
