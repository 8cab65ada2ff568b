/**
 * An SQS event as Lambda delivers it. Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS". The types
 * and those of `@types/aws-lambda` can stand for each other, so its users need not install it.
 */
export interface SqsEvent {
  readonly Records: SqsRecord[];
}

export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: SqsRecordAttributes;
  readonly messageAttributes: { [name: string]: SqsMessageAttribute };
  readonly md5OfBody: string;
  readonly md5OfMessageAttributes?: string;
  readonly eventSource: string;
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export interface SqsRecordAttributes {
  readonly ApproximateReceiveCount: string;
  readonly SentTimestamp: string;
  readonly SenderId: string;
  readonly ApproximateFirstReceiveTimestamp: string;
  readonly AWSTraceHeader?: string | undefined;
  readonly SequenceNumber?: string | undefined;
  readonly MessageGroupId?: string | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly DeadLetterQueueSourceArn?: string | undefined;
}

export interface SqsMessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string | undefined;
  readonly binaryValue?: string | undefined;
  readonly stringListValues?: string[] | undefined;
  readonly binaryListValues?: string[] | undefined;
}

/** Tells Lambda which messages to leave in the queue. The mapping needs `FunctionResponseTypes: [ReportBatchItemFailures]`. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}
