import type { StreamMapping } from "../stack.ts";
import { type CheckedTemplate, checkArn, queueByArn } from "./checked-template.ts";

const sourceTypes = {
  kinesis: { "AWS::Kinesis::Stream": "a Kinesis stream" },
  dynamodb: { "AWS::DynamoDB::Table": "a table" },
};
const functionType = { "AWS::Serverless::Function": "a function" };
const destinationTypes = {
  "AWS::SQS::Queue": "a queue",
  "AWS::SNS::Topic": "a topic",
  "AWS::S3::Bucket": "a bucket",
};

/**
 * Source: Lambda Developer Guide, 'Using Lambda to process records from Amazon Kinesis Data Streams' and 'Using AWS
 * Lambda with Amazon DynamoDB'; for destinations, 'Retain discarded batch records …'.
 */
export function checkStreamMappings(template: CheckedTemplate): void {
  const { parts, problems } = template;
  for (const mapping of parts.streamMappings) {
    const { sourceArn, functionArn, place } = mapping;
    checkArn(template, functionArn, functionType, place);
    if (checkArn(template, sourceArn, sourceTypes[mapping.source], place) && mapping.source === "dynamodb") {
      const table = parts.tables.find(({ arn }) => arn === sourceArn);
      if (table !== undefined && table.streamViewType === undefined) {
        problems.report(
          place,
          `table ${table.logicalId} has no stream; add StreamSpecification with a StreamViewType to it`,
        );
      }
    }
    checkDestination(template, mapping);
  }
}

function checkDestination(template: CheckedTemplate, { onFailureArn, place }: StreamMapping): void {
  if (onFailureArn === undefined || !checkArn(template, onFailureArn, destinationTypes, place)) return;
  const fifoTopic = template.parts.topics.some(({ arn, fifo }) => arn === onFailureArn && fifo);
  if (queueByArn(template, onFailureArn)?.fifo !== true && !fifoTopic) return;
  template.problems.report(
    place,
    "Lambda tells of discarded records to standard queues and topics only, and this one is FIFO; use a standard one",
  );
}
