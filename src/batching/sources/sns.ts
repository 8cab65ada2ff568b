import { type BatchSource, recordsMember } from "../source.ts";
import type { SnsRecord } from "./sns-event.ts";

/** Source: AWS Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications". */
export const sns: BatchSource<SnsRecord> = {
  name: "sns",
  expected: "an SNS event, { Records: [{ Sns: { MessageId, Message, … }, … }] }",
  origins: ["aws:sns"],
  stopsAt: "none",
  records: recordsMember,
  identifier: (record) => record.Sns?.MessageId,
  body: (record) => record.Sns.Message,
};
