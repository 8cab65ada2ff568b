import { InvalidOptionError } from "../core/errors.ts";
import { problem } from "./check-result.ts";
import type { EventDefinition } from "./definition.ts";
import { EventInvalidError } from "./errors.ts";
import { type ReceivedEvent, receive } from "./received.ts";

/** Reads the body of a queue's message: what `sqsBatch` and `sqsBulk` take as `body`. */
export interface EventDecoder<T> {
  decode(body: string): Promise<ReceivedEvent<T>>;
}

/**
 * Reads events that a rule put into a queue: the body is EventBridge's envelope.
 *
 * What is not such an event fails its own record with `EVENT_UNEXPECTED` or `EVENT_INVALID`.
 *
 * @example
 * ```ts
 * sqsBatch(async (placed, call) => saveOrder(placed.detail, placed.time, call), { body: eventDecoder(orderPlaced) });
 * ```
 */
export function eventDecoder<T>(definition: EventDefinition<T>): EventDecoder<T> {
  if (typeof definition?.check !== "function") {
    throw new InvalidOptionError("eventDecoder", "it takes an event definition: defineEvent({ … })");
  }
  return { decode: async (body) => receive(definition, parse(definition, body)) };
}

function parse(definition: EventDefinition<unknown>, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the text.
    const { source, type } = definition;
    throw new EventInvalidError(`The body where ${source} ${type} was expected`, [
      problem("", "json", "must be JSON"),
    ]);
  }
}
