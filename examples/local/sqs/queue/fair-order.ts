import { type Contents, type Lane, rank } from "./contents.ts";
import type { Message } from "./message.ts";

/** SQS Developer Guide, 'How Amazon SQS fair queues work': the measure of concurrency. */
const NOISY_IN_FLIGHT = 30;
const NOISY_SHARE = 0.1;

/**
 * Offers the messages of a standard queue, the oldest first, but those of noisy groups after all others, and of
 * these the group's with the fewest in flight first. At most nine groups can be noisy at once, so that no more
 * than these are passed over. `take` puts a message in flight or out of the queue, and says whether it went to
 * the receiver.
 *
 * AWS has a second measure, the time that consumers spend on a group, which is not taken here.
 *
 * Source: SQS Developer Guide, 'How Amazon SQS fair queues work'.
 */
export function takeFairly(contents: Contents, most: number, take: (message: Message) => boolean): void {
  const noisy: Lane[] = [];
  let taken = 0;
  const takeFrom = (lane: Lane): void => {
    const next = lane.visible.first();
    if (next !== undefined && take(next)) taken += 1;
  };
  while (taken < most) {
    const lane = contents.ready.first();
    if (lane === undefined) break;
    if (isNoisy(contents, lane)) {
      noisy.push(lane);
      contents.ready.delete(lane);
    } else takeFrom(lane);
  }
  for (const lane of noisy) rank(contents, lane);
  while (taken < most) {
    const [least] = noisy.filter(({ visible }) => visible.size > 0).sort((a, b) => a.inFlight - b.inFlight);
    if (least === undefined) return;
    takeFrom(least);
  }
}

/** A message without a group is a tenant of its own, and never noisy. */
function isNoisy({ inFlight }: Contents, lane: Lane): boolean {
  if (lane.key === undefined || lane.inFlight < NOISY_IN_FLIGHT) return false;
  return lane.inFlight > NOISY_SHARE * inFlight.size;
}
