/**
 * A Kinesis event as Lambda delivers it: of one shard, in order. Source: AWS Lambda Developer Guide, "Using Lambda to process
 * records from Amazon Kinesis Data Streams". The types and those of `@types/aws-lambda` can stand for each other.
 */
export interface KinesisEvent {
  readonly Records: KinesisRecord[];
}

export interface KinesisRecord {
  readonly awsRegion: string;
  readonly eventID: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly eventSourceARN: string;
  readonly eventVersion: string;
  readonly invokeIdentityArn: string;
  readonly kinesis: KinesisPayload;
}

export interface KinesisPayload {
  /** Epoch seconds, with a fraction. */
  readonly approximateArrivalTimestamp: number;
  /** Base64. */
  readonly data: string;
  readonly kinesisSchemaVersion: string;
  readonly partitionKey: string;
  readonly sequenceNumber: string;
}

/** Tells Lambda from where on a shard comes again. The mapping needs `FunctionResponseTypes: [ReportBatchItemFailures]`. */
export interface StreamBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}
