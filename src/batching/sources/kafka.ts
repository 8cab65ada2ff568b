import { at } from "../at.ts";
import type { ReceivedBatch } from "../engine/received-batch.ts";
import { isDone } from "../engine/record-facts.ts";
import type { BatchEnd } from "../engine/run-records.ts";
import { isObject } from "../engine/what-came.ts";
import type { BatchSource } from "../source.ts";
import type { KafkaBatchResponse, KafkaItemIdentifier, KafkaRecord } from "./kafka-event.ts";

/** Source: AWS Lambda Developer Guide, "Configuring error handling controls for Kafka event sources". */
export const kafka: BatchSource<KafkaRecord> = {
  name: "kafka",
  expected:
    'a Kafka event, { eventSource: "aws:kafka" or "SelfManagedKafka", records: { "topic-0": [{ offset, value, … }] } }',
  origins: ["aws:kafka", "SelfManagedKafka"],
  stopsAt: "lane",
  records(event) {
    const { eventSource, records }: { readonly eventSource?: unknown; readonly records?: unknown } = event;
    if (typeof eventSource !== "string" || !this.origins.includes(eventSource) || !isObject(records))
      return undefined;
    const lists: unknown[] = Object.values(records);
    return lists.every(Array.isArray) ? lists.flat() : undefined;
  },
  identifier: ({ topic, partition, offset }) =>
    typeof topic === "string" && Number.isInteger(partition) && Number.isInteger(offset)
      ? `${topic}-${partition}@${offset}`
      : undefined,
  laneOf: () => partitionOf,
  trace: ({ headers }) => traceparent(headers),
  body: ({ value }) => value ?? "",
  encoding: "base64",
};

/** The first record that is not done of each partition: from there on the partition comes again. */
export function kafkaFailures(batch: ReceivedBatch<KafkaRecord>, { outcomes }: BatchEnd): KafkaBatchResponse {
  const lowest = new Map<string, KafkaItemIdentifier>();
  outcomes.forEach((outcome, index) => {
    if (isDone(outcome)) return;
    const record = at(batch.records, index);
    const partition = partitionOf(record);
    const before = lowest.get(partition);
    if (before === undefined || record.offset < before.offset) {
      lowest.set(partition, { partition, offset: record.offset });
    }
  });
  return { batchItemFailures: [...lowest.values()].map((itemIdentifier) => ({ itemIdentifier })) };
}

function partitionOf({ topic, partition }: KafkaRecord): string {
  return `${topic}-${partition}`;
}

/** Source: W3C, "Trace Context: Kafka Protocol" (draft): the header `traceparent`, as text. */
function traceparent(headers: unknown): string | undefined {
  if (!Array.isArray(headers)) return undefined;
  const bytes: unknown = headers
    .map((header) => Object(header).traceparent)
    .find((value) => value !== undefined);
  return Array.isArray(bytes) ? String.fromCharCode(...bytes.slice(0, 100).map(Number)) : undefined;
}
