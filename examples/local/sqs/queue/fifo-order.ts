import { type Contents, rank } from "./contents.ts";
import type { Message } from "./message.ts";

/**
 * Offers the messages of a FIFO queue in order: as many of one group as there is room for, then the next group's.
 * `take` puts a message in flight or out of the queue, and says whether it went to the receiver.
 *
 * Source: SQS Developer Guide, 'FIFO queue delivery logic'.
 */
export function takeInOrder(contents: Contents, most: number, take: (message: Message) => boolean): void {
  let taken = 0;
  while (taken < most) {
    const lane = contents.ready.first();
    if (lane === undefined) return;
    for (let next = lane.visible.first(); next !== undefined && taken < most; next = lane.visible.first()) {
      if (take(next)) taken += 1;
    }
    rank(contents, lane);
  }
}
