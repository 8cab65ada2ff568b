import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { BodyInvalidError } from "../errors.ts";
import { isEventBridgeEvent } from "../sources/eventbridge-event.ts";
import { checkSchema, type Decoder, parsed } from "./decoder.ts";
import { checked, type StandardSchema } from "./standard-schema.ts";

/** More than this, unpacked, is not what a record of at most some megabytes should become. */
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Text bodies that are base64, as what is inside.
 *
 * Kinesis and Kafka give all data as base64; that is taken off already.
 *
 * @throws BodyInvalidError (`BODY_INVALID`) for a body with other characters, of which something else would be made.
 * @example
 * ```ts
 * sqsBatch(storeOrder, { body: base64(json<Order>()) });
 * ```
 */
export function base64<T>(inner: Decoder<T>): Decoder<T> {
  checkInner("base64", inner);
  return {
    decode(body) {
      if (NOT_BASE64.test(body)) throw new BodyInvalidError("base64");
      return ofBase64(inner, body);
    },
  };
}

/** What is of neither alphabet (RFC 4648), no padding and no line break. */
const NOT_BASE64 = /[^\w+/=\s-]/;

/**
 * Bodies that are gzipped: of Kinesis and Kafka the data itself, of a queue base64 of it.
 *
 * `maxBytes` (default: 64 MiB) is what a body may become: a small one can unpack to gigabytes.
 *
 * @throws BodyInvalidError (`BODY_INVALID`) for what is not gzip, or becomes more.
 * @example
 * ```ts
 * kinesisBatch(storeOrder, { body: gzip(json<Order>()) });
 * ```
 */
export function gzip<T>(inner: Decoder<T>, options: { readonly maxBytes?: number } = {}): Decoder<T> {
  checkInner("gzip", inner);
  checkOptions("gzip", options, ["maxBytes"]);
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  checkNumber("gzip", "maxBytes", maxBytes, { min: 1, integer: true });
  function decode(data: string): T | Promise<T> {
    const { gunzipSync } = process.getBuiltinModule("node:zlib");
    let unpacked: Buffer;
    try {
      unpacked = gunzipSync(Buffer.from(data, "base64"), { maxOutputLength: maxBytes });
    } catch {
      throw new BodyInvalidError(`gzip of at most ${maxBytes} bytes`);
    }
    return inner.decodeBase64 === undefined
      ? inner.decode(textOf(unpacked))
      : inner.decodeBase64(unpacked.toString("base64"));
  }
  return { decode, decodeBase64: decode };
}

/**
 * The message inside an SNS notification, as a topic puts it into a queue without raw delivery.
 *
 * @throws BodyInvalidError (`BODY_INVALID`) for another body: one that was delivered raw, for instance.
 * @example
 * ```ts
 * sqsBatch(storeOrder, { body: snsMessage(json<Order>()) });
 * ```
 */
export function snsMessage<T>(inner: Decoder<T>): Decoder<T> {
  checkInner("snsMessage", inner);
  return {
    decode(body) {
      const { Type: type, Message: message } = Object(parsed(body)) as { Type?: unknown; Message?: unknown };
      if (type !== "Notification" || typeof message !== "string") {
        throw new BodyInvalidError('an SNS notification, { Type: "Notification", Message }');
      }
      return inner.decode(message);
    },
  };
}

/**
 * The detail of an event that a rule put into a queue.
 *
 * Without a schema its type is believed. For events that are defined: `eventDecoder` of `holdfast/events`, which also checks source, type and version.
 *
 * @throws BodyInvalidError (`BODY_INVALID`) for another body: one that an input transformer has changed, for instance.
 * @example
 * ```ts
 * sqsBatch(storeOrder, { body: eventBridgeDetail<Order>() });
 * ```
 */
export function eventBridgeDetail<T>(schema?: StandardSchema<T>): Decoder<T> {
  checkSchema("eventBridgeDetail", schema);
  return {
    decode(body) {
      const event = parsed(body);
      if (!isEventBridgeEvent(event)) {
        throw new BodyInvalidError("an EventBridge event, { id, source, detail-type, time, detail }");
      }
      // Without a schema, the caller says what it is.
      return schema === undefined ? (event.detail as T) : checked(schema, event.detail, "a detail");
    },
  };
}

/**
 * Bodies that may be empty, as null: Kafka's tombstones, which say that a key is gone.
 *
 * @example
 * ```ts
 * kafkaBatch(async (order: Order | null, call) => {
 *   const orderId = Buffer.from(call.record.key ?? "", "base64").toString();
 *   if (order === null) await deleteOrder(orderId, call);
 *   else await storeOrder(order, call);
 * }, { body: orNull(json<Order>()) });
 * ```
 */
export function orNull<T>(inner: Decoder<T>): Decoder<T | null> {
  checkInner("orNull", inner);
  return {
    decode: (body) => (body === "" ? null : inner.decode(body)),
    decodeBase64: (data) => (data === "" ? null : ofBase64(inner, data)),
  };
}

/** What a decoder makes of bytes in base64. */
export function ofBase64<T>(decoder: Decoder<T>, data: string): T | Promise<T> {
  return decoder.decodeBase64 === undefined
    ? decoder.decode(textOf(Buffer.from(data, "base64")))
    : decoder.decodeBase64(data);
}

/** What stands for bytes that are no text; a text may hold it itself. */
const REPLACEMENT = "\ufffd";

/** Bytes as text. What is not UTF-8 (gzip, Latin-1) would come with other letters than it was written with. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  if (text.includes(REPLACEMENT) && !bytes.equals(Buffer.from(text))) {
    throw new BodyInvalidError("text in UTF-8");
  }
  return text;
}

function checkInner(where: string, inner: unknown): void {
  if (typeof (inner as { readonly decode?: unknown } | null | undefined)?.decode === "function") return;
  throw new InvalidOptionError(where, "it takes the decoder of what is inside, such as json()");
}
