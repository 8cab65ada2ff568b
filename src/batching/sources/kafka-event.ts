/**
 * A Kafka event as Lambda delivers it, of one or more partitions; within one in order. Sources: AWS Lambda Developer Guide,
 * "Using Lambda with Amazon MSK" and "Using Lambda with self-managed Apache Kafka", which is also how Azure Event Hubs come.
 */
export interface KafkaEvent {
  readonly eventSource: "aws:kafka" | "SelfManagedKafka";
  /** Of MSK alone. */
  readonly eventSourceArn?: string | undefined;
  readonly bootstrapServers: string;
  /** By `<topic>-<partition>`. */
  readonly records: { [topicPartition: string]: KafkaRecord[] };
}

export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly timestampType: "CREATE_TIME" | "LOG_APPEND_TIME";
  /** Base64. */
  readonly key?: string | null | undefined;
  /** Base64; a tombstone has none. */
  readonly value?: string | null | undefined;
  /** Values are bytes. */
  readonly headers: { [name: string]: number[] }[];
}

/**
 * Tells Lambda from which offset on each partition comes again. Source: AWS Lambda Developer Guide, "Configuring error handling controls
 * for Kafka event sources"; the mapping needs provisioned mode and `FunctionResponseTypes: [ReportBatchItemFailures]`.
 */
export interface KafkaBatchResponse {
  batchItemFailures: { itemIdentifier: KafkaItemIdentifier }[];
}

export interface KafkaItemIdentifier {
  /** `<topic>-<partition>`, as in the event. */
  partition: string;
  offset: number;
}
