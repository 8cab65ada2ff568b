export {
  type BulkResult,
  type BulkSender,
  type BulkSenderOptions,
  type BulkTarget,
  bulkSender,
  type EntryOutcome,
  type SentEntry,
} from "./bulk-sender.ts";
export { contentId } from "./content-id.ts";
export { type Decoder, json, text } from "./decoder.ts";
export { WrongEventError } from "./errors.ts";
export type { RecordCall } from "./record-call.ts";
export type { RecordOutcome } from "./record-facts.ts";
export type {
  SqsBatchResponse,
  SqsEvent,
  SqsMessageAttribute,
  SqsRecord,
  SqsRecordAttributes,
} from "./sources/sqs-event.ts";
export { type SqsBatchOptions, sqsBatch } from "./sqs-batch.ts";
export { type SqsBulkOptions, sqsBulk } from "./sqs-bulk.ts";
