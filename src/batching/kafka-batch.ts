import type { Call } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { bodyReader, readingRecord } from "./decoding/decode-record.ts";
import { type Decoder, json } from "./decoding/decoder.ts";
import { batchFn } from "./engine/batch-fn.ts";
import type { RecordCall } from "./engine/record-call.ts";
import { type BatchOptions, checkDecoder, checkedLimits } from "./options.ts";
import { kafka, kafkaFailures } from "./sources/kafka.ts";
import type { KafkaBatchResponse, KafkaEvent, KafkaRecord } from "./sources/kafka-event.ts";

export interface KafkaBatchOptions<T> extends BatchOptions<KafkaRecord> {
  /** How to read a record's value, whose base64 is taken off. Default: `json()`. A tombstone's value is empty: `orNull(json())`. */
  readonly body?: Decoder<T>;
}

/**
 * Turns a function of one record into one of a Kafka event (MSK, self-managed, Azure Event Hubs), which reports from which offset on each
 * partition comes again.
 *
 * Records of one topic's partition run in order, partitions beside each other up to `concurrency`. After a failure only that
 * partition's later records come again, and none of them has run.
 *
 * The event source mapping needs provisioned mode and must say `FunctionResponseTypes: [ReportBatchItemFailures]`: without it Lambda takes every
 * answer for success.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs, for an event that is not of Kafka.
 * @example
 * ```ts
 * export const handler = wrapHandler(kafkaBatch(storeOrder), logged());
 * ```
 */
export function kafkaBatch<T>(
  fn: Fn<T, unknown, RecordCall<KafkaRecord>>,
  options: KafkaBatchOptions<T> = {},
): Fn<KafkaEvent, KafkaBatchResponse, Call> {
  const where = "kafkaBatch";
  const limits = checkedLimits(where, fn, options, { known: ["body"] });
  const { body = json<T>(), poison } = options;
  checkDecoder(where, "body", body);
  const work = readingRecord(bodyReader(kafka, body), fn);
  return batchFn({ where, source: kafka, work, limits, poison, respond: kafkaFailures });
}
