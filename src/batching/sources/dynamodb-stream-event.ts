/**
 * An event of a table's stream as Lambda delivers it: of one shard, in order. Source: AWS Lambda Developer Guide, "Using AWS
 * Lambda with Amazon DynamoDB". The types and those of `@types/aws-lambda` can stand for each other, so a member that every record has may be
 * optional here.
 */
export interface DynamoDBStreamEvent {
  readonly Records: DynamoDBStreamRecord[];
}

export interface DynamoDBStreamRecord {
  readonly awsRegion?: string | undefined;
  readonly dynamodb?: DynamoDBStreamChange | undefined;
  readonly eventID?: string | undefined;
  readonly eventName?: "INSERT" | "MODIFY" | "REMOVE" | undefined;
  readonly eventSource?: string | undefined;
  readonly eventSourceARN?: string | undefined;
  readonly eventVersion?: string | undefined;
  /** Of a deletion by TTL `{ type: "Service", principalId: "dynamodb.amazonaws.com" }`. */
  readonly userIdentity?: { readonly type: string; readonly principalId: string } | undefined;
}

export interface DynamoDBStreamChange {
  /** Epoch seconds. */
  readonly ApproximateCreationDateTime?: number | undefined;
  readonly Keys?: StreamItem | undefined;
  readonly NewImage?: StreamItem | undefined;
  readonly OldImage?: StreamItem | undefined;
  readonly SequenceNumber?: string | undefined;
  readonly SizeBytes?: number | undefined;
  readonly StreamViewType?: "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES" | undefined;
}

export type StreamItem = { [name: string]: StreamValue };

/** A value in DynamoDB's own form as JSON has it: binary is base64. */
export type StreamValue =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: boolean }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] }
  | { L: StreamValue[] }
  | { M: { [name: string]: StreamValue } };
