import { BodyInvalidError } from "./errors.ts";

/** Reads a record's body. What it throws is that record's failure. */
export interface Decoder<T> {
  decode(body: string): T | Promise<T>;
}

/**
 * Bodies that are JSON; the type is believed, not checked.
 *
 * For checked events: `eventDecoder` of `holdfast/events`.
 *
 * @throws BodyInvalidError (`BODY_INVALID`), which does not quote the text as the parser's own message does.
 * @example
 * ```ts
 * sqsBatch(storeOrder, { body: json<Order>() });
 * ```
 */
export function json<T>(): Decoder<T> {
  return {
    decode(body) {
      try {
        return JSON.parse(body);
      } catch {
        throw new BodyInvalidError("JSON");
      }
    },
  };
}

/**
 * Bodies as they are.
 *
 * @example
 * ```ts
 * sqsBatch(async (orderId, call) => cancelOrder(orderId, call), { body: text() });
 * ```
 */
export function text(): Decoder<string> {
  return { decode: (body) => body };
}
