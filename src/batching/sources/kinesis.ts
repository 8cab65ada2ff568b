import { type BatchSource, recordsMember } from "../source.ts";
import type { KinesisRecord } from "./kinesis-event.ts";

/** Source: AWS Lambda Developer Guide, "Configuring partial batch response with Kinesis Data Streams and Lambda". */
export const kinesis: BatchSource<KinesisRecord> = {
  name: "kinesis",
  expected: "a Kinesis event, { Records: [{ kinesis: { data, partitionKey, sequenceNumber, … }, … }] }",
  origins: ["aws:kinesis"],
  stopsAt: "shard",
  records: recordsMember,
  identifier: (record) => record.kinesis?.sequenceNumber,
  laneOf: () => (record) => record.kinesis.partitionKey,
  body: (record) => record.kinesis.data,
  encoding: "base64",
};
