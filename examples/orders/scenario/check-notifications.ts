import { invariant } from "../../local/run/invariant.ts";
import type { Invariant } from "../../local/run/scenario.ts";
import type { Item } from "../../local/run/tables.ts";
import { countedAgain, type LegLeft, reasonOf, reviewedAgain, triedAgain } from "./check-legs.ts";
import { type Effect, hasNoAddress } from "./effects.ts";
import { NO_ADDRESS } from "./notifications-server.ts";

/** What is left of the notifications of the marketplaces' orders. */
export interface NotificationsLeft extends LegLeft {
  /** By order id. */
  readonly notified: ReadonlyMap<string, Item>;
  /** What the system outside has sent, told by nobody but it. */
  readonly sent: readonly Effect[];
}

export function notificationInvariants(left: NotificationsLeft): readonly Invariant[] {
  return [
    invariant("one notification an order is sent, to whom it can be", notSentOnce(left)),
    invariant("every order is notified once by ADD", countedAgain(left.notified, left, "notifications")),
    invariant("what was sent is known here, and nothing else", notKnown(left)),
    invariant("who cannot be written to is before a person, and nobody else", wronglyRefused(left)),
    invariant("every refused order is before a person once by ADD", reviewedAgain(left, "notification")),
    invariant("a refusal is never tried again", triedAgain(left)),
  ];
}

export function notSentOnce({ accepted, sent }: NotificationsLeft): string[] {
  const counts = new Map<string, number>();
  for (const { orderId } of sent) counts.set(orderId, (counts.get(orderId) ?? 0) + 1);
  return accepted.flatMap(({ orderId, customerId }) => {
    const times = counts.get(orderId) ?? 0;
    return times === (hasNoAddress(customerId) ? 0 : 1) ? [] : [`${orderId}: ${times} times`];
  });
}

/** Orders whose notification is not the one that was sent. */
export function notKnown({ accepted, sent, notified }: NotificationsLeft): string[] {
  const ids = new Map(sent.map(({ orderId, id }) => [orderId, id]));
  return accepted.flatMap(({ orderId }) => {
    const known = notified.get(orderId)?.["notificationId"]?.S;
    return known === ids.get(orderId) ? [] : [`${orderId}: ${known} instead of ${ids.get(orderId)}`];
  });
}

export function wronglyRefused({ accepted, reviews }: NotificationsLeft): string[] {
  return accepted.flatMap((order) => {
    const reason = reasonOf(reviews, "notification", order);
    const expected = hasNoAddress(order.customerId) ? NO_ADDRESS : undefined;
    return reason === expected ? [] : [`${order.orderId}: ${reason ?? "not refused"}`];
  });
}
