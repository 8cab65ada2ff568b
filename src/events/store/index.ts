export type { AwsTransport } from "../../aws/transport.ts";
export type { Appending, PreparedAppend } from "./appending.ts";
export type { Advanced, Checkpoints } from "./checkpoints.ts";
export {
  EventAppendTooLargeError,
  EventStreamConflictError,
  EventStreamIncompleteError,
  ProjectionItemRefusedError,
  StoredEventUnreadableError,
} from "./errors.ts";
export { type EventOutboxOptions, eventOutbox } from "./event-outbox.ts";
export type { Appended, EventStore, ReadOptions, ScanOptions, ScanPage } from "./event-store.ts";
export { eventStoreBatch } from "./event-store-batch.ts";
export type { Follower, Replayed, ReplayOptions } from "./follow.ts";
export { type ProjectionOptions, projection } from "./projection.ts";
export type { RebuildOptions, Rebuilt } from "./rebuild.ts";
export { type Snapshot, type Snapshots, type SnapshotsOptions, snapshots } from "./snapshots.ts";
export { isEvent, type StoredEvent } from "./stored-event.ts";
export { dynamoDBCheckpoints } from "./stores/dynamodb/checkpoints.ts";
export { type DynamoDBEventStoreOptions, dynamoDBEventStore } from "./stores/dynamodb/index.ts";
export { type TransactingUnit, transactAppends } from "./transact-appends.ts";
