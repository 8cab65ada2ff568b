export { type AggregateOptions, aggregate } from "./aggregate.ts";
export { contentId } from "./content-id.ts";
export { bytes, type Decoder, json, text } from "./decoding/decoder.ts";
export { base64, eventBridgeDetail, gzip, orNull, snsMessage } from "./decoding/decoder-layers.ts";
export type { StandardIssue, StandardResult, StandardSchema } from "./decoding/standard-schema.ts";
export { type ItemDecoder, unmarshalled } from "./decoding/unmarshalled.ts";
export {
  type DynamoDBChange,
  type DynamoDBStreamBatchOptions,
  dynamoStreamBatch,
} from "./dynamodb-stream-batch.ts";
export type { RecordCall } from "./engine/record-call.ts";
export type { RecordOutcome } from "./engine/record-facts.ts";
export {
  BodyInvalidError,
  EarlierRecordFailedError,
  PoisonNotWrittenError,
  RecordsFailedError,
  WrongEventError,
} from "./errors.ts";
export { type EventBridgeEventsOptions, eventBridgeEvents } from "./eventbridge-events.ts";
export { type KafkaBatchOptions, kafkaBatch } from "./kafka-batch.ts";
export { type KinesisBatchOptions, kinesisBatch } from "./kinesis-batch.ts";
export type { BatchOptions } from "./options.ts";
export type { PoisonedRecord, PoisonOptions, PoisonWriter, SqsPoisonOptions } from "./poison.ts";
export { type S3Object, s3Events } from "./s3-events.ts";
export {
  type BulkResult,
  type BulkSender,
  type BulkSenderOptions,
  type BulkTarget,
  bulkSender,
  type EntryOutcome,
  type SentEntry,
} from "./sender/bulk-sender.ts";
export { type SnsEventsOptions, snsEvents } from "./sns-events.ts";
export type {
  DynamoDBStreamChange,
  DynamoDBStreamEvent,
  DynamoDBStreamRecord,
  StreamItem,
  StreamValue,
} from "./sources/dynamodb-stream-event.ts";
export type { EventBridgeEvent } from "./sources/eventbridge-event.ts";
export type {
  KafkaBatchResponse,
  KafkaEvent,
  KafkaItemIdentifier,
  KafkaRecord,
} from "./sources/kafka-event.ts";
export type {
  KinesisEvent,
  KinesisPayload,
  KinesisRecord,
  StreamBatchResponse,
} from "./sources/kinesis-event.ts";
export type { S3Event, S3Record } from "./sources/s3-event.ts";
export type { SnsEvent, SnsMessage, SnsRecord } from "./sources/sns-event.ts";
export type {
  SqsBatchResponse,
  SqsEvent,
  SqsMessageAttribute,
  SqsRecord,
  SqsRecordAttributes,
} from "./sources/sqs-event.ts";
export { type SqsBatchOptions, sqsBatch, sqsFifoBatch } from "./sqs-batch.ts";
export { type SqsBulkOptions, sqsBulk } from "./sqs-bulk.ts";
export { type DynamoTumblingWindowOptions, dynamoTumblingWindow } from "./windows/dynamo-tumbling-window.ts";
export { type EventTimeWindow, type EventTimeWindowOptions, eventTimeWindow } from "./windows/event-time.ts";
export { type TumblingWindowOptions, tumblingWindow } from "./windows/tumbling-window.ts";
export type {
  DynamoDBWindowEvent,
  KinesisWindowEvent,
  WindowFields,
  WindowResponse,
} from "./windows/window-event.ts";
export type { ClosedWindow, WindowOptions } from "./windows/window-fn.ts";
