import type { JsonRequest } from "../../process/json-protocol.ts";
import { RequestError } from "../../process/request-error.ts";
import type { CloudClock } from "../../services.ts";
import { nextVisibleAtMs } from "./contents.ts";
import type { Message } from "./message.ts";
import type { Ask, Queue, Waiter } from "./queue.ts";
import { receiveNow } from "./receive.ts";

/** Brings messages to receivers, those who wait for them too. */
export interface Dispatch {
  /**
   * Answers at once when there is a message, and otherwise waits for one, until the client goes away at the latest.
   * A wait is a request's: it takes real seconds, whatever the clock's speed. `tell` reads a message at once: with a
   * timeout of zero the next receiver may have it before this one is answered.
   *
   * @throws RequestError OverLimit: a standard queue has as many messages in flight as it can have.
   */
  receive<T>(
    queue: Queue,
    ask: Ask,
    how: {
      readonly waitSeconds: number;
      readonly request: Pick<JsonRequest, "onGone">;
      readonly tell: (message: Message) => T;
    },
  ): Promise<readonly T[]>;
  /** Gives those who wait what there is now. To be called after whatever can have made a message visible. */
  serve(queue: Queue): void;
}

export function makeDispatch(options: {
  readonly clock: CloudClock;
  readonly inFlightLimit: number;
  readonly queueByArn: (arn: string) => Queue | undefined;
}): Dispatch {
  const { clock, inFlightLimit, queueByArn } = options;

  function take(
    queue: Queue,
    ask: Ask,
  ): { readonly messages: readonly Message[]; readonly after: () => void } {
    const arn = queue.settings.redrive?.deadLetterArn;
    const deadLetters = arn === undefined ? undefined : queueByArn(arn);
    const { messages, gaveUp } = receiveNow(queue, ask, { clock, deadLetters, inFlightLimit });
    return {
      messages,
      // Only once these messages have gone to their receiver: dead-letter queues may lead in a circle.
      after: () => {
        if (gaveUp && deadLetters !== undefined) serve(deadLetters);
      },
    };
  }

  function serve(queue: Queue): void {
    for (;;) {
      const [waiter] = queue.waiters;
      if (waiter === undefined) break;
      const { messages, after } = take(queue, waiter.ask);
      if (messages.length > 0) waiter.give(messages);
      after();
      if (messages.length === 0) break;
    }
    setWake(queue);
  }

  /** There is a timer while somebody waits and a message in the queue becomes visible by itself, and only then. */
  function setWake(queue: Queue): void {
    const atMs = queue.waiters.size === 0 ? undefined : nextVisibleAtMs(queue.contents);
    if (queue.wake?.atMs === atMs) return;
    queue.wake?.cancel();
    queue.wake = undefined;
    if (atMs === undefined) return;
    // A timer may be a little early: it would find nothing, and be set anew.
    const cancel = clock.after(Math.max(1, atMs - clock.now()) * clock.speed, () => {
      queue.wake = undefined;
      serve(queue);
    });
    queue.wake = { atMs, cancel };
  }

  return {
    async receive(queue, ask, { waitSeconds, request, tell }) {
      if (!queue.settings.fifo && queue.contents.inFlight.size >= inFlightLimit) {
        throw new RequestError(
          "OverLimit",
          `The queue has ${inFlightLimit} messages in flight, as many as it can.`,
        );
      }
      const { messages, after } = take(queue, ask);
      const told = messages.map(tell);
      after();
      setWake(queue);
      if (told.length > 0 || waitSeconds === 0) return told;
      return new Promise((resolve, reject) => {
        const end = (): void => {
          queue.waiters.delete(waiter);
          cancelTimeout();
          stopListening();
          setWake(queue);
        };
        const waiter: Waiter = {
          ask,
          give(given) {
            end();
            resolve(given.map(tell));
          },
          fail(error) {
            end();
            reject(error);
          },
        };
        const nothing = (): void => waiter.give([]);
        const cancelTimeout = clock.after(waitSeconds * 1_000 * clock.speed, nothing);
        const stopListening = request.onGone(nothing);
        queue.waiters.add(waiter);
        setWake(queue);
      });
    },
    serve,
  };
}
