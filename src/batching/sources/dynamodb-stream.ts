import { isObject } from "../engine/what-came.ts";
import { type BatchSource, recordsMember } from "../source.ts";
import type { DynamoDBStreamRecord, StreamItem } from "./dynamodb-stream-event.ts";

/** Source: AWS Lambda Developer Guide, "Configuring partial batch response with DynamoDB and Lambda". */
export const dynamoDBStream: BatchSource<DynamoDBStreamRecord> = {
  name: "dynamodb",
  expected:
    "an event of a DynamoDB stream, { Records: [{ eventName, dynamodb: { Keys, SequenceNumber, … }, … }] }",
  origins: ["aws:dynamodb"],
  stopsAt: "shard",
  records: recordsMember,
  identifier: (record) => record.dynamodb?.SequenceNumber,
  laneOf: () => (record) => keyText(record.dynamodb?.Keys),
  body: (record) => JSON.stringify(record.dynamodb),
};

/** The same, with changes of equal values of one key attribute in one lane, whatever the rest of their keys. */
export function dynamoDBStreamBy(keyAttribute: string): BatchSource<DynamoDBStreamRecord> {
  return {
    ...dynamoDBStream,
    laneOf: () => (record) => JSON.stringify(record.dynamodb?.Keys?.[keyAttribute]),
  };
}

/**
 * The item's key as a text. A table has its key attributes in one order in all records of a shard's batch: sorted all the same, as
 * the order of an object's members is nobody's promise. DynamoDB writes a number in one form only.
 */
function keyText(keys: StreamItem | undefined): string | undefined {
  // A record that is not as it should be fails alone, once it is read.
  if (!isObject(keys)) return undefined;
  return JSON.stringify(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)));
}
