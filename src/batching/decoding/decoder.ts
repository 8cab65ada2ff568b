import { InvalidOptionError } from "../../core/errors.ts";
import { BodyInvalidError } from "../errors.ts";
import { checked, isStandardSchema, type StandardSchema } from "./standard-schema.ts";

/** Reads a record's body. What it throws is that record's failure. */
export interface Decoder<T> {
  decode(body: string): T | Promise<T>;
  /** Reads bytes that the source gives as base64 (Kinesis, Kafka). Default: `decode` of their text. */
  decodeBase64?(data: string): T | Promise<T>;
}

/**
 * Bodies that are JSON.
 *
 * Without a schema the type is believed, not checked. With one the function gets what the schema makes of the body: with defaults and conversions, if it has any. For
 * JSON Schema there is `jsonSchema`, for events of EventBridge `eventDecoder`, both of `holdfast/events`.
 *
 * @throws BodyInvalidError (`BODY_INVALID`), which does not quote the text as the parser's own message does.
 * @example
 * ```ts
 * sqsBatch(storeOrder, { body: json<Order>() });
 * ```
 */
export function json<T>(schema?: StandardSchema<T>): Decoder<T> {
  checkSchema("json", schema);
  return {
    decode(body) {
      const value = parsed(body);
      // Without a schema, the caller says what it is.
      return schema === undefined ? (value as T) : checked(schema, value, "JSON");
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

/**
 * The bytes of a body: of Kinesis and Kafka the data itself, of a queue its text in UTF-8.
 *
 * @example
 * ```ts
 * kinesisBatch(async (frame, call) => storeFrame(frame, call), { body: bytes() });
 * ```
 */
export function bytes(): Decoder<Uint8Array> {
  return { decode: (body) => Buffer.from(body), decodeBase64: (data) => Buffer.from(data, "base64") };
}

/** What `parsed` gives of a text that is JSON. @throws BodyInvalidError */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new BodyInvalidError("JSON");
  }
}

/** Refuses a schema that is none where it is given. */
export function checkSchema(where: string, schema: unknown): void {
  if (schema === undefined || isStandardSchema(schema)) return;
  throw new InvalidOptionError(where, "its schema must follow Standard Schema, or come from jsonSchema(…)");
}
