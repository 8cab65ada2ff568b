import type { DynamoDBStreamEvent } from "../sources/dynamodb-stream-event.ts";
import type { KinesisEvent } from "../sources/kinesis-event.ts";

/** What a mapping with `TumblingWindowInSeconds` adds to a stream's event. */
export interface WindowFields {
  /** ISO 8601, in UTC; the end is not part of it. By the time of arrival in the stream. */
  readonly window: { start: string; end: string };
  /** What the last answer for this window and shard gave; `{}` at its beginning. */
  readonly state?: { [key: string]: unknown } | undefined;
  readonly shardId?: string;
  readonly eventSourceARN?: string;
  /** The last invocation of the window. */
  readonly isFinalInvokeForWindow: boolean;
  /** The window ends before its time, as its state has become too large: another part of it may follow. */
  readonly isWindowTerminatedEarly: boolean;
}

/** Source: AWS Lambda Developer Guide, "Implementing stateful Kinesis Data Streams processing in Lambda". */
export interface KinesisWindowEvent extends KinesisEvent, WindowFields {}

/** Source: AWS Lambda Developer Guide, "Implementing stateful DynamoDB stream processing in Lambda". */
export interface DynamoDBWindowEvent extends DynamoDBStreamEvent, WindowFields {}

/** What Lambda keeps for the window's next invocation, and from where on the shard comes again. */
export interface WindowResponse {
  state: { [key: string]: unknown };
  batchItemFailures: { itemIdentifier: string }[];
}
