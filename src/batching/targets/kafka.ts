import type { Call } from "../../core/call.ts";
import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { BulkTarget, EntryOutcome } from "../sender/bulk-target.ts";
import { checkName } from "./checks.ts";
import { sendApart } from "./send-apart.ts";

/** A message as kafkajs takes it, and the client of its shape that Confluent makes. */
export interface KafkaMessage {
  /** Those of one key go to one partition, in order. */
  readonly key?: string | Uint8Array | null;
  /** `null` deletes the key from a compacted topic. */
  readonly value: string | Uint8Array | null;
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string | Uint8Array>>;
  /** Epoch milliseconds. */
  readonly timestamp?: string;
}

/** What is asked of a connected producer. */
export interface KafkaProducer {
  send(record: { topic: string; messages: never[] }): Promise<unknown>;
}

export interface KafkaTargetOptions {
  /** `kafka.producer()` of kafkajs, or another of its shape, connected. Of kafkajs without `idempotent`, which can lose messages. */
  readonly producer: KafkaProducer;
  readonly topic: string;
  /** Messages of one request. Default: 500. */
  readonly maxMessages?: number;
  /** Bytes of all messages of one request, uncompressed; keep it below the topic's `max.message.bytes`. Default: 1,000,000. */
  readonly maxBytes?: number;
}

/** What the record format adds to a message, and to each of its headers, at most. Source: Apache Kafka, "Message Format". */
const RECORD_BYTES = 64;
const HEADER_BYTES = 10;

/**
 * What a broker refuses a batch of records for, which may be about one of them, or about all of them together: MESSAGE_TOO_LARGE,
 * RECORD_LIST_TOO_LARGE, INVALID_TIMESTAMP, INVALID_RECORD. Source: Apache Kafka, "Protocol Guide", error codes.
 */
const REFUSALS: ReadonlySet<unknown> = new Set([10, 18, 32, 87]);

/**
 * A Kafka topic as a bulk sender's target, one request of the producer's `send` for each batch.
 *
 * Messages of one key go in order: together in a request, whose record batches Kafka writes whole or not at all, and never in
 * two requests at once. At least once: a request whose answer was lost, or of which one partition was not written, is sent again
 * whole. A deadline that passes leaves the request behind, for a producer cannot be stopped: `ENTRY_OUTCOME_UNKNOWN`. A message
 * that the broker refuses (`MESSAGE_TOO_LARGE`, `INVALID_RECORD`) fails alone, not with the others of its request.
 *
 * @example
 * ```ts
 * const topic = kafkaTarget({ producer, topic: "order-events" });
 * await bulkSender(topic).send([{ key: order.orderId, value: JSON.stringify(order) }], call);
 * ```
 */
export function kafkaTarget(options: KafkaTargetOptions): BulkTarget<KafkaMessage> {
  checkRequiredOptions("kafkaTarget", options, ["producer", "topic", "maxMessages", "maxBytes"]);
  const { producer, topic, maxMessages = 500, maxBytes = 1_000_000 } = options;
  if (typeof producer?.send !== "function") {
    throw new InvalidOptionError("kafkaTarget", "producer must be a connected producer: kafka.producer()");
  }
  checkName("kafkaTarget", "topic", topic);
  checkNumber("kafkaTarget", "maxMessages", maxMessages, { min: 1, integer: true });
  checkNumber("kafkaTarget", "maxBytes", maxBytes, { min: 1 });

  return {
    name: `Kafka topic ${topic}`,
    maxEntries: maxMessages,
    maxBytes,
    sizeOf: messageBytes,
    orderKey,
    keepsOrder: true,
    send: (messages, call) => sendApart(messages, (some) => put(some, call), isRefusal, { inOrder: true }),
  };

  async function put(messages: readonly KafkaMessage[], call: Call): Promise<readonly EntryOutcome[]> {
    // A producer knows of no call: when it is over, no half of a request that was refused is sent any more.
    call.signal.throwIfAborted();
    try {
      // A message's own fields are those of every client of this shape; `never` is what their types share.
      await producer.send({ topic, messages: messages.map(asBuffers) as never[] });
      return messages.map(() => ({ ok: true }));
    } catch (error) {
      if (isRefusal(error) || !isFinal(error)) throw error;
      return messages.map(() => ({ ok: false, error, retryable: false }));
    }
  }
}

/** kafkajs takes any other array of bytes for a text: "104,105". */
function asBuffers(message: KafkaMessage): KafkaMessage {
  const { key, value, headers } = message;
  const texts = [key, value, ...Object.values(headers ?? {})];
  if (!texts.some((text) => text instanceof Uint8Array && !Buffer.isBuffer(text))) return message;
  return {
    ...message,
    ...(key === undefined ? {} : { key: asBuffer(key) }),
    value: asBuffer(value),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, asBuffer(text)])),
        }),
  };
}

function asBuffer<Text>(text: Text): Text | Buffer {
  return text instanceof Uint8Array ? Buffer.from(text.buffer, text.byteOffset, text.byteLength) : text;
}

/** Without a key the partition decides; without either there is no order. */
function orderKey({ key, partition }: KafkaMessage): string | undefined {
  if (typeof key === "string") return `K${key}`;
  if (key !== undefined && key !== null) return `K${Buffer.from(key).toString()}`;
  return partition === undefined ? undefined : `P${partition}`;
}

function messageBytes({ key, value, headers = {} }: KafkaMessage): number {
  let bytes = RECORD_BYTES + textBytes(key) + textBytes(value);
  for (const [name, header] of Object.entries(headers)) {
    bytes += HEADER_BYTES + Buffer.byteLength(name) + textBytes(header);
  }
  return bytes;
}

function textBytes(text: string | Uint8Array | null | undefined): number {
  return text === null || text === undefined ? 0 : Buffer.byteLength(text);
}

/** Whether the broker says so of a batch: by its code, which both kinds of clients give as `code`. */
function isRefusal(error: unknown): boolean {
  return REFUSALS.has(Object(error).code);
}

/**
 * Whether the client says that trying again cannot help. One that has given up after its own retries says so too, and
 * means its own: what it tried to get over passes with time.
 */
function isFinal(error: unknown): boolean {
  const { retriable, name }: { readonly retriable?: unknown; readonly name?: unknown } = Object(error);
  return retriable === false && name !== "KafkaJSNumberOfRetriesExceeded";
}
