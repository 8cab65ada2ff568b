import type { EventBridgeEvent } from "../batching/sources/eventbridge-event.ts";
import { type Call, deriveCall } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import type { EventDefinition } from "./definition.ts";
import { type EventInfo, receive } from "./received.ts";

/** What a call carries beneath `onEvent`. */
export interface WithEvent {
  readonly event: EventInfo;
}

/**
 * Narrows a function to one kind of event: it gets the checked detail, and what the event says of itself on its call.
 *
 * Anything else is refused with an error that is not retryable, `EVENT_UNEXPECTED` or `EVENT_INVALID`, before the
 * function runs; give the function an on-failure destination, where the event then ends up with its reason.
 *
 * @example
 * ```ts
 * const onOrderPlaced = onEvent(orderPlaced, async (order, call) => saveOrder(order, call.event.time, call));
 * export const handler = wrapHandler(onOrderPlaced, logged());
 * ```
 */
export function onEvent<T, R, C extends Call>(
  definition: EventDefinition<T>,
  fn: Fn<T, R, C & WithEvent>,
): Fn<EventBridgeEvent, R, C> {
  if (typeof definition?.check !== "function") {
    throw new InvalidOptionError(
      "onEvent",
      "its first argument must be an event definition: defineEvent({ … })",
    );
  }
  if (typeof fn !== "function")
    throw new InvalidOptionError("onEvent", "its second argument must be a function");
  return async (input, call) => {
    const { detail, ...event } = await receive(definition, input);
    return fn(detail, deriveCall(call, {}, { event }));
  };
}
